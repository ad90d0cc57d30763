#include "proxy/sip/hostport.hpp"

#include <algorithm>

#include <sipha/geo/ip.hpp>

#include "proxy/sip/text.hpp"

namespace sipha::sip {

namespace {

/// Host names may have underscores and labels that start with a digit, which RFC 3261 25.1 forbids
/// but DNS and container names have; a name that ends in an all-digit label must be an IPv4
/// address.
bool is_host_name(std::string_view text) {
    if (text.empty()) {
        return false;
    }
    if (text.back() == '.') {
        text.remove_suffix(1);
    }
    std::string_view label;
    for (;;) {
        const auto dot = text.find('.');
        label = text.substr(0, dot);
        const bool is_label = !label.empty() && std::all_of(label.begin(), label.end(), [](char c) {
            return is_alphanumeric(c) || c == '-' || c == '_';
        });
        if (!is_label) {
            return false;
        }
        if (dot == std::string_view::npos) {
            break;
        }
        text.remove_prefix(dot + 1);
    }
    return !std::all_of(label.begin(), label.end(), is_digit);
}

bool is_ip(std::string_view text, geo::ip_family family) {
    const auto address = geo::ip_address::parse(text);
    return address && address->family() == family;
}

}  // namespace

std::optional<hostport> parse_hostport(std::string_view text) {
    hostport found;
    std::string_view behind_host;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) {
            return std::nullopt;
        }
        found.host = text.substr(1, close - 1);
        found.is_ipv6 = true;
        behind_host = text.substr(close + 1);
        if (!is_ip(found.host, geo::ip_family::v6)) {
            return std::nullopt;
        }
    } else {
        const auto colon = text.find(':');
        found.host = trim_lws(text.substr(0, colon));
        behind_host = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
        if (!is_host_name(found.host) && !is_ip(found.host, geo::ip_family::v4)) {
            return std::nullopt;
        }
    }
    behind_host = trim_lws(behind_host);
    if (behind_host.empty()) {
        return found;
    }
    if (behind_host.front() != ':') {
        return std::nullopt;
    }
    found.port = parse_port(trim_lws(behind_host.substr(1)));
    if (!found.port) {
        return std::nullopt;
    }
    return found;
}

}  // namespace sipha::sip
