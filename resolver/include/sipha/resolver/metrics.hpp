#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include <sipha/resolver/options.hpp>

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

enum class server_standing : std::uint8_t {
    good,
    suspect  ///< was silent or unreachable: asked last until it answers a probe
};

/// What is known of one DNS server.
struct dns_server_metrics {
    dns_server place;                                  ///< which server
    server_standing standing = server_standing::good;  ///< what is thought of it now
    /// Smoothed round-trip time (RFC 6298) over UDP; nothing before the first answer.
    std::optional<std::chrono::microseconds> srtt;
    std::uint64_t queries = 0;   ///< sent to it
    std::uint64_t answers = 0;   ///< messages that answer a query, failures included
    std::uint64_t timeouts = 0;  ///< attempts that stayed silent too long
    std::uint64_t errors = 0;    ///< attempts the network refused
};

/// What the DNS client did since the engine started.
struct dns_metrics {
    std::uint64_t a_queries = 0;      ///< sent
    std::uint64_t aaaa_queries = 0;   ///< sent
    std::uint64_t srv_queries = 0;    ///< sent
    std::uint64_t naptr_queries = 0;  ///< sent
    std::uint64_t answers = 0;        ///< questions answered, "no" included
    std::uint64_t failures = 0;       ///< questions that no server answered
    std::uint64_t timeouts = 0;       ///< attempts that stayed silent too long
    std::uint64_t hedges = 0;         ///< second servers asked beside a slow one
    std::uint64_t probes = 0;         ///< questions also sent to a suspect, to see whether it lives
    std::uint64_t tcp = 0;            ///< queries over TCP, after a truncated answer
    std::uint64_t edns_fallbacks = 0;  ///< queries repeated without EDNS
    std::uint64_t refusals = 0;        ///< SERVFAIL, REFUSED and the like
    std::uint64_t malformed = 0;       ///< answers to the question that cannot be read
    std::uint64_t ignored = 0;  ///< messages that answer nothing asked: late, doubled or forged
    std::vector<dns_server_metrics> servers;  ///< each DNS server, in order of preference
};

/// What the sessions' probes did since the engine started.
struct probe_metrics {
    std::uint64_t started = 0;  ///< probes asked of the prober
    std::uint64_t alive = 0;    ///< signs of life: connections, pongs, responses
    std::uint64_t down = 0;     ///< places found dead or unavailable
    std::uint64_t skipped = 0;  ///< no socket was free: nothing was found out
};

}  // namespace sipha::resolver
