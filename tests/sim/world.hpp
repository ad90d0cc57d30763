#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "proxy/crypto/random.hpp"
#include "proxy/node/options.hpp"
#include "tests/sim/carrier.hpp"
#include "tests/sim/datagram_net.hpp"
#include "tests/sim/event_log.hpp"
#include "tests/sim/ledger.hpp"
#include "tests/sim/link_net.hpp"
#include "tests/sim/node_host.hpp"
#include "tests/sim/phone.hpp"
#include "tests/sim/relay_guard.hpp"
#include "tests/sim/scheduler.hpp"

namespace sipha::sim {

struct world_options {
    std::string seed = "1";  ///< everything random follows from it
    unsigned nodes = 3;
    event_log::tracing trace = event_log::tracing::off;
    proxy::register_ack ack = proxy::register_ack::one;
    std::chrono::seconds ping_interval{25};
};

/// A cluster of real nodes with phones and a carrier in one thread, under virtual time. Equal
/// options and equal calls give equal runs, octet by octet.
///
/// Nodes are numbered from 1; node n takes SIP at udp:10.0.0.n:5060.
class world {
  public:
    explicit world(world_options options = {});
    world(const world&) = delete;
    world& operator=(const world&) = delete;

    node_host& node(unsigned number) { return *nodes_[number - 1]; }
    const node_host& node(unsigned number) const { return *nodes_[number - 1]; }
    unsigned node_count() const { return static_cast<unsigned>(nodes_.size()); }
    const std::vector<std::unique_ptr<node_host>>& nodes() const { return nodes_; }
    void start_all();

    /// Cuts the links and the SIP path between nodes of different groups; a node in no group is
    /// alone. Phones and the carrier still reach every node.
    void partition(const std::vector<std::vector<unsigned>>& groups);
    /// Cuts one direction between two nodes.
    void cut(unsigned from, unsigned to);
    void heal();

    struct phone_plan {
        enum class place : std::uint8_t { open, behind_nat } where = place::open;
        std::chrono::seconds expires{600};
        duration edge_limit = std::chrono::seconds(32);
        duration nat_timeout = std::chrono::seconds(60);
    };
    /// A phone named "p<number>" that knows all nodes as edges; it does nothing yet.
    phone& add_phone(const phone_plan& plan);
    phone& add_phone() { return add_phone(phone_plan{}); }
    const std::vector<std::unique_ptr<phone>>& phones() const { return phones_; }
    /// The edge's index for phone::register_at.
    static std::size_t edge(unsigned node_number) { return node_number - 1; }
    sim::carrier& carrier() { return *carrier_; }
    std::size_t call(const phone& whom, unsigned through) {
        return carrier_->call(whom.user(), node(through).sip_address());
    }

    void run_for(duration length) { time_.run_for(length); }
    /// Runs until the condition holds, looking every 50 ms.
    /// @returns false when it did not within the limit.
    bool run_until(const std::function<bool()>& condition, duration limit);

    /// Of the nodes that are not dead.
    bool are_all_ready() const;
    bool are_digests_equal() const;
    /// Every living node sees exactly the living ones as ready.
    bool are_views_settled() const;

    scheduler& time() { return time_; }
    const scheduler& time() const { return time_; }
    datagram_net& datagrams() { return datagrams_; }
    link_net& links() { return links_; }
    event_log& log() { return log_; }
    const event_log& log() const { return log_; }
    crypto::random& dice() { return dice_; }
    /// Takes what the nodes hold now into the ledger; called before each fault.
    void renew_promises();
    const sim::ledger& ledger() const { return ledger_; }
    const world_options& options() const { return options_; }

  private:
    proxy::node_options node_options_of(unsigned number) const;

    world_options options_;
    scheduler time_;
    event_log log_;
    crypto::random dice_;
    datagram_net datagrams_;
    link_net links_;
    relay_guard guard_;
    std::vector<std::unique_ptr<node_host>> nodes_;
    sim::ledger ledger_;
    std::vector<std::unique_ptr<phone>> phones_;
    std::unique_ptr<sim::carrier> carrier_;
};

/// An IPv4 address from its numbers.
geo::ip_address ip(unsigned a, unsigned b, unsigned c, unsigned d);

}  // namespace sipha::sim
