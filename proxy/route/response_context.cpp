#include "proxy/route/response_context.hpp"

#include <algorithm>

namespace sipha::route {

bool response_context::is_any_open() const {
    return std::any_of(branches.begin(), branches.end(), [](const relay_branch& branch) {
        return branch.at != relay_branch::state::done;
    });
}

std::uint32_t response_context::free_breadth() const {
    auto left = breadth;
    for (const auto& branch : branches) {
        if (branch.at != relay_branch::state::done) {
            left -= std::min(left, branch.breadth);
        }
    }
    return left;
}

target_set::instance tried_branches::state_of(std::uint64_t instance) const {
    auto state = target_set::instance::untried;
    for (const auto& branch : context_->branches) {
        if (branch.target.instance != instance) {
            continue;
        }
        if (branch.at != relay_branch::state::done) {
            return target_set::instance::busy;
        }
        state = target_set::instance::failed;
    }
    return state;
}

}  // namespace sipha::route
