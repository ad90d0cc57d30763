#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/sip/parameters.hpp"

namespace sipha::sip {

/// Headers ("?name=value&...") one URI may have; more make it malformed.
inline constexpr std::size_t max_uri_headers = 64;

/// A URI (RFC 3261 19.1.1); views into the parsed text. For schemes other than sip and sips only
/// `scheme` and `raw` are filled.
struct uri {
    std::string_view scheme;  ///< as written
    std::string_view user;    ///< escapes left; empty when there is no userinfo
    std::string_view password;
    std::string_view host;  ///< an IPv6 literal without its brackets
    bool is_ipv6 = false;
    std::optional<std::uint16_t> port;
    sip::parameters params;
    std::string_view headers;  ///< behind the question mark
    std::string_view raw;
    bool has_password = false;  ///< tells "sip:u:@h" from "sip:u@h"

    /// sip or sips.
    bool is_sip() const;
    bool is_sips() const;
};

/// @returns nothing when the text is not exactly one URI; a SIP URI is checked character by
/// character (RFC 3261 25.1).
std::optional<uri> parse_uri(std::string_view text);

/// The scheme in front of the colon, or nothing when there is none (RFC 3261 25.1 `scheme`).
std::string_view uri_scheme(std::string_view text);

/// RFC 3261 19.1.4, with IPv6 hosts compared as addresses (RFC 5954 4.2). URIs of other schemes are
/// equivalent when they are equal octet by octet but for the case of the scheme.
bool equivalent(const uri& a, const uri& b);

/// The key of the location service (RFC 3261 10.3 step 5): "sip:user@host" without password, port,
/// parameters and headers, the scheme always "sip" (RFC 5630 4: both schemes name one user), the
/// host in lower case without final dot, IPv6 in the text of RFC 5952. Escapes are undone, except
/// for characters that no user part may hold bare: those are always "%HH" in upper case. So two
/// users have one key exactly when their unescaped forms are equal, and the key is a valid URI.
/// @param address a sip or sips URI; for others the result is `raw`.
std::string canonical_aor(const uri& address);

}  // namespace sipha::sip
