#include "proxy/txn/invite_client.hpp"

#include "proxy/txn/response_class.hpp"

namespace sipha::txn {

invite_client::invite_client(const timer_values& values, reliability transport, time_point now)
    : values_(values), transport_(transport) {
    // RFC 3261 17.1.1.2: Timer A on unreliable transports only, Timer B on all.
    if (transport == reliability::unreliable) {
        timers_.start_retransmitting(now, values_.first_retransmission());
    }
    timers_.expire_at(now + values_.b());
}

client_actions invite_client::on_response(int status, time_point now) {
    const auto kind = classify(status);
    switch (state_) {
        case state::calling:
        case state::proceeding:
            switch (kind) {
                case response_class::provisional:
                    // RFC 3261 17.1.1.2: no retransmission once any 1xx came. Timer B guards
                    // "calling" only.
                    timers_.stop();
                    state_ = state::proceeding;
                    return {.pass_response_up = true};
                case response_class::success:
                    // RFC 6026 7.2: the ACK of a 2xx is the TU's; the transaction stays for more.
                    timers_.stop();
                    timers_.expire_at(now + values_.m());
                    state_ = state::accepted;
                    return {.pass_response_up = true};
                case response_class::failure:
                    return complete(now);
                case response_class::invalid:
                    return {};
            }
            return {};
        case state::completed:
            // RFC 3261 17.1.1.2: a retransmitted final response is acknowledged again and never
            // passed up twice.
            return {.send_ack = kind == response_class::failure};
        case state::accepted:
            // RFC 6026 7.2: every further 2xx goes up: a retransmission or another fork.
            return {.pass_response_up = kind == response_class::success};
        case state::terminated:
            return {};
    }
    return {};
}

client_actions invite_client::complete(time_point now) {
    timers_.stop();
    state_ = state::completed;
    client_actions actions{.send_ack = true, .pass_response_up = true};
    const auto linger = values_.d(transport_);
    if (linger == duration::zero()) {
        // RFC 3261 17.1.1.2: Timer D is zero where nothing is retransmitted.
        return terminate(actions);
    }
    timers_.expire_at(now + linger);
    return actions;
}

client_actions invite_client::on_timer(time_point now) {
    if (timers_.has_expired(now)) {
        return terminate({.timed_out = state_ == state::calling});
    }
    if (timers_.retransmission_is_due(now)) {
        // RFC 3261 17.1.1.2: Timer A doubles without a cap; Timer B ends it before 64*T1.
        timers_.retransmit_again(now, values_.b());
        return {.send_request = true};
    }
    return {};
}

client_actions invite_client::on_transport_error() {
    // RFC 3261 figure 5: these two states send something that can fail.
    if (state_ == state::calling || state_ == state::completed) {
        return terminate({.transport_failed = true});
    }
    return {};
}

client_actions invite_client::terminate(client_actions why) {
    timers_.stop();
    state_ = state::terminated;
    why.terminated = true;
    return why;
}

snapshot invite_client::save(time_point now) const {
    return timers_.save(static_cast<std::uint8_t>(state_), now);
}

std::optional<invite_client> invite_client::restore(
    const snapshot& saved, const timer_values& values, reliability transport, time_point now
) {
    if (saved.state > static_cast<std::uint8_t>(state::terminated)) {
        return std::nullopt;
    }
    const auto at = static_cast<state>(saved.state);
    const timer_rules rules{
        .retransmits = at == state::calling && transport == reliability::unreliable,
        .expires = at == state::calling || at == state::completed || at == state::accepted};
    const auto timers = running_timers::restore(saved, rules, values, now);
    if (!timers) {
        return std::nullopt;
    }
    invite_client machine(values, transport, now);
    machine.timers_ = *timers;
    machine.state_ = at;
    return machine;
}

}  // namespace sipha::txn
