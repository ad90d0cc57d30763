#include "proxy/timing/deadline_queue.hpp"

#include <algorithm>

namespace sipha::timing {

bool deadline_queue::later(const entry& left, const entry& right) {
    return left.deadline != right.deadline ? left.deadline > right.deadline
                                           : left.sequence > right.sequence;
}

void deadline_queue::arm(time_point deadline, std::uint64_t id) {
    if (deadline == never) {
        return;
    }
    heap_.push_back({deadline, next_sequence_++, id});
    std::push_heap(heap_.begin(), heap_.end(), later);
}

std::optional<std::uint64_t> deadline_queue::pop_due(time_point now) {
    if (heap_.empty() || heap_.front().deadline > now) {
        return std::nullopt;
    }
    const auto id = heap_.front().id;
    std::pop_heap(heap_.begin(), heap_.end(), later);
    heap_.pop_back();
    return id;
}

time_point deadline_queue::next_deadline() const {
    return heap_.empty() ? never : heap_.front().deadline;
}

}  // namespace sipha::timing
