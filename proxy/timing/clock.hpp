#pragma once

#include <chrono>
#include <cstdint>

/// Time as the pure code sees it: an argument, never a call.
namespace sipha::timing {

/// Monotonic time. Only the type is used here; `now()` may be called in shells alone (lint).
using time_point = std::chrono::steady_clock::time_point;
using duration = std::chrono::steady_clock::duration;

/// The "no deadline" answer of every `next_deadline()`.
inline constexpr time_point never = time_point::max();

/// What a shell hands to every step: monotonic time for timers, wall time only for the hybrid clock
/// of replicated records and for text that people read.
struct instant {
    time_point mono{};
    std::int64_t wall_ms = 0;  ///< milliseconds since 1970-01-01 UTC
};

}  // namespace sipha::timing
