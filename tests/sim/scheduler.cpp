#include "tests/sim/scheduler.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace sipha::sim {

bool scheduler::later(const entry& left, const entry& right) {
    return std::tie(left.when, left.sequence) > std::tie(right.when, right.sequence);
}

void scheduler::at(time_point when, action what) {
    heap_.push_back({std::max(when, now_), next_sequence_++, std::move(what)});
    std::push_heap(heap_.begin(), heap_.end(), later);
}

bool scheduler::run_one(time_point limit) {
    if (heap_.empty() || heap_.front().when > limit) {
        now_ = std::max(now_, limit);
        return false;
    }
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const auto next = std::move(heap_.back());
    heap_.pop_back();
    now_ = next.when;
    ++events_run_;
    next.what();
    return true;
}

void scheduler::run_until(time_point limit) {
    while (run_one(limit)) {
    }
}

}  // namespace sipha::sim
