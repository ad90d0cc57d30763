#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>

#include "proxy/txn/actions.hpp"
#include "proxy/txn/running_timers.hpp"
#include "proxy/txn/timers.hpp"

namespace sipha::txn {

/// INVITE client transaction (RFC 3261 17.1.1, figure 5, as corrected by RFC 6026 7.2 and 8.4).
///
/// The caller keeps the request, the ACK, the table and the timer queue; it performs the returned
/// actions and asks `deadline()` again after every call.
class invite_client {
  public:
    /// Values are stable, they travel in snapshots.
    enum class state : std::uint8_t {
        calling = 0,     ///< request sent, nothing came back; Timers A and B run
        proceeding = 1,  ///< a 1xx came; the TU limits the wait (Timer C)
        completed = 2,   ///< a 3xx-6xx came; Timer D runs
        accepted = 3,    ///< a 2xx came; Timer M runs
        terminated = 4,
    };

    /// The caller sends the request at `now`. @param values must be valid (timer_values::is_valid).
    invite_client(const timer_values& values, reliability transport, time_point now);

    /// A response that matches by RFC 3261 17.1.3 arrived. @param status as received; outside
    /// 100-699 it is absorbed.
    client_actions on_response(int status, time_point now);
    /// Time passed. Harmless before `deadline()`.
    client_actions on_timer(time_point now);
    /// The request or the ACK could not be delivered (RFC 3261 17.1.4).
    client_actions on_transport_error();

    /// When `on_timer` is due; `never` when no timer runs.
    time_point deadline() const { return timers_.deadline(); }
    state current() const { return state_; }

    snapshot save(time_point now) const;
    /// Continues a saved machine at this node's `now`.
    /// @returns nothing when no invite_client can have saved `saved`.
    static std::optional<invite_client> restore(
        const snapshot& saved, const timer_values& values, reliability transport, time_point now
    );

  private:
    client_actions complete(time_point now);
    client_actions terminate(client_actions why);

    timer_values values_;
    running_timers timers_;
    reliability transport_;
    state state_ = state::calling;
};

static_assert(sizeof(invite_client) <= 64);
static_assert(std::is_trivially_copyable_v<invite_client>);

}  // namespace sipha::txn
