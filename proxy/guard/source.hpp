#pragma once

#include <cstdint>

#include <sipha/geo/ip.hpp>

namespace sipha::guard {

/// Who is counted as one source: an IPv4 address, or an IPv6 network of 64 bits, since one host has
/// all addresses of it.
using source_key = std::uint64_t;

source_key key_of(const geo::ip_address& address);
/// The address that stands for the source: the network's first one for IPv6.
geo::ip_address address_of(source_key source);

}  // namespace sipha::guard
