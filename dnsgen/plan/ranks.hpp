#pragma once

#include <vector>

#include "dnsgen/model/topology.hpp"

namespace sipha::dnsgen {

/// Edges that share one SRV priority.
using rank = std::vector<const geo::edge*>;

/// The edges a region's clients try, best rank first: the live edges of each site in the region's
/// order, then the draining ones in the same order. Edges that are down are left out, and no rank
/// is empty.
std::vector<rank> edge_ranks(const geo::inventory& all, const geo::region& clients);

/// Whether an edge serves a transport.
bool offers(const geo::edge& edge, transport_id transport);

/// The port of a transport on an edge.
std::uint16_t port_of(const geo::edge& edge, const transport& transport);

/// The ranks of one transport: edges without it removed, and ranks that become empty.
std::vector<rank> ranks_offering(const std::vector<rank>& ranks, transport_id transport);

}  // namespace sipha::dnsgen
