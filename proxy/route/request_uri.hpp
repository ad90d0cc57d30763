#pragma once

#include <string>
#include <string_view>

#include "proxy/sip/uri.hpp"

namespace sipha::route {

/// True for a sips URI, in any letter case, without reading the rest.
bool is_sips_uri(std::string_view uri);

/// A URI as it may stand in a Request-Line: without headers and without the parameter `method`
/// (RFC 3261 19.1.1 table 1, 16.6 step 2).
/// @param scratch holds the result when something had to go.
/// @returns `uri` itself when all of it may stay, or when it is no SIP URI.
std::string_view as_request_uri(std::string_view uri, std::string& scratch);

/// The URI without `maddr` and what goes with it, port and `transport` (RFC 3261 16.4).
std::string without_maddr(const sip::uri& uri);

}  // namespace sipha::route
