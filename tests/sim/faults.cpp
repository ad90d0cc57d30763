#include "tests/sim/faults.hpp"

#include <algorithm>
#include <utility>

namespace sipha::sim {

namespace {

using namespace std::chrono_literals;

}  // namespace

unsigned fault_injector::running_nodes() const {
    const auto& nodes = world_->nodes();
    return static_cast<unsigned>(std::count_if(nodes.begin(), nodes.end(), [](const auto& node) {
        return node->is_running();
    }));
}

duration fault_injector::between(duration least, duration most) {
    const auto span = static_cast<std::uint64_t>((most - least).count());
    return least + duration(world_->dice().below(span));
}

void fault_injector::later(duration delay, scheduler::action what) {
    world_->time().after(delay, [this, generation = generation_, what = std::move(what)] {
        if (generation == generation_) {
            what();
        }
    });
}

void fault_injector::inject() {
    auto& dice = world_->dice();
    auto& victim = world_->node(static_cast<unsigned>(dice.below(world_->node_count())) + 1);
    ++count_;
    switch (dice.below(6)) {
        case 0:
        case 1:
            kill_one(victim);
            break;
        case 2:
            pause_one(victim);
            break;
        case 3:
            partition();
            break;
        case 4:
            cut_one_way();
            break;
        default:
            disturb_datagrams();
            break;
    }
}

void fault_injector::kill_one(node_host& which) {
    if (which.node() == nullptr || running_nodes() < 2) {
        return;
    }
    which.kill(world_->dice().below(2) == 0 ? death::process : death::power);
    later(between(200ms, 15s), [&which] { which.start(); });
}

void fault_injector::pause_one(node_host& which) {
    if (!which.is_running() || running_nodes() < 2) {
        return;
    }
    which.pause();
    later(between(50ms, 6s), [&which, epoch = which.epoch()] {
        if (which.is_paused() && which.epoch() == epoch) {
            which.resume();
        }
    });
}

void fault_injector::partition() {
    std::vector<std::vector<unsigned>> groups(2);
    for (unsigned number = 1; number <= world_->node_count(); ++number) {
        groups[world_->dice().below(2)].push_back(number);
    }
    world_->heal();
    world_->partition(groups);
    later(between(300ms, 15s), [this, mine = ++partitions_] {
        if (mine == partitions_) {
            world_->heal();
        }
    });
}

void fault_injector::cut_one_way() {
    const auto nodes = world_->node_count();
    const auto from = static_cast<unsigned>(world_->dice().below(nodes)) + 1;
    world_->cut(from, from % nodes + 1);
    later(between(300ms, 15s), [this, mine = ++partitions_] {
        if (mine == partitions_) {
            world_->heal();
        }
    });
}

void fault_injector::disturb_datagrams() {
    auto& dice = world_->dice();
    path_quality bad;
    bad.jitter = between(0ms, 200ms);
    bad.loss = static_cast<unsigned>(dice.below(300));
    bad.duplicated = static_cast<unsigned>(dice.below(100));
    bad.reordered = static_cast<unsigned>(dice.below(200));
    world_->datagrams().set_quality(bad);
    link_quality slow;
    slow.jitter = between(0ms, 200ms);
    world_->links().set_quality(slow);
    later(between(1s, 20s), [this, mine = ++disturbances_] {
        if (mine == disturbances_) {
            world_->datagrams().set_quality({});
            world_->links().set_quality({});
        }
    });
}

void fault_injector::repair_all() {
    ++generation_;
    world_->heal();
    world_->datagrams().set_quality({});
    world_->links().set_quality({});
    for (const auto& node : world_->nodes()) {
        if (node->node() == nullptr) {
            node->start();
        } else if (node->is_paused()) {
            node->resume();
        }
    }
}

}  // namespace sipha::sim
