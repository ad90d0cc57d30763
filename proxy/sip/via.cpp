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
    constexpr std::string_view usual = "SIP/2.0/";
    if (at.rest().starts_with(usual)) {
        at.take(usual.size());
        at.skip_lws();
    } else if (!equal_ignoring_case(at.take_token(), "SIP") || !at.accept_separator('/') ||
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

/// Takes in one parameter. @returns false when it is one of ours and malformed.
bool read_parameter(via& out, std::string_view name, std::optional<std::string_view> value) {
    const auto text = value.value_or(std::string_view());
    switch (name.size()) {
        case 5:
            if (equal_ignoring_case(name, "rport")) {
                out.has_rport = true;
                out.rport = parse_port(text);
                return !value || out.rport;
            }
            if (equal_ignoring_case(name, "maddr")) {
                out.maddr = text;
            }
            return true;
        case 6:
            if (equal_ignoring_case(name, "branch")) {
                out.branch = text;
            }
            return true;
        case 8:
            if (equal_ignoring_case(name, "received")) {
                out.received = without_brackets(text);
            }
            return true;
        default:
            return true;
    }
}

/// via-params (RFC 3261 25.1): those of are_header_parameters, read in the same pass.
bool read_parameters(cursor at, via& out) {
    for (;;) {
        at.skip_lws();
        if (at.at_end()) {
            return true;
        }
        if (out.parameter_count == max_parameters || !at.accept_separator(';')) {
            return false;
        }
        ++out.parameter_count;
        const auto name = at.take_token();
        if (name.empty()) {
            return false;
        }
        std::optional<std::string_view> value;
        auto behind_name = at;
        if (behind_name.accept_separator('=')) {
            at = behind_name;
            if (const auto quoted = at.take_quoted_string()) {
                value = quoted->substr(1, quoted->size() - 2);
            } else {
                value = at.take(char_class::span(at.rest(), char_class::plain_value));
                if (value->empty()) {
                    return false;
                }
            }
        }
        if (!read_parameter(out, name, value)) {
            return false;
        }
    }
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
    if (!read_parameters(cursor(found.params.raw), found)) {
        return std::nullopt;
    }
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
