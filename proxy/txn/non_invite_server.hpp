#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>

#include "proxy/txn/actions.hpp"
#include "proxy/txn/running_timers.hpp"
#include "proxy/txn/timers.hpp"

namespace sipha::txn {

/// Non-INVITE server transaction (RFC 3261 17.2.2, figure 8, with RFC 4320 and RFC 6026 8.8), for
/// every method but INVITE and ACK.
///
/// No timer ends "trying" and "proceeding": a TU that has no answer after 64*T1 (Timer F of the
/// client) erases the transaction without a response, because RFC 4320 4.2 forbids the 408.
class non_invite_server {
  public:
    /// Values are stable, they travel in snapshots.
    enum class state : std::uint8_t {
        trying = 0,      ///< nothing sent; the 100 of RFC 4320 may be pending
        proceeding = 1,  ///< a 100 was sent; no timer runs
        completed = 2,   ///< a final response was sent; Timer J runs
        terminated = 3,
    };

    /// A new request arrived at `now` and was given to the TU. @param values must be valid
    /// (timer_values::is_valid).
    non_invite_server(const timer_values& values, reliability transport, time_point now);

    /// The request arrived again (RFC 3261 17.2.3).
    server_actions on_request() const;
    /// True when RFC 3261 17.2.2 and RFC 4320 allow the TU to send this response now: a 100 over an
    /// unreliable transport only after timer_values::trying_delay, no other 1xx, no 408, one final
    /// response.
    bool may_send(int status, time_point now) const;
    /// The TU wants a response sent. `refused` exactly when `may_send` is false.
    server_actions on_response(int status, time_point now);
    /// Time passed. Harmless before `deadline()`. `trying_due` comes at most once, on every
    /// transport (RFC 4320 4.1).
    server_actions on_timer(time_point now);
    /// A response could not be delivered, to the alternatives of RFC 3263 5 neither.
    server_actions on_transport_error() const;

    /// When `on_timer` is due; `never` when no timer runs.
    time_point deadline() const { return timers_.deadline(); }
    state current() const { return state_; }

    snapshot save(time_point now) const;
    /// Continues a saved machine at this node's `now`.
    /// @returns nothing when no non_invite_server can have saved `saved`.
    static std::optional<non_invite_server> restore(
        const snapshot& saved, const timer_values& values, reliability transport, time_point now
    );

  private:
    server_actions terminate(server_actions why);

    timer_values values_;
    running_timers timers_;  ///< in "trying" the retransmission slot holds the time of the 100
    reliability transport_;
    state state_ = state::trying;
};

static_assert(sizeof(non_invite_server) <= 64);
static_assert(std::is_trivially_copyable_v<non_invite_server>);

}  // namespace sipha::txn
