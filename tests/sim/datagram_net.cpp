#include "tests/sim/datagram_net.hpp"

namespace sipha::sim {

bool datagram_net::happens(unsigned thousandths) {
    // No draw for what cannot happen: a scenario without faults is cheap.
    return thousandths != 0 && dice_->below(1000) < thousandths;
}

void datagram_net::send(
    const sip::endpoint& from, const sip::endpoint& to, std::string_view bytes
) {
    ++counters_.sent;
    if (tap_) {
        tap_(from, to, bytes);
    }
    if (blocked_.contains({from.ip, to.ip})) {
        ++counters_.blocked;
        return;
    }
    if (happens(quality_.loss)) {
        ++counters_.lost;
        log_->note(time_->elapsed(), to.to_string(), "lost", bytes);
        return;
    }
    if (happens(quality_.duplicated)) {
        ++counters_.duplicated;
        deliver_later(from, to, std::string(bytes));
    }
    deliver_later(from, to, std::string(bytes));
}

void datagram_net::deliver_later(
    const sip::endpoint& from, const sip::endpoint& to, std::string bytes
) {
    auto delay = quality_.delay;
    if (quality_.jitter > duration::zero()) {
        delay += duration(dice_->below(static_cast<std::uint64_t>(quality_.jitter.count())));
    }
    if (happens(quality_.reordered)) {
        ++counters_.reordered;
        delay += quality_.reorder_by;
    }
    time_->after(delay, [this, from, to, bytes = std::move(bytes)] {
        const auto owner = hosts_.find(to.ip);
        if (owner == hosts_.end()) {
            ++counters_.unreachable;
            return;
        }
        ++counters_.delivered;
        log_->note(time_->elapsed(), to.to_string(), from.to_string(), bytes);
        owner->second->on_datagram(to, from, bytes);
    });
}

}  // namespace sipha::sim
