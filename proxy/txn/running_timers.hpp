#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "proxy/txn/timers.hpp"

namespace sipha::txn {

/// A machine at one moment, free of any clock: what a successor needs to continue it. Serialise the
/// four members as they are; rounding a duration to milliseconds is harmless.
struct snapshot {
    std::uint8_t state = 0;  ///< the machine's `state` enumerator; numbers are stable
    /// Time until the next retransmission (non_invite_server: until its 100 is due), >= 0.
    std::optional<duration> retransmit_in = std::nullopt;
    duration interval{};  ///< that retransmission's interval; 0 when none is due
    /// Time until the timer fires that ends the state, >= 0.
    std::optional<duration> expires_in = std::nullopt;

    friend bool operator==(const snapshot&, const snapshot&) = default;
};

/// Which timers the state of a snapshot runs.
struct timer_rules {
    bool retransmits = false;
    bool expires = false;
};

/// The two timers that a transaction can have at once: a retransmission that doubles up to a cap
/// (A, E, G) and the end of the state (B, D, F, H-M).
class running_timers {
  public:
    /// The first retransmission is due `first` after `now`.
    void start_retransmitting(time_point now, duration first) {
        interval_ = first;
        retransmit_ = now + first;
    }
    /// Schedules the retransmission after the one due now, at twice its interval but at most `cap`.
    /// Counted from `now`, so that a late caller sends one message and not a burst.
    void retransmit_again(time_point now, duration cap) {
        start_retransmitting(now, std::min(2 * interval_, cap));
    }
    /// The pending retransmission stays; the one after it follows at twice `interval`, as capped.
    /// Nothing changes when none is pending.
    void set_interval(duration interval) {
        if (retransmits()) {
            interval_ = interval;
        }
    }
    void stop_retransmitting() {
        interval_ = duration::zero();
        retransmit_ = never;
    }
    void expire_at(time_point when) { expiry_ = when; }
    void stop() { *this = running_timers(); }

    bool retransmits() const { return retransmit_ != never; }
    bool retransmission_is_due(time_point now) const { return retransmit_ <= now; }
    bool has_expired(time_point now) const { return expiry_ <= now; }
    /// The earlier of both, or `never`.
    time_point deadline() const { return std::min(retransmit_, expiry_); }

    snapshot save(std::uint8_t state, time_point now) const;
    /// The timers of `saved`, counted from `now`. Only those that `rules` allows are taken, and
    /// each is brought into the range that `values` can produce: a snapshot comes from another
    /// node.
    /// @returns nothing when the state must end by a timer that the snapshot lacks.
    static std::optional<running_timers> restore(
        const snapshot& saved, timer_rules rules, const timer_values& values, time_point now
    );

  private:
    time_point retransmit_ = never;
    duration interval_{};
    time_point expiry_ = never;
};

}  // namespace sipha::txn
