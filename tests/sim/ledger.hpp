#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/sim/node_host.hpp"
#include "tests/sim/phone.hpp"

namespace sipha::sim {

/// What the nodes promised: for each phone the last acknowledged REGISTER and the processes that
/// have held it since the 200 arrived. The promise stands while one of them lives.
class ledger {
  public:
    using node_list = std::vector<std::unique_ptr<node_host>>;
    /// @param nodes outlives the ledger.
    explicit ledger(const node_list& nodes) : nodes_(&nodes) {}

    /// The phone just got a 200.
    void note(const phone& which);
    /// Processes that learned a registration whose promise stands keep it from now on, too.
    void renew(const phone& which);
    /// A process that has held the last acknowledged registration is still alive.
    bool is_promised(const phone& which) const;
    /// Processes that have held the last acknowledged registration, dead ones included.
    std::size_t holders(const phone& which) const;

  private:
    struct process {
        cluster::node_id node;
        std::uint32_t epoch = 0;
        bool operator==(const process&) const = default;
    };
    void add_holders(const phone& which);

    const node_list* nodes_;
    std::map<std::string, std::vector<process>> holders_;  // by user
};

/// The node knows this registration or a later one of the same Call-ID.
bool holds(const node_host& node, const phone& which, const registration_attempt& what);
/// The node would route calls to the phone now.
bool routes_to(const node_host& node, const phone& which, time_point now);

/// The node that accepted the phone's latest registration, as this node knows it; 0: none.
cluster::node_id accepted_by(const node_host& node, const phone& which);

}  // namespace sipha::sim
