#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "proxy/cluster/events.hpp"
#include "proxy/cluster/node_id.hpp"
#include "proxy/cluster/timings.hpp"
#include "proxy/timing/clock.hpp"

namespace sipha::cluster {

enum class peer_state : std::uint8_t {
    unknown,  ///< never reached since our start
    alive,
    suspect,  ///< silent or its link was lost, but not yet given up
    dead,
};
/// The enumerator's name.
std::string_view to_string(peer_state state);

/// Decides who is there, from connections and silence.
///
/// A process that was itself paused (stopped, swapped out) does not accuse the others: the time it
/// missed is not counted as their silence. For that, `advance` must be called at `next_deadline`.
class membership {
  public:
    struct member {
        node_id node;
        peer_state state = peer_state::unknown;
        std::uint32_t epoch = 0;
        bool is_connected = false;
        bool is_ready = false;
        timing::time_point last_heard{};
        timing::time_point link_lost_at{};
    };

    /// @param peers without self; duplicates and self are ignored.
    membership(node_id self, std::span<const node_id> peers, const timings& times);

    /// @name Inputs: a node that is not configured is ignored.
    /// @{
    void connected(
        timing::time_point now, node_id node, std::uint32_t epoch, std::vector<event>& events
    );
    /// Any frame of the peer.
    void heard(timing::time_point now, node_id node, std::vector<event>& events);
    void disconnected(timing::time_point now, node_id node, std::vector<event>& events);
    void set_ready(node_id node, bool is_ready);
    /// @}

    /// Declares what is due. A node_dead by silence leaves a standing connection to be dropped.
    void advance(timing::time_point now, std::vector<event>& events);
    /// True once per timings::heartbeat: heartbeats must be sent to all connected peers.
    bool take_heartbeat_due(timing::time_point now);
    /// `never` without peers, else at most one heartbeat away.
    timing::time_point next_deadline() const;

    /// Self and the peers that are alive or suspect, ascending; valid until the next input.
    std::span<const node_id> alive() const { return alive_; }
    /// The ready ones among them.
    std::span<const node_id> ready() const { return ready_; }
    std::span<const node_id> connected_peers() const { return connected_; }
    bool is_alive(node_id node) const;
    /// @returns null for a node that is not configured.
    const member* find(node_id node) const;
    /// All peers, ascending.
    std::span<const member> members() const { return members_; }

  private:
    member* find_mutable(node_id node);
    void rebuild();
    void forgive_own_pause(timing::time_point now);
    timing::time_point deadline_of(const member& which) const;

    node_id self_;
    timings times_;
    bool self_ready_ = false;
    std::vector<member> members_;
    std::vector<node_id> alive_;
    std::vector<node_id> ready_;
    std::vector<node_id> connected_;
    timing::time_point next_heartbeat_ = timing::time_point::min();
    timing::time_point last_advance_ = timing::time_point::min();
};

}  // namespace sipha::cluster
