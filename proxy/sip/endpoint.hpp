#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sipha/geo/ip.hpp>

namespace sipha::sip {

/// The transports of RFC 3261 18 and RFC 7118; values are stable, they travel in tokens and
/// records.
enum class transport : std::uint8_t { udp = 0, tcp = 1, tls = 2, ws = 3, wss = 4 };

/// "UDP", "TCP", ... as a Via names it (RFC 3261 20.42).
std::string_view via_name(transport value);
/// "udp", "tcp", ... as a URI parameter names it (RFC 3261 19.1.1).
std::string_view uri_name(transport value);
/// Case-insensitive inverse of both. @returns nothing for an unknown transport.
std::optional<transport> parse_transport(std::string_view text);
/// True for transports that deliver in order and without loss, where timers A, E, G, I-K rest.
constexpr bool is_reliable(transport value) {
    return value != transport::udp;
}
/// True for transports over TLS.
constexpr bool is_secured(transport value) {
    return value == transport::tls || value == transport::wss;
}
/// True for transports that stand in WebSocket messages (RFC 7118).
constexpr bool is_web_socket(transport value) {
    return value == transport::ws || value == transport::wss;
}
/// 5060, or 5061 for TLS (RFC 3261 19.1.2); 80 and 443 for WS and WSS (RFC 7118 5.5).
std::uint16_t default_port(transport value);

/// One remote or local transport address.
struct endpoint {
    sip::transport transport = sip::transport::udp;
    geo::ip_address ip;
    std::uint16_t port = 0;

    /// "udp:192.0.2.1:5060" or "tcp:[2001:db8::1]:5060": for logs and people, not for the wire.
    std::string to_string() const;
    friend constexpr auto operator<=>(const endpoint&, const endpoint&) = default;
};

/// Appends "192.0.2.1:5060" or "[2001:db8::1]:5060" (hostport of RFC 3261 25.1).
void append_hostport(std::string& out, const geo::ip_address& ip, std::uint16_t port);

}  // namespace sipha::sip

template <>
struct std::hash<sipha::sip::endpoint> {
    std::size_t operator()(const sipha::sip::endpoint& value) const {
        return sipha::geo::hash_value(value.ip) * 31 + (std::size_t{value.port} << 3) +
               static_cast<std::size_t>(value.transport);
    }
};
