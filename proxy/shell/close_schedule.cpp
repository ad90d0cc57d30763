#include "proxy/shell/close_schedule.hpp"

namespace sipha::shell {

timing::time_point close_schedule::due(std::size_t index) const {
    // Divided first: the product of nanoseconds and a large count would overflow.
    const auto step = spread_ / static_cast<timing::duration::rep>(flows_.size());
    return begin_ + step * static_cast<timing::duration::rep>(index);
}

std::vector<sip::flow_id> close_schedule::take_due(timing::time_point now) {
    std::vector<sip::flow_id> out;
    while (taken_ < flows_.size() && due(taken_) <= now) {
        out.push_back(flows_[taken_]);
        ++taken_;
    }
    return out;
}

timing::time_point close_schedule::next_deadline() const {
    return taken_ < flows_.size() ? due(taken_) : timing::never;
}

}  // namespace sipha::shell
