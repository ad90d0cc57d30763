#pragma once

#include <cstdint>

#include "dnsgen/plan/records.hpp"

namespace sipha::dnsgen {

/// The steps between the orders of NAPTR records and the priorities of SRV records; the gaps leave
/// room for records added by hand.
inline constexpr std::uint16_t order_step = 10;
inline constexpr std::uint16_t naptr_preference = 50;

/// Derives the zone of every region.
///
/// - NAPTR (RFC 3263 section 4.1): one a transport, order 10, 20, ... in the order of preference.
///   RFC 3403 section 4.1 makes clients take the orders strictly in turn.
/// - SRV (RFC 2782): the nearest site has priority 10, the next one 20, and so on, so that one
///   answer holds both the near edges and those to fail over to; weights share out a site.
/// - A, AAAA: every edge under its name, and the nearest site's addresses at the domain itself, for
///   clients that know no SRV records.
///
/// @param from a topology in which `check_topology` found no error.
/// @param serial the SOA serial of all regions.
zone_plan derive(const topology& from, std::uint32_t serial);

}  // namespace sipha::dnsgen
