#include "proxy/txn/running_timers.hpp"

namespace sipha::txn {

namespace {

std::optional<duration> remaining(time_point deadline, time_point now) {
    if (deadline == never) {
        return std::nullopt;
    }
    return std::max(deadline - now, duration::zero());
}

}  // namespace

snapshot running_timers::save(std::uint8_t state, time_point now) const {
    return {
        .state = state,
        .retransmit_in = remaining(retransmit_, now),
        .interval = interval_,
        .expires_in = remaining(expiry_, now)};
}

std::optional<running_timers> running_timers::restore(
    const snapshot& saved, timer_rules rules, const timer_values& values, time_point now
) {
    running_timers timers;
    if (rules.expires) {
        if (!saved.expires_in) {
            return std::nullopt;
        }
        timers.expire_at(now + std::clamp(*saved.expires_in, duration::zero(), values.longest()));
    }
    if (rules.retransmits && saved.retransmit_in) {
        const auto longest_interval = values.b();
        timers.retransmit_ =
            now + std::clamp(*saved.retransmit_in, duration::zero(), longest_interval);
        timers.interval_ = std::clamp(saved.interval, values.t1, longest_interval);
    }
    return timers;
}

}  // namespace sipha::txn
