#pragma once

#include "dnsgen/model/topology.hpp"
#include "geo/yaml/document.hpp"

namespace sipha::dnsgen {

/// Reads a topology file. What is wrong is reported in `document.diag()`; when it has errors, the
/// result is incomplete and only good for further checks.
topology read_topology(geo::yaml::document& document);

}  // namespace sipha::dnsgen
