#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "tests/sim/world.hpp"

namespace sipha::sim {

/// Breaks a world at random and repairs it again. At any time at least one node runs.
class fault_injector {
  public:
    /// @param in outlives the injector and all events it plans.
    explicit fault_injector(world& in) : world_(&in) {}

    /// One fault now; what it breaks repairs itself after a random time.
    void inject();
    /// Ends every fault at once and plans no more repairs.
    void repair_all();
    std::uint64_t count() const { return count_; }

  private:
    unsigned running_nodes() const;
    duration between(duration least, duration most);
    /// Plans an end of the current fault that `repair_all` makes void.
    void later(duration delay, scheduler::action what);
    void kill_one(node_host& which);
    void pause_one(node_host& which);
    void partition();
    void cut_one_way();
    void disturb_datagrams();

    world* world_;
    std::uint64_t count_ = 0;
    std::uint64_t generation_ = 0;
    std::uint64_t partitions_ = 0;
    std::uint64_t disturbances_ = 0;
};

}  // namespace sipha::sim
