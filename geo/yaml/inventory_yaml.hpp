#pragma once

#include <sipha/geo/inventory.hpp>
#include "geo/yaml/reader.hpp"

namespace sipha::geo::yaml {

/// Limits of an inventory; a larger file is refused.
inline constexpr std::size_t max_sites = 100;
inline constexpr std::size_t max_edges_per_site = 100;
inline constexpr std::size_t max_regions = 100;
inline constexpr std::size_t max_prefixes_per_region = 10'000;
/// The largest weight of an edge; larger ratios than this make no sense.
inline constexpr std::uint32_t max_edge_weight = 1'000'000;

/// Reads the keys `sites`, `regions` and `default_region`.
///
/// It reports what is wrong with one value alone; what only shows against other values is left to
/// the program's own checks.
///
/// @code
///   sites:
///     ams: {location: [52.37, 4.90], state: up,
///           nodes: {ams1: {v4: 192.0.2.11, v6: "2001:db8::11", weight: 60, state: up,
///                          ports: {tcp: 5070}, transports: [udp, tcp]}}}
///   regions:
///     eu: {match: {prefixes: [192.0.2.0/24]}, location: [50.1, 8.7], order: auto}
///     na: {match: {prefixes: [198.51.100.0/24]}, order: [nyc, ams]}
///   default_region: eu
/// @endcode
inventory read_inventory(object& root);

}  // namespace sipha::geo::yaml
