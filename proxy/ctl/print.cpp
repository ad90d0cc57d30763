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

std::string list(const json::array& entries, const std::vector<std::string_view>& columns) {
    std::vector<std::vector<std::string>> rows(1, {columns.begin(), columns.end()});
    for (const auto& entry : entries) {
        std::vector<std::string> row;
        for (const auto column : columns) {
            const auto* cell = entry.is_object() ? entry.get_object().if_contains(column) : nullptr;
            row.push_back(cell == nullptr ? "-" : text_of(*cell));
        }
        rows.push_back(std::move(row));
    }
    return table(rows);
}

std::string status(const json::object& answer) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& [name, value] : answer) {
        if (name == "ok") {
            continue;
        }
        if (!value.is_object()) {
            rows.push_back({std::string(name), text_of(value)});
            continue;
        }
        for (const auto& [inner, count] : value.get_object()) {
            rows.push_back({std::string(name) + '.' + std::string(inner), text_of(count)});
        }
    }
    return table(rows);
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
    const auto* text = object->if_contains("error");
    return ok->get_bool() ? "" : text == nullptr ? "refused" : text_of(*text);
}

std::string for_people(std::string_view command, std::string_view answer) {
    const auto parsed = json::parse({answer.data(), answer.size()});
    const auto& object = parsed.get_object();
    if (command == "nodes") {
        return list(
            object.at("nodes").as_array(),
            {"id", "name", "state", "ready", "in_sync", "last_heard_ms", "rtt_us"}
        );
    }
    if (command == "contacts") {
        const auto& contacts = object.at("contacts").as_array();
        auto out =
            list(contacts, {"aor", "contact", "expires_s", "source", "reach", "accepted_by"});
        if (const auto total = object.at("total").to_number<std::size_t>();
            total > contacts.size()) {
            out += std::to_string(contacts.size()) + " of " + std::to_string(total) + " shown\n";
        }
        return out;
    }
    return status(object);
}

}  // namespace sipha::ctl
