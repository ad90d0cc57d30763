#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "tests/bench/delay_link.hpp"
#include "tests/bench/name_server.hpp"
#include "tests/bench/table.hpp"

/// The rows of the resolver's table, by theme; docs/performance.md says what each one means.
namespace sipha::bench {

/// How long the slow line of the benchmark takes there and back.
inline constexpr std::chrono::milliseconds link_round_trip{50};

/// `smoke` takes one round of everything and few repetitions: it shows that the rows run and that
/// no figure is far off, in seconds.
enum class thoroughness : std::uint8_t { smoke, full };

/// What the rows share.
struct world {
    explicit world(thoroughness wanted);

    std::size_t rounds;
    /// Scales the number of operations of one round.
    std::size_t scaled(std::size_t operations) const;

    thoroughness effort;
    name_server server;
    delay_link link;  ///< in front of `server`
};

/// A full lookup from the cache: its time, and its allocations beyond the result.
std::vector<row> warm_rows(const world& around);
/// Lookups with an empty cache through the slow line, with and without glue.
std::vector<row> cold_rows(const world& around);
/// One of two DNS servers is dead: the first lookup and those after it.
std::vector<row> dead_server_rows(const world& around);
/// Queries that no cache knows, one by one and a hundred at a time.
std::vector<row> query_rows(const world& around);
/// From a failed candidate to the next one: own time after a refusal, and after silence.
std::vector<row> failover_rows(const world& around);
/// What the TCP canary needs to notice a dead server.
std::vector<row> canary_rows(const world& around);
/// Memory for a cached name.
std::vector<row> memory_rows(const world& around);
/// Size of the library.
std::vector<row> size_rows(const world& around);

}  // namespace sipha::bench
