#pragma once

#include <span>
#include <vector>

#include <sipha/resolver/address.hpp>
#include <sipha/resolver/options.hpp>

namespace sipha::resolver::detail {

/// Orders the addresses of one host (RFC 6724 6), without those listed twice.
///
/// By what a destination is alone: rule 6 (precedence of the default policy table 2.1, so IPv6
/// before IPv4), rule 8 (smaller scope), rule 10 (otherwise as the DNS gave them). With local
/// addresses, of which each destination gets its source as in RFC 6724 5 (rules 1, 2, 6, 8), also
/// rule 1 (a family without any source comes last), 2 (scope of source and destination match), 5
/// (their labels match) and 9 (longest common prefix, within the source's network). Rules 3, 4 and
/// 7 need what only the routing table of the moment knows.
/// @param sources may be empty; at most `max_source_addresses` are used.
std::vector<address> order_addresses(
    std::span<const address> addresses, std::span<const source_address> sources = {}
);

}  // namespace sipha::resolver::detail
