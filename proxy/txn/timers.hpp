#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "proxy/timing/clock.hpp"

/// Transactions of RFC 3261 17 with the corrections of RFC 6026 and RFC 4320: pure machines that
/// know no message, no table and no clock.
namespace sipha::txn {

using timing::duration;
using timing::never;
using timing::time_point;

/// What the transport of a transaction promises. Values are stable, they travel in records.
enum class reliability : std::uint8_t {
    unreliable = 0,  ///< UDP: the transaction retransmits and absorbs retransmissions
    reliable = 1,    ///< TCP, TLS, WS, WSS
};

/// The timers of RFC 3261 appendix A (table 4) and RFC 6026 7; one function per letter.
///
/// Timer C, the proxy's wait for a final response to INVITE, belongs to the response context of
/// RFC 3261 16.6 and 16.8, not to a transaction.
struct timer_values {
    /// Bounds of `is_valid`: no setting can make a machine busy-loop or overflow the clock.
    static constexpr duration min_t1 = std::chrono::milliseconds(1);
    static constexpr duration max_t1 = std::chrono::minutes(1);
    static constexpr duration max_t4_or_d = std::chrono::hours(1);

    duration t1 = std::chrono::milliseconds(500);  ///< estimate of the round-trip time
    duration t2 = std::chrono::seconds(4);         ///< longest retransmission interval
    duration t4 = std::chrono::seconds(5);         ///< longest stay of a message in the network
    duration timer_d = std::chrono::seconds(32);   ///< RFC 3261 asks for at least 32 s on UDP

    /// First interval of Timer A (INVITE request), E (other request) and G (final response).
    constexpr duration first_retransmission() const { return t1; }
    /// INVITE client: no response at all.
    constexpr duration b() const { return 64 * t1; }
    /// INVITE client: absorbs retransmitted 3xx-6xx.
    constexpr duration d(reliability transport) const {
        return unless_reliable(transport, timer_d);
    }
    /// Non-INVITE client: no final response.
    constexpr duration f() const { return 64 * t1; }
    /// INVITE server: no ACK for a 3xx-6xx.
    constexpr duration h() const { return 64 * t1; }
    /// INVITE server: absorbs retransmitted ACKs.
    constexpr duration i(reliability transport) const { return unless_reliable(transport, t4); }
    /// Non-INVITE server: answers retransmitted requests.
    constexpr duration j(reliability transport) const {
        return unless_reliable(transport, 64 * t1);
    }
    /// Non-INVITE client: absorbs retransmitted final responses.
    constexpr duration k(reliability transport) const { return unless_reliable(transport, t4); }
    /// INVITE server: absorbs retransmitted INVITEs after a 2xx (RFC 6026 7.1).
    constexpr duration l() const { return 64 * t1; }
    /// INVITE client: passes further 2xx up (RFC 6026 7.2).
    constexpr duration m() const { return 64 * t1; }

    /// When a non-INVITE request that is still unanswered gets its 100: the time until a client's
    /// Timer E is reset to T2, 3.5 s by default (RFC 4320 4.1).
    constexpr duration trying_delay() const {
        duration total{};
        duration interval = t1;
        do {
            total += interval;
            interval = std::min(2 * interval, t2);
        } while (interval < t2);
        return total;
    }
    /// The longest time any timer of these values runs.
    constexpr duration longest() const { return std::max({64 * t1, t2, t4, timer_d}); }

    /// True when min_t1 <= T1 <= max_t1, T1 <= T2 <= 64*T1 and 0 <= T4, D <= max_t4_or_d. The
    /// machines work for valid values only; whoever reads a configuration asks this.
    constexpr bool is_valid() const {
        return min_t1 <= t1 && t1 <= max_t1 && t1 <= t2 && t2 <= 64 * t1 &&
               duration::zero() <= t4 && t4 <= max_t4_or_d && duration::zero() <= timer_d &&
               timer_d <= max_t4_or_d;
    }

    friend constexpr bool operator==(const timer_values&, const timer_values&) = default;

  private:
    static constexpr duration unless_reliable(reliability transport, duration value) {
        return transport == reliability::reliable ? duration::zero() : value;
    }
};

}  // namespace sipha::txn
