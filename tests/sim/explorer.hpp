#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/sim/event_log.hpp"
#include "tests/sim/scheduler.hpp"

/// Random worlds: one seed gives the cluster, the phones, the traffic and the faults.
namespace sipha::sim {

struct exploration {
    std::uint64_t seed = 1;
    duration faulty_time = std::chrono::minutes(1);  ///< before everything is repaired
    event_log::tracing trace = event_log::tracing::off;
};

/// How one seed went.
struct exploration_result {
    std::uint64_t hash = 0;
    std::vector<std::string> violations;
    duration simulated{};
    std::uint64_t events = 0;
    std::uint64_t faults = 0;
    std::uint64_t registrations = 0;  ///< acknowledged
    std::uint64_t calls = 0;
    std::uint64_t calls_completed = 0;
};

/// Runs faults of all kinds over registrations and calls, repairs everything, and asserts all
/// invariants.
exploration_result explore(const exploration& what);

}  // namespace sipha::sim
