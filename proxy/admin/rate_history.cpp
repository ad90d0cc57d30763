#include "proxy/admin/rate_history.hpp"

#include <algorithm>

namespace sipha::admin {

namespace {

constexpr std::array<std::string_view, rate_count> names{
    "requests", "registers", "relayed", "refused", "pings", "calls_in_setup"};
/// The last series is a number that rises and falls, not a total.
constexpr std::size_t gauge = rate_count - 1;

}  // namespace

std::span<const std::string_view, rate_count> rate_names() {
    return names;
}

rate_sample sample_of(const proxy::node& node) {
    const auto& counters = node.counters();
    return {
        counters.requests,
        counters.registers,
        node.relay().counters().requests,
        counters.refused,
        node.pinger().sent(),
        node.relay().context_count()};
}

void rate_history::push(const rate_sample& rate) {
    if (ring_.size() < capacity) {
        ring_.push_back(rate);
        ++count_;
    } else {
        ring_[next_] = rate;
    }
    next_ = (next_ + 1) % capacity;
}

void rate_history::add(std::int64_t now_s, const rate_sample& totals) {
    if (has_last_ && now_s <= last_s_) {
        return;
    }
    if (has_last_) {
        // A worker that was busy longer than a second tells of all the seconds together.
        const auto seconds = static_cast<std::uint64_t>(now_s - last_s_);
        rate_sample rate{};
        for (std::size_t i = 0; i < rate_count; ++i) {
            const auto grown = totals[i] >= last_[i] ? totals[i] - last_[i] : 0;
            rate[i] = i == gauge ? totals[i] : grown / seconds;
        }
        for (std::uint64_t i = 0; i < std::min<std::uint64_t>(seconds, capacity); ++i) {
            push(rate);
        }
    }
    last_s_ = now_s;
    last_ = totals;
    has_last_ = true;
}

const rate_sample& rate_history::rate(std::size_t index) const {
    return ring_[count_ < capacity ? index : (next_ + index) % capacity];
}

}  // namespace sipha::admin
