#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>

#include "proxy/txn/actions.hpp"
#include "proxy/txn/running_timers.hpp"
#include "proxy/txn/timers.hpp"

namespace sipha::txn {

/// Non-INVITE client transaction (RFC 3261 17.1.2, figure 6), for every method but INVITE and ACK.
///
/// After `timed_out` the TU sends no 408 upstream (RFC 4320 4.2): it tries the next target or gives
/// up silently.
class non_invite_client {
  public:
    /// Values are stable, they travel in snapshots.
    enum class state : std::uint8_t {
        trying = 0,      ///< request sent, nothing came back; Timers E and F run
        proceeding = 1,  ///< a 1xx came; Timers E (every T2) and F run
        completed = 2,   ///< a final response came; Timer K runs
        terminated = 3,
    };

    /// The caller sends the request at `now`. @param values must be valid (timer_values::is_valid).
    non_invite_client(const timer_values& values, reliability transport, time_point now);

    /// A response that matches by RFC 3261 17.1.3 arrived. @param status as received; outside
    /// 100-699 it is absorbed.
    client_actions on_response(int status, time_point now);
    /// Time passed. Harmless before `deadline()`.
    client_actions on_timer(time_point now);
    /// The request could not be delivered (RFC 3261 17.1.4).
    client_actions on_transport_error();

    /// When `on_timer` is due; `never` when no timer runs.
    time_point deadline() const { return timers_.deadline(); }
    state current() const { return state_; }

    snapshot save(time_point now) const;
    /// Continues a saved machine at this node's `now`.
    /// @returns nothing when no non_invite_client can have saved `saved`.
    static std::optional<non_invite_client> restore(
        const snapshot& saved, const timer_values& values, reliability transport, time_point now
    );

  private:
    bool is_waiting() const { return state_ == state::trying || state_ == state::proceeding; }
    client_actions complete(time_point now);
    client_actions terminate(client_actions why);

    timer_values values_;
    running_timers timers_;
    reliability transport_;
    state state_ = state::trying;
};

static_assert(sizeof(non_invite_client) <= 64);
static_assert(std::is_trivially_copyable_v<non_invite_client>);

}  // namespace sipha::txn
