#include "proxy/admin/http_routes.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <boost/json.hpp>
#include <sipha/geo/ip.hpp>

#include "proxy/admin/page.hpp"
#include "proxy/sip/text.hpp"

namespace sipha::admin {

namespace {

namespace json = boost::json;
using what = http_plan::what;

/// What /api/ serves: commands that only look, and whose answer is not a secret of others.
constexpr std::array<std::string_view, 13> readable{
    "bans",
    "certificates",
    "contacts",
    "dialogs",
    "limits",
    "metrics",
    "nodes",
    "rates",
    "ready",
    "status",
    "transactions",
    "upstreams",
    "version",
};

http_plan refuse(int status, std::string_view body) {
    http_plan out;
    out.status = status;
    out.body = body;
    return out;
}

std::string command(std::string_view name) {
    return json::serialize(json::object{{"command", name}});
}

/// Compares without telling by its time where the first difference is.
bool is_equal(std::string_view left, std::string_view right) {
    unsigned difference = left.size() == right.size() ? 0U : 1U;
    for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
        difference |= static_cast<unsigned char>(left[i]) ^ static_cast<unsigned char>(right[i]);
    }
    return difference == 0;
}

/// RFC 4648 4; anything wrong gives nothing.
std::optional<std::string> decode_base64(std::string_view text) {
    std::string out;
    unsigned bits = 0;
    unsigned held = 0;
    while (text.ends_with('=')) {
        text.remove_suffix(1);
    }
    for (const char c : text) {
        unsigned value = 0;
        if (c >= 'A' && c <= 'Z') {
            value = static_cast<unsigned>(c - 'A');
        } else if (c >= 'a' && c <= 'z') {
            value = static_cast<unsigned>(c - 'a') + 26;
        } else if (c >= '0' && c <= '9') {
            value = static_cast<unsigned>(c - '0') + 52;
        } else if (c == '+' || c == '/') {
            value = c == '+' ? 62 : 63;
        } else {
            return std::nullopt;
        }
        bits = (bits << 6 | value) & 0xffffU;
        held += 6;
        if (held >= 8) {
            held -= 8;
            out += static_cast<char>(static_cast<unsigned char>(bits >> held & 0xffU));
        }
    }
    return out;
}

bool is_authorized(std::string_view authorization, std::string_view token) {
    const auto space = authorization.find(' ');
    const auto scheme = authorization.substr(0, space);
    if (space == std::string_view::npos) {
        return false;
    }
    auto credentials = authorization.substr(space + 1);
    if (sip::equal_ignoring_case(scheme, "Bearer")) {
        return is_equal(credentials, token);
    }
    if (!sip::equal_ignoring_case(scheme, "Basic")) {
        return false;
    }
    const auto plain = decode_base64(credentials);
    const auto colon = plain ? plain->find(':') : std::string::npos;
    return colon != std::string::npos &&
           is_equal(std::string_view(*plain).substr(colon + 1), token);
}

bool names_this_machine(std::string_view host) {
    // uri-host of RFC 9110 7.2, perhaps with a port.
    if (host.starts_with('[')) {
        host = host.substr(1, host.find(']') - 1);
    } else {
        host = host.substr(0, host.find(':'));
    }
    const auto ip = geo::ip_address::parse(host);
    return sip::equal_ignoring_case(host, "localhost") || (ip && ip->is_loopback());
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string out;
    const auto digit = [](char c) -> int {
        return c >= '0' && c <= '9'   ? c - '0'
               : c >= 'a' && c <= 'f' ? c - 'a' + 10
               : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                      : -1;
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i] == '+' ? ' ' : text[i];
            continue;
        }
        if (i + 2 >= text.size() || digit(text[i + 1]) < 0 || digit(text[i + 2]) < 0) {
            return std::nullopt;
        }
        out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
        i += 2;
    }
    return out;
}

/// "aor=sip%3Aalice@example.com&limit=5" as members of a request; digits alone are a number.
bool add_query(json::object& request, std::string_view query) {
    while (!query.empty()) {
        const auto end = query.find('&');
        const auto pair = query.substr(0, end);
        query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
        const auto equals = pair.find('=');
        const auto name = pair.substr(0, equals);
        const auto value = percent_decoded(
            equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1)
        );
        if (!value || name.empty() || name == "command") {
            return false;
        }
        const bool is_number = !value->empty() && value->size() < 10 &&
                               value->find_first_not_of("0123456789") == std::string::npos;
        request[name] = is_number ? json::value(std::stoll(*value)) : json::value(*value);
    }
    return true;
}

http_plan api(std::string_view name, std::string_view query) {
    if (std::find(readable.begin(), readable.end(), name) == readable.end()) {
        return refuse(404, "no such path; / shows what there is\n");
    }
    json::object request{{"command", name}};
    if (!add_query(request, query)) {
        return refuse(400, "malformed query\n");
    }
    http_plan out;
    out.kind = what::api;
    out.content_type = "application/json";
    out.commands = {json::serialize(request)};
    return out;
}

http_plan page() {
    http_plan out;
    out.kind = what::page;
    out.content_type = "text/html; charset=utf-8";
    for (const auto name : page_commands()) {
        out.commands.push_back(
            name == "contacts" || name == "dialogs"
                ? json::serialize(json::object{{"command", name}, {"limit", page_rows}})
                : command(name)
        );
    }
    return out;
}

http_plan plain(what kind, std::string_view name) {
    http_plan out;
    out.kind = kind;
    out.commands = {command(name)};
    return out;
}

http_plan fixed(std::string_view type, std::string_view body) {
    http_plan out;
    out.kind = what::fixed;
    out.content_type = type;
    out.body = body;
    return out;
}

}  // namespace

http_plan plan_for(const http_question& question, std::string_view token) {
    if (question.method != "GET" && question.method != "HEAD") {
        return refuse(405, "only GET and HEAD; sipha-ctl changes things\n");
    }
    const auto mark = question.target.find('?');
    const auto path = question.target.substr(0, mark);
    const auto query =
        mark == std::string_view::npos ? std::string_view() : question.target.substr(mark + 1);
    // Who watches a process need not know its secrets.
    if (path == "/healthz") {
        return plain(what::health, "version");
    }
    if (path == "/readyz") {
        return plain(what::ready, "ready");
    }
    if (token.empty() && !names_this_machine(question.host)) {
        return refuse(421, "the Host is not this machine; set admin.http.token_file\n");
    }
    if (!token.empty() && !is_authorized(question.authorization, token)) {
        return refuse(401, "the token of admin.http.token_file is needed\n");
    }
    if (path == "/") {
        return page();
    }
    if (path == "/metrics") {
        auto out = plain(what::metrics, "metrics");
        out.content_type = "text/plain; version=0.0.4; charset=utf-8";
        return out;
    }
    if (path == "/status.css") {
        return fixed("text/css; charset=utf-8", page_style());
    }
    if (path == "/status.js") {
        return fixed("text/javascript; charset=utf-8", page_script());
    }
    constexpr std::string_view prefix = "/api/";
    return path.starts_with(prefix) ? api(path.substr(prefix.size()), query)
                                    : refuse(404, "no such path; / shows what there is\n");
}

}  // namespace sipha::admin
