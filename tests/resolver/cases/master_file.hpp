#pragma once

#include <string>

#include "tests/resolver/cases/zone_text.hpp"

namespace sipha::resolver::test::cases {

/// The text with every name that ends in "ex" put below a name of its own: with the label "c016",
/// "h1.ex" becomes "h1.c016.ex", so that one zone holds all cases.
std::string moved(const std::string& text, const std::string& label);

/// The records of a case as lines of a master file (RFC 1035 5) for the zone "ex".
std::string master_lines(const zone_text& zone, const std::string& label);

/// What the zone "ex" begins with: SOA and NS.
std::string master_head();

}  // namespace sipha::resolver::test::cases
