#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "proxy/sip/outbox.hpp"
#include "proxy/timing/clock.hpp"

namespace sipha::shell {

/// A message that went out and whose sender waits for the outcome.
struct sent_message {
    sip::hop to;
    std::uint64_t token = 0;
    friend bool operator==(const sent_message&, const sent_message&) = default;
};

/// The last messages sent, so that an error which arrives later (ICMP, a lost connection) finds the
/// tokens it concerns. Bounded: the oldest entry makes room.
class recent_sends {
  public:
    /// @param capacity entries kept; @param horizon an entry older than this is no longer blamed.
    recent_sends(std::size_t capacity, timing::duration horizon)
        : capacity_(capacity), horizon_(horizon) {}

    /// Remembers a message; one without token (0) is ignored.
    void add(timing::time_point now, const sent_message& message);
    /// Removes and returns what went to `remote`, oldest first, each token once.
    std::vector<sent_message> take(timing::time_point now, const sip::endpoint& remote);
    /// Removes and returns everything, oldest first, each token once.
    std::vector<sent_message> take_all(timing::time_point now);
    std::size_t size() const { return entries_.size(); }

  private:
    struct entry {
        timing::time_point at;
        sent_message message;
    };
    /// The `position`-th oldest entry.
    const entry& oldest(std::size_t position) const;

    std::size_t capacity_;
    timing::duration horizon_;
    std::vector<entry> entries_;  ///< a ring once it is full
    std::size_t next_ = 0;        ///< where a full ring overwrites: its oldest entry
};

}  // namespace sipha::shell
