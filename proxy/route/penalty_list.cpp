#include "proxy/route/penalty_list.hpp"

#include <algorithm>

namespace sipha::route {

void penalty_list::add(
    timing::time_point now, const sip::endpoint& hop, std::chrono::seconds how_long
) {
    const auto until = now + std::clamp(how_long, std::chrono::seconds(1), longest_time);
    if (const auto known = until_.find(hop); known != until_.end()) {
        known->second = std::max(known->second, until);
        return;
    }
    if (until_.size() >= max_hops) {
        std::erase_if(until_, [&](const auto& entry) { return entry.second <= now; });
    }
    if (until_.size() < max_hops) {
        until_.emplace(hop, until);
    }
}

bool penalty_list::contains(timing::time_point now, const sip::endpoint& hop) const {
    const auto known = until_.find(hop);
    return known != until_.end() && known->second > now;
}

}  // namespace sipha::route
