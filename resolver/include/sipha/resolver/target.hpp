#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sipha/resolver/address.hpp>
#include <sipha/resolver/export.hpp>

namespace sipha::resolver {

/// Monotonic time; every pure function takes it as an argument.
using time_point = std::chrono::steady_clock::time_point;
/// The "no deadline" answer of every `next_deadline()`.
inline constexpr time_point never = time_point::max();

/// The transports of RFC 3261 18 and RFC 7118.
enum class transport : std::uint8_t { udp, tcp, tls, ws, wss };

/// "udp", "tcp", ... as a URI parameter names it (RFC 3261 19.1.1).
SIPHA_RESOLVER_EXPORT std::string_view name(transport value);
/// Case-insensitive inverse of `name`. @returns nothing for an unknown transport.
SIPHA_RESOLVER_EXPORT std::optional<transport> parse_transport(std::string_view text);
/// 5060, or 5061 for TLS (RFC 3261 19.1.2); 80 and 443 for WS and WSS (RFC 7118 5.5).
SIPHA_RESOLVER_EXPORT std::uint16_t default_port(transport value);
/// True for TLS and WSS: what a "sips" URI may use.
constexpr bool is_secure(transport value) {
    return value == transport::tls || value == transport::wss;
}

/// Why a candidate stands where it stands; lower is tried earlier in each field.
struct ranks {
    std::uint16_t naptr_order = 0;       ///< RFC 3403 4.1; 0 when no NAPTR led here
    std::uint16_t naptr_preference = 0;  ///< RFC 3403 4.1; 0 when no NAPTR led here
    std::uint16_t srv_priority = 0;      ///< RFC 2782; 0 when no SRV led here
    std::uint16_t draw = 0;              ///< position among all SRV records of the owner
    std::uint16_t address = 0;           ///< position among the addresses of one host
    friend auto operator<=>(const ranks&, const ranks&) = default;
};

/// One place a request can be sent to.
struct candidate {
    resolver::transport transport = resolver::transport::udp;  ///< how to send
    address ip;                                                ///< where to
    std::uint16_t port = 0;                                    ///< 1 to 65535
    /// Name to check the certificate against (RFC 5922 7.3): the host of the URI, not the name that
    /// DNS put in its place, unless `tls_identity::srv_target` asks for that.
    std::string tls_name;
    /// Host whose address this is: the SRV target, or the URI host; empty for a literal.
    std::string srv_target;
    ranks rank;  ///< why it stands where it stands
    /// Earliest expiry of the records that led here; `never` for literals.
    time_point expires = never;
    /// A record that led here is past its TTL and serves because the DNS fails (RFC 8767).
    bool is_stale = false;
    /// Every record that led here was validated (DNSSEC), as a server says whose word counts; see
    /// `engine_options::ad`. False for literals.
    bool is_authentic = false;

    /// "udp:192.0.2.1:5060" or "tls:[2001:db8::1]:5061": for people and logs, not for the wire.
    SIPHA_RESOLVER_EXPORT std::string to_string() const;
};

}  // namespace sipha::resolver
