#pragma once

#include <optional>
#include <string_view>

#include "proxy/sip/parameters.hpp"

namespace sipha::sip {

/// One value of From, To, Contact, Route, Record-Route, Path, Refer-To, ... (RFC 3261 20.10).
struct name_addr {
    std::string_view display_name;  ///< a quoted one without its quotes, escapes left inside
    std::string_view uri;           ///< between the angle brackets, or the bare addr-spec
    sip::parameters params;         ///< the header's parameters, not the URI's
    std::string_view raw;           ///< the whole value
};

/// Reads `name-addr` and `addr-spec`. In the bare form parameters belong to the header, and a
/// question mark or comma makes the value malformed (RFC 3261 20, RFC 4475 3.1.2.13).
/// The URI is checked for a scheme and for characters that no URI has; see `parse_uri` for more.
/// Unquoted display names may hold UTF-8, which RFC 3261 25.1 forbids but user agents send.
/// "*" is no name-addr.
std::optional<name_addr> parse_name_addr(std::string_view one_value);

}  // namespace sipha::sip
