#pragma once

#include <span>
#include <vector>

#include <sipha/resolver/address.hpp>

namespace sipha::resolver::detail {

/// Orders the addresses of one host (RFC 6724 6), without those listed twice.
///
/// Only the rules that look at the destination alone are applied: rule 6 (precedence of the
/// default policy table 2.1, so IPv6 before IPv4), rule 8 (smaller scope), rule 10 (otherwise as
/// the DNS gave them). The rules that compare source addresses (1 to 5, 7, 9) need the routing
/// table of the moment; a family without a route is switched off by the caller instead.
std::vector<address> order_addresses(std::span<const address> addresses);

}  // namespace sipha::resolver::detail
