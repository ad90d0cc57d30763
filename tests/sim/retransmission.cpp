#include "tests/sim/retransmission.hpp"

#include <algorithm>
#include <utility>

namespace sipha::sim {

namespace {

constexpr auto t1 = std::chrono::milliseconds(500);
constexpr auto t2 = std::chrono::seconds(4);

}  // namespace

retransmission::retransmission(scheduler& time, plan what)
    : state_(std::make_shared<state>(state{std::move(what), {}, t1})) {
    state_->limit = time.now() + state_->what.limit;
    state_->what.send();
    arm(time, state_);
}

void retransmission::arm(scheduler& time, const std::shared_ptr<state>& which) {
    const auto next = std::min(time.now() + which->interval, which->limit);
    time.at(next, [&time, watched = std::weak_ptr(which)] {
        const auto alive = watched.lock();
        if (alive == nullptr) {
            return;
        }
        if (time.now() >= alive->limit) {
            alive->what.give_up();
            return;
        }
        alive->what.send();
        alive->interval = 2 * alive->interval;
        if (alive->what.grows == growth::capped_at_t2) {
            alive->interval = std::min<duration>(alive->interval, t2);
        }
        arm(time, alive);
    });
}

}  // namespace sipha::sim
