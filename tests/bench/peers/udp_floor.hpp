#pragma once

#include <cstddef>

#include <sipha/resolver/options.hpp>

namespace sipha::bench {

/// What no resolver can beat: the same questions and answers over one socket, neither parsed nor
/// matched. As `our_resolver::microseconds_per_query`.
double floor_microseconds_per_query(
    const resolver::dns_server& server, std::size_t in_flight, std::size_t count
);

}  // namespace sipha::bench
