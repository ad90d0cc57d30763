#include "proxy/ctl/print.hpp"

#include <algorithm>
#include <vector>

#include <boost/json/src.hpp>

namespace sipha::ctl {

namespace {

namespace json = boost::json;

std::string text_of(const json::value& value) {
    if (value.is_string()) {
        return {value.get_string().data(), value.get_string().size()};
    }
    if (value.is_bool()) {
        return value.get_bool() ? "yes" : "no";
    }
    return json::serialize(value);
}

/// Columns as wide as their longest cell; the first row is the heading.
std::string table(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], row[i].size());
        }
    }
    std::string out;
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            out += row[i];
            out.append(i + 1 < row.size() ? widths[i] - row[i].size() + 2 : 0, ' ');
        }
        out += '\n';
    }
    return out;
}

/// "expires_s" is shown as a duration under "expires".
std::string cell_of(std::string_view column, const json::value& value) {
    if (column.ends_with("_s") && value.is_number()) {
        return readable_duration(value.to_number<std::int64_t>());
    }
    return text_of(value);
}

std::string list(const json::array& entries, const std::vector<std::string_view>& columns) {
    std::vector<std::vector<std::string>> rows(1);
    for (const auto column : columns) {
        rows[0].emplace_back(column.ends_with("_s") ? column.substr(0, column.size() - 2) : column);
    }
    for (const auto& entry : entries) {
        std::vector<std::string> row;
        for (const auto column : columns) {
            const auto* cell = entry.is_object() ? entry.get_object().if_contains(column) : nullptr;
            row.push_back(cell == nullptr ? "-" : cell_of(column, *cell));
        }
        rows.push_back(std::move(row));
    }
    return table(rows);
}

std::string joined(const json::value& texts, const char* between) {
    std::string out;
    for (const auto& text : texts.get_array()) {
        out += out.empty() ? "" : between;
        out += text_of(text);
    }
    return out;
}

std::string status(const json::object& answer) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& [name, value] : answer) {
        if (name == "ok") {
            continue;
        }
        if (value.is_array()) {
            rows.push_back({std::string(name), joined(value, ", ")});
        } else if (value.is_object()) {
            for (const auto& [inner, count] : value.get_object()) {
                rows.push_back({std::string(name) + '.' + std::string(inner), text_of(count)});
            }
        } else {
            rows.push_back({std::string(name), cell_of(name, value)});
        }
    }
    return table(rows);
}

/// Lists of an answer with several: which member, which columns.
struct layout {
    std::string_view command;
    std::string_view member;
    std::vector<std::string_view> columns;
};
const std::vector<layout>& layouts() {
    static const std::vector<layout> all{
        {"nodes", "nodes", {"id", "name", "state", "ready", "in_sync", "last_heard_ms", "rtt_us"}},
        {"contacts", "contacts", {"aor", "contact", "expires_s", "source", "reach", "accepted_by"}},
        {"limits", "limits", {"key", "used", "limit"}},
        {"bans", "bans", {"source", "reason", "left_s", "times"}},
        {"certificates", "certificates", {"listener", "subject", "expires_s"}},
    };
    return all;
}

std::string shown_of_total(const json::object& answer, std::size_t shown) {
    const auto* total = answer.if_contains("total");
    if (total == nullptr || total->to_number<std::size_t>() <= shown) {
        return "";
    }
    return std::to_string(shown) + " of " + text_of(*total) + " shown\n";
}

std::string reload(const json::object& answer) {
    const auto changed = joined(answer.at("changed"), ", ");
    const auto restart = joined(answer.at("restart_needed"), ", ");
    return "reloaded, changed: " + (changed.empty() ? "nothing" : changed) + '\n' +
           (restart.empty() ? "" : "restart needed for: " + restart + '\n');
}

}  // namespace

std::string error_of(std::string_view answer) {
    boost::system::error_code error;
    const auto parsed = json::parse({answer.data(), answer.size()}, error);
    const auto* object = parsed.if_object();
    const auto* ok = object == nullptr ? nullptr : object->if_contains("ok");
    if (error || ok == nullptr || !ok->is_bool()) {
        return "the answer is not what a sipha node says";
    }
    if (ok->get_bool()) {
        return "";
    }
    const auto* text = object->if_contains("error");
    std::string out = text == nullptr ? "refused" : text_of(*text);
    if (const auto* all = object->if_contains("errors"); all != nullptr && all->is_array()) {
        out += '\n' + joined(*all, "\n");
    }
    return out;
}

std::string readable_duration(std::int64_t seconds) {
    const std::string sign = seconds < 0 ? "-" : "";
    const auto left =
        seconds < 0 ? -static_cast<std::uint64_t>(seconds) : static_cast<std::uint64_t>(seconds);
    const auto two =
        [&](std::uint64_t large, const char* unit, std::uint64_t small, const char* small_unit) {
            return sign + std::to_string(large) + unit +
                   (small == 0 ? "" : ' ' + std::to_string(small) + small_unit);
        };
    if (left < 60) {
        return sign + std::to_string(left) + 's';
    }
    if (left < 3600) {
        return two(left / 60, "m", left % 60, "s");
    }
    if (left < 86400) {
        return two(left / 3600, "h", left % 3600 / 60, "m");
    }
    return two(left / 86400, "d", left % 86400 / 3600, "h");
}

std::string capture_of(std::string_view answer) {
    const auto parsed = json::parse({answer.data(), answer.size()});
    const auto* hex = parsed.get_object().if_contains("pcap_hex");
    std::string out;
    if (hex == nullptr || !hex->is_string()) {
        return out;
    }
    const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    const auto& text = hex->get_string();
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        out += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
    }
    return out;
}

std::string for_people(std::string_view command, std::string_view answer) {
    const auto parsed = json::parse({answer.data(), answer.size()});
    const auto& object = parsed.get_object();
    for (const auto& [name, member, columns] : layouts()) {
        if (name == command) {
            const auto& entries = object.at(member).as_array();
            return list(entries, columns) + shown_of_total(object, entries.size());
        }
    }
    if (const auto* text = object.if_contains("text"); text != nullptr && text->is_string()) {
        return text_of(*text);
    }
    return command == "reload" ? reload(object) : status(object);
}

}  // namespace sipha::ctl
