#include "proxy/sip/via.hpp"

#include <sipha/geo/ip.hpp>

#include "proxy/sip/cursor.hpp"
#include "proxy/sip/hostport.hpp"
#include "proxy/sip/text.hpp"

namespace sipha::sip {

namespace {

std::string_view without_brackets(std::string_view text) {
    const bool is_bracketed = text.size() >= 2 && text.front() == '[' && text.back() == ']';
    return is_bracketed ? text.substr(1, text.size() - 2) : text;
}

/// sent-protocol LWS: "SIP / 2.0 / UDP " (RFC 3261 25.1).
bool take_sent_protocol(cursor& at, via& out) {
    if (!equal_ignoring_case(at.take_token(), "SIP") || !at.accept_separator('/') ||
        at.take_token() != "2.0" || !at.accept_separator('/')) {
        return false;
    }
    out.transport_text = at.take_token();
    if (out.transport_text.empty() || !is_lws(at.peek())) {
        return false;
    }
    if (const auto known = parse_transport(out.transport_text)) {
        out.transport = *known;
        out.known_transport = true;
    }
    at.skip_lws();
    return true;
}

bool read_parameters(via& out) {
    for (const auto& one : out.params) {
        if (equal_ignoring_case(one.name, "branch")) {
            out.branch = one.value;
        } else if (equal_ignoring_case(one.name, "received")) {
            out.received = without_brackets(one.value);
        } else if (equal_ignoring_case(one.name, "maddr")) {
            out.maddr = one.value;
        } else if (equal_ignoring_case(one.name, "rport")) {
            out.has_rport = true;
            out.rport = parse_port(one.value);
            if (one.has_value && !out.rport) {
                return false;
            }
        }
    }
    return true;
}

}  // namespace

std::optional<via> parse_via(std::string_view one_value) {
    via found;
    found.raw = trim_lws(one_value);
    cursor at(found.raw);
    if (!take_sent_protocol(at, found)) {
        return std::nullopt;
    }
    const auto sent_by = at.take(at.rest().find(';'));
    const auto address = parse_hostport(trim_lws(sent_by));
    if (!address) {
        return std::nullopt;
    }
    found.host = address->host;
    found.port = address->port;
    found.params.raw = at.rest();
    const auto count = count_header_parameters(found.params.raw);
    if (!count || !read_parameters(found)) {
        return std::nullopt;
    }
    found.parameter_count = *count;
    return found;
}

std::string via_with_source(const via& top, const endpoint& source) {
    std::string text;
    text.reserve(top.raw.size() + 64);
    text.append(top.raw.substr(0, top.raw.size() - top.params.raw.size()));
    text.resize(trim_lws(text).size());
    for (const auto& one : top.params) {
        if (equal_ignoring_case(one.name, "received")) {
            continue;
        }
        text += ';';
        if (equal_ignoring_case(one.name, "rport")) {
            // RFC 3581 4: the port the request came from, whatever the sender claims.
            text += "rport=";
            text += std::to_string(source.port);
        } else {
            text.append(one.raw);
        }
    }
    const auto sent_by = geo::ip_address::parse(top.host);
    if (top.has_rport || sent_by != source.ip) {
        text += ";received=";
        source.ip.append_to(text);
    }
    return text;
}

}  // namespace sipha::sip
