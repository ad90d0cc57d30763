#pragma once

#include "dnsgen/model/topology.hpp"
#include "geo/yaml/diagnostics.hpp"

namespace sipha::dnsgen {

/// Limits beyond which a value is a mistake or a risk rather than a choice.
inline constexpr ttl_seconds longest_sensible_address_ttl{86400};
/// Clients and servers in use keep no more SRV targets than this of one answer.
inline constexpr std::size_t most_srv_targets = 8;
inline constexpr std::uint32_t largest_weight_ratio = 100;

/// Judges a topology as a whole: everything that shows only when values are seen together. A
/// topology without errors can be derived and rendered. Warnings of a rule under `lint: allow` are
/// left out; errors cannot be allowed.
void check_topology(const topology& what, geo::yaml::diagnostics& diag);

}  // namespace sipha::dnsgen
