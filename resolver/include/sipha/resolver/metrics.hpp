#pragma once

#include <cstdint>

namespace sipha::resolver {

/// What the lookups did since the engine started.
struct lookup_metrics {
    std::uint64_t started = 0;      ///< of complete lists
    std::uint64_t succeeded = 0;    ///< of complete lists
    std::uint64_t failed = 0;       ///< of complete lists, cancelled ones included
    std::uint64_t routes = 0;       ///< opened
    std::uint64_t from_tables = 0;  ///< drawn from a finished lookup, nothing was planned
    std::uint64_t refused = 0;      ///< beyond the limit of open lookups
};

/// What the answer cache did since the engine started.
struct cache_metrics {
    std::uint64_t hits = 0;        ///< answered with what was known, negative answers included
    std::uint64_t misses = 0;      ///< the DNS had to be asked, or a question under way joined
    std::uint64_t joined = 0;      ///< of the misses: waited for a question already in flight
    std::uint64_t failures = 0;    ///< answered with a remembered failure
    std::uint64_t stale = 0;       ///< answered past the TTL (RFC 8767)
    std::uint64_t prefetches = 0;  ///< asked again before the end because still in use
    std::uint64_t evictions = 0;   ///< left early to make room
    std::uint64_t refused = 0;     ///< questions beyond the limit of open ones
    std::uint64_t glue = 0;        ///< addresses taken from additional sections
};

}  // namespace sipha::resolver
