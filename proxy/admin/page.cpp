#include "proxy/admin/page.hpp"

#include <array>
#include <vector>

#include <boost/json.hpp>

namespace sipha::admin {

namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 5> commands{
    "status", "nodes", "contacts", "dialogs", "upstreams"};

/// A table of the page: whose answer, which member, and columns as key and heading.
struct layout {
    std::string_view command;
    std::string_view member;
    std::string_view title;
    std::vector<std::array<std::string_view, 2>> columns;
};

const std::vector<layout>& layouts() {
    static const std::vector<layout> all{
        {"nodes",
         "nodes",
         "Nodes",
         {{"id", "Id"},
          {"name", "Name"},
          {"state", "State"},
          {"ready", "Ready"},
          {"in_sync", "In sync"},
          {"last_heard_ms", "Heard ms ago"},
          {"rtt_us", "Round trip us"}}},
        {"upstreams",
         "upstreams",
         "Upstreams",
         {{"group", "Group"},
          {"uri", "URI"},
          {"state", "State"},
          {"weight", "Weight"},
          {"calls", "Calls"},
          {"probe", "Probe"}}},
        {"dialogs",
         "dialogs",
         "Dialogs",
         {{"caller", "Caller"},
          {"callee", "Callee"},
          {"state", "State"},
          {"age_s", "Seconds"},
          {"call_id", "Call-ID"}}},
        {"contacts",
         "contacts",
         "Contacts",
         {{"aor", "Address of record"},
          {"contact", "Contact"},
          {"expires_s", "Seconds left"},
          {"source", "Source"},
          {"accepted_by", "Node"},
          {"user_agent", "User agent"}}},
    };
    return all;
}

std::string text_of(const json::value& value) {
    if (value.is_string()) {
        return std::string(value.get_string().data(), value.get_string().size());
    }
    if (value.is_bool()) {
        return value.get_bool() ? "yes" : "no";
    }
    return json::serialize(value);
}

std::string member_text(const json::object& of, std::string_view key) {
    const auto* found = of.if_contains(key);
    return found == nullptr ? "" : escape_html(text_of(*found));
}

/// The answer's object when it says "ok": true.
json::object good(const std::string& answer) {
    boost::system::error_code error;
    auto parsed = json::parse(answer, error);
    if (error || !parsed.is_object()) {
        return {};
    }
    const auto* ok = parsed.get_object().if_contains("ok");
    return ok != nullptr && ok->is_bool() && ok->get_bool() ? std::move(parsed.get_object())
                                                            : json::object();
}

void add_table(std::string& out, const layout& how, const json::object& answer) {
    const auto* list = answer.if_contains(how.member);
    if (list == nullptr || !list->is_array()) {
        return;
    }
    const auto* total = answer.if_contains("total");
    const auto count =
        total == nullptr ? std::to_string(list->get_array().size()) : text_of(*total);
    out += "<section><h2>";
    out += how.title;
    out += " <span class=count id=count-";
    out += how.member;
    out += '>' + escape_html(count) + "</span></h2>";
    if (list->get_array().empty()) {
        out += "<p>none</p></section>\n";
        return;
    }
    out += "<table><thead><tr>";
    for (const auto& column : how.columns) {
        out += "<th>" + escape_html(column[1]);
    }
    out += "<tbody>\n";
    for (const auto& row : list->get_array()) {
        out += "<tr>";
        for (const auto& column : how.columns) {
            out += "<td>" + (row.is_object() ? member_text(row.get_object(), column[0]) : "");
        }
        out += '\n';
    }
    out += "</table></section>\n";
}

void add_pairs(std::string& out, std::string_view title, const json::object& pairs) {
    out += "<section><h2>" + escape_html(title) + "</h2><dl>";
    for (const auto& [name, value] : pairs) {
        if (value.is_object() || value.is_array() || value == json::value(0U)) {
            continue;
        }
        out += "<div><dt>" + escape_html(name) + "<dd>" + escape_html(text_of(value)) + "</div>";
    }
    out += "</dl></section>\n";
}

std::string badge(const json::object& status) {
    const auto is = [&](std::string_view key) {
        const auto* value = status.if_contains(key);
        return value != nullptr && value->is_bool() && value->get_bool();
    };
    if (is("draining")) {
        return "<span class=\"badge warn\">draining</span>";
    }
    return is("ready") ? "<span class=\"badge good\">ready</span>"
                       : "<span class=\"badge bad\">not ready</span>";
}

}  // namespace

std::span<const std::string_view> page_commands() {
    return commands;
}

std::string escape_html(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::string render_page(std::span<const std::string> answers) {
    std::vector<json::object> all;
    for (const auto& answer : answers) {
        all.push_back(good(answer));
    }
    all.resize(commands.size());
    const auto& status = all.front();
    const auto name = member_text(status, "name");
    std::string out =
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>" + name +
        " - sipha</title><meta name=viewport content=\"width=device-width\">"
        "<link rel=stylesheet href=status.css>"
        "<script src=status.js defer></script></head><body>\n<div id=live><header><h1>" +
        name + ' ' + badge(status) + "</h1><p>sipha " + member_text(status, "version") + ", up " +
        member_text(status, "uptime_s") + " s</p></header>\n";
    out +=
        "</div>\n<section id=plots aria-label=\"Rates of the last ten minutes\"></section>\n"
        "<main id=tables>\n";
    for (const auto& how : layouts()) {
        for (std::size_t i = 0; i < commands.size(); ++i) {
            if (commands[i] == how.command) {
                add_table(out, how, all[i]);
            }
        }
    }
    add_pairs(out, "Now", status);
    for (const auto* part : {"totals", "drops", "shell"}) {
        const auto* pairs = status.if_contains(part);
        if (pairs != nullptr && pairs->is_object()) {
            add_pairs(out, part, pairs->get_object());
        }
    }
    return out + "</main></body></html>\n";
}

}  // namespace sipha::admin
