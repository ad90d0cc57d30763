#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "proxy/cluster/mesh/link_io.hpp"
#include "proxy/cluster/node_id.hpp"
#include "proxy/crypto/random.hpp"
#include "tests/sim/event_log.hpp"
#include "tests/sim/scheduler.hpp"

namespace sipha::sim {

using cluster::link_id;
using cluster::node_id;

struct link_quality {
    duration delay = std::chrono::microseconds(500);
    duration jitter{0};
    duration dial_limit = std::chrono::seconds(3);        ///< for a dial that nobody answers
    duration keepalive_limit = std::chrono::seconds(10);  ///< of silence, until both ends close
};

/// How a node ends.
enum class death : std::uint8_t {
    process,  ///< killed: its system closes the links, refuses new ones
    power,    ///< switched off: the links fall silent
};

struct link_counters {
    std::uint64_t opened = 0;
    std::uint64_t refused = 0;
    std::uint64_t timed_out = 0;
    std::uint64_t stalled = 0;  ///< times that a direction was held up by a partition
    std::uint64_t broken = 0;   ///< by the keepalive limit
    std::uint64_t bytes = 0;
};

/// The byte streams between nodes: ordered and reliable, cut anywhere, as slow as TCP in bad times.
class link_net {
  public:
    /// What a node hears of its links. Called from events only, never from inside a call here.
    struct listener {
        std::function<void(link_id, node_id dialled)> opened;
        std::function<void(link_id, std::string_view)> received;
        std::function<void(link_id, node_id dialled)> closed;
    };

    /// @param time, dice, log outlive the network.
    link_net(scheduler& time, crypto::random& dice, event_log& log)
        : time_(&time), dice_(&dice), log_(&log) {}

    void set_quality(const link_quality& quality) { quality_ = quality; }

    /// The node runs (again): dials reach it.
    void start(node_id node, listener to);
    /// Ends it and all its links; what it sent before is still delivered.
    void stop(node_id node, death how);

    void dial(node_id from, node_id to);
    void send(node_id from, link_id link, std::string_view bytes);
    /// Closes after the bytes already sent; the closing node hears nothing more of the link.
    void close(node_id from, link_id link);

    /// Nothing passes from one node to the other; links between them stall, because
    /// acknowledgements are lost too.
    void block(node_id from, node_id to) { blocked_.emplace(from, to); }
    /// Ends all blocks; stalled links go on after one delay.
    void unblock_all();

    const link_counters& counters() const { return counters_; }
    std::size_t connection_count() const { return connections_.size(); }

  private:
    struct segment {
        std::string bytes;
        bool is_end = false;
    };
    struct end_point {
        node_id node;
        std::uint64_t incarnation = 0;
        link_id link = 0;
        bool is_open = true;
    };
    struct direction {
        std::deque<segment> on_the_way;
        time_point last_arrival{};
        std::uint64_t stalls = 0;
        bool is_stalled = false;
    };
    struct connection {
        std::array<end_point, 2> ends;
        std::array<direction, 2> to;  ///< to[i] leads to ends[i]
        bool is_orphan = false;       ///< one end lost its power and says nothing
    };
    struct running_node {
        listener to;
        std::uint64_t incarnation = 0;
        bool is_up = false;
        bool is_powered = true;
        link_id next_link = 1;
    };

    bool is_blocked(node_id a, node_id b) const;
    bool is_running(const end_point& which) const;
    duration travel_time();
    void connect(node_id from, node_id to);
    void give_up_dial(node_id from, std::uint64_t incarnation, node_id to);
    connection* find(node_id node, link_id link, std::size_t& side);
    void push(std::uint64_t id, std::size_t side, segment what);
    void plan_arrival(std::uint64_t id, std::size_t side);
    void arrive(std::uint64_t id, std::size_t side);
    void stall(std::uint64_t id, std::size_t side);
    void end(connection& which, std::size_t side);
    void break_off(std::uint64_t id);
    void erase_if_done(std::uint64_t id);

    scheduler* time_;
    crypto::random* dice_;
    event_log* log_;
    link_quality quality_;
    std::map<node_id, running_node> nodes_;
    std::map<std::uint64_t, connection> connections_;
    std::map<std::pair<node_id, link_id>, std::uint64_t> by_link_;
    std::set<std::pair<node_id, node_id>> blocked_;
    std::uint64_t next_connection_ = 1;
    link_counters counters_;
};

}  // namespace sipha::sim
