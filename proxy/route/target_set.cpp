#include "proxy/route/target_set.hpp"

#include <algorithm>
#include <utility>

namespace sipha::route {

target_set::order target_set::order_below(order parent, std::uint16_t q_thousandths) {
    return std::min(parent, parent / 1001u * 1001u + q_thousandths);
}

void target_set::add(target what, order at) {
    const auto behind = std::find_if(entries_.begin(), entries_.end(), [&](const entry& one) {
        return one.at < at;
    });
    entries_.insert(behind, entry{std::move(what), at});
}

bool target_set::is_ready(const entry& candidate, const branches& tried) const {
    if (candidate.what.instance != 0) {
        const auto state = tried.state_of(candidate.what.instance);
        if (state == instance::busy) {
            return false;
        }
        if (state == instance::failed) {
            return true;  // RFC 5626 7: it takes the place of the failed branch
        }
    }
    return candidate.at >= group_ || !tried.is_any_open();
}

std::optional<std::size_t> target_set::next(const branches& tried) const {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        if (is_ready(entries_[i], tried)) {
            return i;
        }
    }
    return std::nullopt;
}

std::size_t target_set::ready(const branches& tried, std::size_t limit) const {
    std::size_t count = 0;
    const auto first = next(tried);
    if (!first) {
        return 0;
    }
    const auto group = std::min(group_, entries_[*first].at);
    for (std::size_t i = *first; i < entries_.size() && count < limit; ++i) {
        const auto& one = entries_[i];
        const auto is_other_flow =
            one.what.instance != 0 &&
            std::any_of(
                entries_.begin(),
                entries_.begin() + static_cast<std::ptrdiff_t>(i),
                [&](const entry& earlier) { return earlier.what.instance == one.what.instance; }
            );
        if (one.at >= group && !is_other_flow && is_ready(one, tried)) {
            ++count;
        }
    }
    return count;
}

target_set::entry target_set::take(std::size_t position) {
    const auto at = entries_.begin() + static_cast<std::ptrdiff_t>(position);
    auto taken = std::move(*at);
    entries_.erase(at);
    group_ = std::min(group_, taken.at);
    return taken;
}

void target_set::drop_instance(std::uint64_t phone) {
    std::erase_if(entries_, [&](const entry& one) { return one.what.instance == phone; });
}

void target_set::clear() {
    entries_.clear();
    group_ = UINT32_MAX;
}

}  // namespace sipha::route
