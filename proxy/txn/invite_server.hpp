#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>

#include "proxy/txn/actions.hpp"
#include "proxy/txn/running_timers.hpp"
#include "proxy/txn/timers.hpp"

namespace sipha::txn {

/// INVITE server transaction (RFC 3261 17.2.1, figure 7, as corrected by RFC 6026 7.1 and 8.7).
///
/// The caller keeps the bytes of the last response that it was told to send. It must hand a 100
/// (Trying) or better to `on_response` in the same step that created the machine (RFC 3261 17.2.1
/// allows 200 ms), so there always is a last response.
class invite_server {
  public:
    /// Values are stable, they travel in snapshots.
    enum class state : std::uint8_t {
        proceeding = 0,  ///< no final response yet; no timer runs
        completed = 1,   ///< a 3xx-6xx was sent; Timers G and H run
        confirmed = 2,   ///< its ACK came; Timer I runs
        accepted = 3,    ///< a 2xx was sent; Timer L runs
        terminated = 4,
    };

    /// A new INVITE arrived and was given to the TU. @param values must be valid
    /// (timer_values::is_valid).
    invite_server(const timer_values& values, reliability transport);

    /// The INVITE arrived again (RFC 3261 17.2.3).
    server_actions on_request();
    /// The TU wants a response sent: any 1xx and one final response, after a 2xx further 2xx.
    /// @param status of the response; `refused` when it is not legal now, or outside 100-699.
    server_actions on_response(int status, time_point now);
    /// An ACK arrived that matches by RFC 3261 17.2.3.
    server_actions on_ack(time_point now);
    /// Time passed. Harmless before `deadline()`.
    server_actions on_timer(time_point now);
    /// A response could not be delivered, to the alternatives of RFC 3263 5 neither.
    server_actions on_transport_error() const;

    /// When `on_timer` is due; `never` when no timer runs.
    time_point deadline() const { return timers_.deadline(); }
    state current() const { return state_; }

    snapshot save(time_point now) const;
    /// Continues a saved machine at this node's `now`.
    /// @returns nothing when no invite_server can have saved `saved`.
    static std::optional<invite_server> restore(
        const snapshot& saved, const timer_values& values, reliability transport, time_point now
    );

  private:
    server_actions terminate(server_actions why);

    timer_values values_;
    running_timers timers_;
    reliability transport_;
    state state_ = state::proceeding;
};

static_assert(sizeof(invite_server) <= 64);
static_assert(std::is_trivially_copyable_v<invite_server>);

}  // namespace sipha::txn
