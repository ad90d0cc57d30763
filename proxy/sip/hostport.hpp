#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sipha::sip {

/// `host [ ":" port ]` of URIs and Vias.
struct hostport {
    std::string_view host;  ///< an IPv6 literal without its brackets
    bool is_ipv6 = false;
    std::optional<std::uint16_t> port;  ///< 1..65535
};

/// @param text nothing but the hostport; LWS may stand around the colon, as Via allows.
/// @returns nothing when the host is no host name, IPv4 address or bracketed IPv6 address, or the
/// port is out of range (RFC 3261 25.1, RFC 5954 4.1). Underscores in host names are accepted.
std::optional<hostport> parse_hostport(std::string_view text);

}  // namespace sipha::sip
