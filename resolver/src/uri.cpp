#include "resolver/src/uri.hpp"

#include <charconv>

#include "resolver/src/names.hpp"

namespace sipha::resolver::detail {
namespace {

bool take_scheme(std::string_view& text, uri_scheme& scheme) {
    const auto colon = text.find(':');
    const auto word = text.substr(0, colon);
    if (colon == std::string_view::npos) {
        return false;
    }
    if (equals_ignoring_case(word, "sip")) {
        scheme = uri_scheme::sip;
    } else if (equals_ignoring_case(word, "sips")) {
        scheme = uri_scheme::sips;
    } else {
        return false;
    }
    text.remove_prefix(colon + 1);
    return true;
}

/// @returns the host at the front of `text` without brackets and removes it; nothing if malformed.
std::optional<std::string_view> take_host(std::string_view& text) {
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) {
            return std::nullopt;
        }
        const auto host = text.substr(1, close - 1);
        text.remove_prefix(close + 1);
        // RFC 3261 25.1: brackets hold an IPv6 address and nothing else.
        const auto literal = address::parse(host);
        if (!literal || literal->family() != address_family::v6) {
            return std::nullopt;
        }
        return host;
    }
    const auto end = text.find_first_of(":;?");
    const auto host = text.substr(0, end);
    text.remove_prefix(host.size());
    return host.empty() ? std::nullopt : std::optional(host);
}

bool take_port(std::string_view& text, std::optional<std::uint16_t>& port) {
    if (!text.starts_with(':')) {
        return true;
    }
    text.remove_prefix(1);
    std::uint16_t number = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || number == 0) {
        return false;
    }
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    port = number;
    return true;
}

bool set_once(std::optional<std::string>& slot, std::string_view value) {
    if (slot || value.empty()) {
        return false;  // RFC 3261 19.1.1: a parameter name appears at most once
    }
    slot = value;
    return true;
}

bool take_parameter(std::string_view parameter, sip_uri& uri) {
    const auto equals = parameter.find('=');
    const auto key = parameter.substr(0, equals);
    auto value = equals == std::string_view::npos ? "" : parameter.substr(equals + 1);
    if (equals_ignoring_case(key, "transport")) {
        return set_once(uri.transport, value);
    }
    if (equals_ignoring_case(key, "maddr")) {
        if (value.starts_with('[')) {
            auto host = take_host(value);
            return host && value.empty() && set_once(uri.maddr, *host);
        }
        return set_once(uri.maddr, value);
    }
    return true;
}

}  // namespace

std::optional<sip_uri> parse_sip_uri(std::string_view text) {
    sip_uri uri;
    if (text.size() > max_uri_length || !take_scheme(text, uri.scheme)) {
        return std::nullopt;
    }
    // RFC 3261 25.1: '@' is escaped everywhere but at the end of userinfo.
    if (const auto at = text.find('@'); at != std::string_view::npos) {
        if (at == 0 || text.find('@', at + 1) != std::string_view::npos) {
            return std::nullopt;
        }
        text.remove_prefix(at + 1);
    }
    text = text.substr(0, text.find('?'));
    const auto host = take_host(text);
    if (!host || !take_port(text, uri.port)) {
        return std::nullopt;
    }
    uri.host = *host;
    while (text.starts_with(';')) {
        text.remove_prefix(1);
        const auto parameter = text.substr(0, text.find(';'));
        if (!take_parameter(parameter, uri)) {
            return std::nullopt;
        }
        text.remove_prefix(parameter.size());
    }
    if (!text.empty()) {
        return std::nullopt;
    }
    return uri;
}

std::optional<sip_uri> uri_of(const via_target& via) {
    std::string_view host = via.host;
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
        const auto literal = address::parse(host);
        if (!literal || literal->family() != address_family::v6) {
            return std::nullopt;
        }
    }
    if (host.empty() || host.size() > max_uri_length || via.port == 0) {
        return std::nullopt;
    }
    sip_uri uri;
    uri.host = host;
    uri.port = via.port;
    uri.transport = name(via.transport);
    return uri;
}

}  // namespace sipha::resolver::detail
