#include "proxy/txn/non_invite_client.hpp"

#include "proxy/txn/response_class.hpp"

namespace sipha::txn {

non_invite_client::non_invite_client(
    const timer_values& values, reliability transport, time_point now
)
    : values_(values), transport_(transport) {
    // RFC 3261 17.1.2.2: Timer E on unreliable transports only, Timer F on all.
    if (transport == reliability::unreliable) {
        timers_.start_retransmitting(now, values_.first_retransmission());
    }
    timers_.expire_at(now + values_.f());
}

client_actions non_invite_client::on_response(int status, time_point now) {
    const auto kind = classify(status);
    if (!is_waiting() || kind == response_class::invalid) {
        // RFC 3261 17.1.2.2: Timer K's only purpose is to absorb retransmitted responses.
        return {};
    }
    if (kind != response_class::provisional) {
        return complete(now);
    }
    // RFC 3261 17.1.2.2: the pending Timer E still fires; from then on it is reset to T2.
    timers_.set_interval(values_.t2);
    state_ = state::proceeding;
    return {.pass_response_up = true};
}

client_actions non_invite_client::complete(time_point now) {
    timers_.stop();
    state_ = state::completed;
    const client_actions actions{.pass_response_up = true};
    const auto linger = values_.k(transport_);
    if (linger == duration::zero()) {
        // RFC 3261 17.1.2.2: Timer K is zero where nothing is retransmitted.
        return terminate(actions);
    }
    timers_.expire_at(now + linger);
    return actions;
}

client_actions non_invite_client::on_timer(time_point now) {
    if (timers_.has_expired(now)) {
        return terminate({.timed_out = is_waiting()});
    }
    if (timers_.retransmission_is_due(now)) {
        // RFC 3261 17.1.2.2: Timer E is reset to MIN(2*E, T2).
        timers_.retransmit_again(now, values_.t2);
        return {.send_request = true};
    }
    return {};
}

client_actions non_invite_client::on_transport_error() {
    if (is_waiting()) {
        return terminate({.transport_failed = true});
    }
    return {};
}

client_actions non_invite_client::terminate(client_actions why) {
    timers_.stop();
    state_ = state::terminated;
    why.terminated = true;
    return why;
}

snapshot non_invite_client::save(time_point now) const {
    return timers_.save(static_cast<std::uint8_t>(state_), now);
}

std::optional<non_invite_client> non_invite_client::restore(
    const snapshot& saved, const timer_values& values, reliability transport, time_point now
) {
    if (saved.state > static_cast<std::uint8_t>(state::terminated)) {
        return std::nullopt;
    }
    const auto at = static_cast<state>(saved.state);
    const timer_rules rules{
        .retransmits = (at == state::trying || at == state::proceeding) &&
                       transport == reliability::unreliable,
        .expires = at != state::terminated};
    const auto timers = running_timers::restore(saved, rules, values, now);
    if (!timers) {
        return std::nullopt;
    }
    non_invite_client machine(values, transport, now);
    machine.timers_ = *timers;
    machine.state_ = at;
    return machine;
}

}  // namespace sipha::txn
