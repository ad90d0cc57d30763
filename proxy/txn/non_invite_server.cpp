#include "proxy/txn/non_invite_server.hpp"

#include "proxy/txn/response_class.hpp"

namespace sipha::txn {

non_invite_server::non_invite_server(
    const timer_values& values, reliability transport, time_point now
)
    : values_(values), transport_(transport) {
    timers_.start_retransmitting(now, values_.trying_delay());
}

server_actions non_invite_server::on_request() const {
    // RFC 3261 17.2.2: in "trying" there is nothing to repeat yet.
    return {.resend_response = state_ == state::proceeding || state_ == state::completed};
}

bool non_invite_server::may_send(int status, time_point now) const {
    constexpr int trying = 100;
    constexpr int request_timeout = 408;
    if (state_ != state::trying && state_ != state::proceeding) {
        // RFC 3261 17.2.2: any other final response from the TU is discarded.
        return false;
    }
    switch (classify(status)) {
        case response_class::provisional:
            // RFC 4320 4.1: no 1xx but 100, and over UDP no 100 before Timer E reaches T2: earlier
            // it would only slow the client's retransmissions down.
            return status == trying &&
                   (state_ == state::proceeding || transport_ == reliability::reliable ||
                    !timers_.retransmits() || timers_.retransmission_is_due(now));
        case response_class::success:
            return true;
        case response_class::failure:
            // RFC 4320 4.2: the client's Timer F fires at the same time; a 408 only loses the race.
            return status != request_timeout;
        case response_class::invalid:
            return false;
    }
    return false;
}

server_actions non_invite_server::on_response(int status, time_point now) {
    if (!may_send(status, now)) {
        return {.refused = true};
    }
    timers_.stop();
    if (classify(status) == response_class::provisional) {
        state_ = state::proceeding;
        return {.send_response = true};
    }
    state_ = state::completed;
    const server_actions actions{.send_response = true};
    const auto linger = values_.j(transport_);
    if (linger == duration::zero()) {
        // RFC 3261 17.2.2: Timer J is zero where nothing is retransmitted.
        return terminate(actions);
    }
    timers_.expire_at(now + linger);
    return actions;
}

server_actions non_invite_server::on_timer(time_point now) {
    if (timers_.has_expired(now)) {
        return terminate({});
    }
    if (timers_.retransmission_is_due(now)) {
        timers_.stop_retransmitting();
        return {.trying_due = true};
    }
    return {};
}

server_actions non_invite_server::on_transport_error() const {
    // RFC 6026 8.8 replaces the "terminated" of RFC 3261 17.2.4 and figure 8: the state stays, so a
    // retransmitted request is answered again and not executed again. "trying" sent nothing.
    return {.transport_failed = state_ == state::proceeding || state_ == state::completed};
}

server_actions non_invite_server::terminate(server_actions why) {
    timers_.stop();
    state_ = state::terminated;
    why.terminated = true;
    return why;
}

snapshot non_invite_server::save(time_point now) const {
    return timers_.save(static_cast<std::uint8_t>(state_), now);
}

std::optional<non_invite_server> non_invite_server::restore(
    const snapshot& saved, const timer_values& values, reliability transport, time_point now
) {
    if (saved.state > static_cast<std::uint8_t>(state::terminated)) {
        return std::nullopt;
    }
    const auto at = static_cast<state>(saved.state);
    const timer_rules rules{.retransmits = at == state::trying, .expires = at == state::completed};
    const auto timers = running_timers::restore(saved, rules, values, now);
    if (!timers) {
        return std::nullopt;
    }
    non_invite_server machine(values, transport, now);
    machine.timers_ = *timers;
    machine.state_ = at;
    return machine;
}

}  // namespace sipha::txn
