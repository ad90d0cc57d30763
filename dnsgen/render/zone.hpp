#pragma once

#include <string>

#include "dnsgen/plan/records.hpp"

namespace sipha::dnsgen {

/// One region's zone as a master file (RFC 1035 section 5) without directives: absolute names, a
/// TTL on every line.
/// @returns an empty text when a record could not be made.
std::string render_zone(const region_zone& zone);

}  // namespace sipha::dnsgen
