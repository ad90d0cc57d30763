#pragma once

#include <string>

#include "dnsgen/plan/records.hpp"
#include "dnsgen/render/file_set.hpp"

namespace sipha::dnsgen {

/// All outputs of a topology as files in memory; the same input gives the same bytes.
/// @param plan derived from `from`; the topology has no errors.
file_set render_outputs(const topology& from, const zone_plan& plan);

}  // namespace sipha::dnsgen
