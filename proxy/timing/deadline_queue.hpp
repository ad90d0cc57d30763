#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "proxy/timing/clock.hpp"

namespace sipha::timing {

/// Deadlines of many entities, earliest first; equal deadlines come out in insertion order.
///
/// There is no cancel: an entity that moved its deadline is asked about a stale entry once, sees by
/// its own record that nothing is due, and ignores it. That keeps an entry at 24 bytes and arming
/// at one push.
class deadline_queue {
  public:
    /// @param id the owner's key for the entity, returned by `pop_due`.
    void arm(time_point deadline, std::uint64_t id);
    /// Removes and returns the id of the earliest entry that is due at `now`.
    std::optional<std::uint64_t> pop_due(time_point now);
    /// The earliest armed deadline (possibly stale), or `never`.
    time_point next_deadline() const;
    std::size_t size() const { return heap_.size(); }

  private:
    struct entry {
        time_point deadline;
        std::uint64_t sequence;
        std::uint64_t id;
    };
    static bool later(const entry& left, const entry& right);

    std::vector<entry> heap_;
    std::uint64_t next_sequence_ = 0;
};

}  // namespace sipha::timing
