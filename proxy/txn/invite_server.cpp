#include "proxy/txn/invite_server.hpp"

#include "proxy/txn/response_class.hpp"

namespace sipha::txn {

invite_server::invite_server(const timer_values& values, reliability transport)
    : values_(values), transport_(transport) {}

server_actions invite_server::on_request() {
    // RFC 3261 17.2.1: the last provisional or the non-2xx final response is sent again. RFC 6026
    // 7.1: in "accepted" the INVITE is absorbed, the UAS retransmits the 2xx by itself.
    return {.resend_response = state_ == state::proceeding || state_ == state::completed};
}

server_actions invite_server::on_response(int status, time_point now) {
    const auto kind = classify(status);
    if (state_ == state::accepted && kind == response_class::success) {
        // RFC 6026 7.1: a retransmission by the UAS, or the 2xx of another fork.
        return {.send_response = true};
    }
    if (state_ != state::proceeding) {
        return {.refused = true};
    }
    switch (kind) {
        case response_class::provisional:
            return {.send_response = true};
        case response_class::success:
            // RFC 6026 7.1: Timer L is set for all transports.
            timers_.expire_at(now + values_.l());
            state_ = state::accepted;
            return {.send_response = true};
        case response_class::failure:
            // RFC 3261 17.2.1: Timer H for all transports, Timer G for unreliable ones.
            if (transport_ == reliability::unreliable) {
                timers_.start_retransmitting(now, values_.first_retransmission());
            }
            timers_.expire_at(now + values_.h());
            state_ = state::completed;
            return {.send_response = true};
        case response_class::invalid:
            break;
    }
    return {.refused = true};
}

server_actions invite_server::on_ack(time_point now) {
    if (state_ == state::accepted) {
        // RFC 6026 7.1: an ACK for a 2xx is the TU's business and is not absorbed.
        return {.pass_ack_up = true};
    }
    if (state_ != state::completed) {
        return {};
    }
    timers_.stop();
    state_ = state::confirmed;
    const auto linger = values_.i(transport_);
    if (linger == duration::zero()) {
        // RFC 3261 17.2.1: Timer I is zero where nothing is retransmitted.
        return terminate({});
    }
    timers_.expire_at(now + linger);
    return {};
}

server_actions invite_server::on_timer(time_point now) {
    if (timers_.has_expired(now)) {
        // RFC 3261 17.2.1: without an ACK the TU learns that the transaction failed.
        return terminate({.timed_out = state_ == state::completed});
    }
    if (timers_.retransmission_is_due(now)) {
        // RFC 3261 17.2.1: Timer G is reset to MIN(2*G, T2).
        timers_.retransmit_again(now, values_.t2);
        return {.resend_response = true};
    }
    return {};
}

server_actions invite_server::on_transport_error() const {
    // RFC 6026 7.1 and 8.8: the TU is told and the state stays, because a later retransmission may
    // pass. "confirmed" sends nothing.
    return {
        .transport_failed =
            state_ == state::proceeding || state_ == state::completed || state_ == state::accepted};
}

server_actions invite_server::terminate(server_actions why) {
    timers_.stop();
    state_ = state::terminated;
    why.terminated = true;
    return why;
}

snapshot invite_server::save(time_point now) const {
    return timers_.save(static_cast<std::uint8_t>(state_), now);
}

std::optional<invite_server> invite_server::restore(
    const snapshot& saved, const timer_values& values, reliability transport, time_point now
) {
    if (saved.state > static_cast<std::uint8_t>(state::terminated)) {
        return std::nullopt;
    }
    const auto at = static_cast<state>(saved.state);
    const timer_rules rules{
        .retransmits = at == state::completed && transport == reliability::unreliable,
        .expires = at == state::completed || at == state::confirmed || at == state::accepted};
    const auto timers = running_timers::restore(saved, rules, values, now);
    if (!timers) {
        return std::nullopt;
    }
    invite_server machine(values, transport);
    machine.timers_ = *timers;
    machine.state_ = at;
    return machine;
}

}  // namespace sipha::txn
