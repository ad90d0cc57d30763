#include "proxy/sip/hostport.hpp"

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
    // The label that the scan is in: where it began, and whether it has nothing but digits.
    std::size_t begin = 0;
    bool is_numeric = true;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '.') {
            if (i == begin) {
                return false;
            }
            begin = i + 1;
            is_numeric = true;
        } else if (!char_class::is_in(text[i], char_class::host)) {
            return false;
        } else {
            is_numeric = is_numeric && is_digit(text[i]);
        }
    }
    return begin < text.size() && !is_numeric;
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
