#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "proxy/timing/clock.hpp"

namespace sipha::sim {

using timing::duration;
using timing::time_point;

/// Virtual time and everything that will happen in it, ordered by (time, sequence): two events of
/// the same moment happen in the order in which they were planned.
class scheduler {
  public:
    using action = std::function<void()>;

    /// Where every world begins; not the clock's zero, so that code may look back a while.
    static constexpr time_point start = time_point(std::chrono::hours(1));

    time_point now() const { return now_; }
    duration elapsed() const { return now_ - start; }

    /// @param when a moment in the past means now.
    void at(time_point when, action what);
    void after(duration delay, action what) { at(now_ + delay, std::move(what)); }

    /// Runs the earliest event that is due until `limit`.
    /// @returns false when there is none; the clock then stands at `limit`.
    bool run_one(time_point limit);
    void run_until(time_point limit);
    void run_for(duration length) { run_until(now_ + length); }

    std::size_t pending() const { return heap_.size(); }
    std::uint64_t events_run() const { return events_run_; }

  private:
    struct entry {
        time_point when;
        std::uint64_t sequence = 0;
        action what;
    };
    static bool later(const entry& left, const entry& right);

    time_point now_ = start;
    std::vector<entry> heap_;
    std::uint64_t next_sequence_ = 0;
    std::uint64_t events_run_ = 0;
};

}  // namespace sipha::sim
