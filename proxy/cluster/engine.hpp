#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/cluster/bus.hpp"
#include "proxy/cluster/clock.hpp"
#include "proxy/cluster/events.hpp"
#include "proxy/cluster/membership.hpp"
#include "proxy/cluster/mesh/link_io.hpp"
#include "proxy/cluster/mesh/mesh.hpp"
#include "proxy/cluster/node_id.hpp"
#include "proxy/cluster/record.hpp"
#include "proxy/cluster/replicator.hpp"
#include "proxy/cluster/store.hpp"
#include "proxy/cluster/sync.hpp"
#include "proxy/cluster/timings.hpp"
#include "proxy/crypto/random.hpp"
#include "proxy/timing/clock.hpp"

namespace sipha::cluster {

struct peer_options {
    node_id id;
    std::string name;  ///< for people
};

struct engine_options {
    node_id self;
    std::string cluster_name;         ///< nodes of another name are refused
    std::vector<peer_options> peers;  ///< every other node; empty for a single node
    std::string secret;               ///< shared by all nodes of the cluster
    cluster::timings timings;
};

/// What `sipha-ctl nodes` shows of one peer.
struct peer_status {
    node_id id;
    std::string name;
    peer_state state = peer_state::unknown;
    std::uint32_t epoch = 0;  ///< 0 before the first contact
    link_id link = 0;         ///< 0 when not connected
    bool is_ready = false;
    std::uint32_t load = 0;
    std::chrono::milliseconds last_heard_age{0};   ///< 0 before the first contact
    std::optional<bool> has_equal_digest;          ///< nothing before its first heartbeat
    std::optional<std::chrono::microseconds> rtt;  ///< nothing before it was measured
};

/// Where a step of the engine puts what it wants; both are appended to.
struct engine_output {
    link_outbox& links;
    std::vector<event>& events;
};

/// What the engine dropped or repaired, by reason; all since start.
struct engine_counters {
    mesh_counters mesh;
    replicator_counters replicator;
    sync_counters sync;
    std::uint64_t unknown_frames = 0;  ///< frame types of a newer version, skipped
    std::uint64_t unknown_fields = 0;  ///< frames with fields of a newer version, read without them
    std::uint64_t unknown_kinds = 0;   ///< records of a kind that no store takes, skipped
    std::uint64_t unexpected_frames = 0;  ///< hello or auth from an authenticated peer
    std::uint64_t skewed_stamps = 0;      ///< stamps clamped by the hybrid clock
};

/// The cluster as the node sees it: who is there, what they hold, and that they hold what we do.
///
/// Pure. The node hands in every link input, calls `advance` at the end of each of its steps (also
/// steps that were no link input) and at `next_deadline`. Not thread-safe.
class engine {
  public:
    /// @param epoch tells this process from earlier ones of the same node: a start counter or the
    ///     start time in seconds.
    /// @param random for nonces and back-off; outlives the engine.
    /// @param stores one per record kind; they outlive the engine.
    engine(
        engine_options options,
        std::uint32_t epoch,
        crypto::random& random,
        std::vector<store*> stores
    );
    engine(const engine&) = delete;  // its parts refer to each other
    engine& operator=(const engine&) = delete;

    /// A link came up: dialled by us (`dialled` names the peer) or accepted (`dialled` is 0).
    void opened(timing::instant now, link_id link, node_id dialled, engine_output out);
    /// Bytes of a link, cut anywhere.
    void received(timing::instant now, link_id link, std::string_view bytes, engine_output out);
    /// A link ended, or (link 0) dialling `dialled` failed. A shell whose write queue to a link
    /// exceeds its limit closes the link and reports it here; synchronisation repairs what is lost.
    void closed(timing::instant now, link_id link, node_id dialled, engine_output out);
    /// Runs what is due and sends what this step published and must acknowledge.
    void advance(timing::instant now, engine_output out);

    /// Queues a change for every connected peer; leaves with the next `advance`; `replicated`
    /// events tell how far it got. The own store is the caller's: it merged the change already.
    /// @returns its sequence, from 1 without gaps; 0 when the payload exceeds max_record_size
    ///     (counted).
    std::uint64_t publish(record what);

    timing::time_point next_deadline() const;

    /// This node and every peer that is not unknown or dead, ascending. Valid until the next call.
    std::span<const node_id> alive() const;
    /// True for this node and for peers that are alive or suspect.
    bool is_alive(node_id node) const;
    /// The members of `alive` that are ready, ascending: who may share work.
    std::span<const node_id> ready_members() const;
    /// True once this node took over what the cluster holds (event `ready`).
    bool is_ready() const;
    /// Shown to the peers with each heartbeat; unit and range are the node's.
    void set_load(std::uint32_t load);

    /// The clock for stamps of records; observes peers' clocks by heartbeats.
    hybrid_clock& clock() { return clock_; }

    /// All configured peers in ascending order.
    std::vector<peer_status> status(timing::instant now) const;
    engine_counters counters() const;
    std::uint32_t epoch() const { return epoch_; }
    node_id self() const { return options_.self; }

  private:
    /// What is known of a peer beside its membership.
    struct peer_info {
        node_id node;
        std::string name;
        std::uint32_t load = 0;
        bool is_skewed = false;
        std::uint64_t stamp_us = 0;  // of its latest heartbeat; 0: none on this link
        timing::time_point stamp_at{};
        std::optional<std::chrono::microseconds> rtt{};
    };
    peer_info* find(node_id node);
    void dispatch(timing::instant now, engine_output out);
    void take_frame(timing::instant now, node_id from, frame& what, engine_output out);
    void take_heartbeat(
        timing::instant now, node_id from, const heartbeat& what, engine_output out
    );
    void note_round_trip(timing::instant now, peer_info& from, const heartbeat& what);
    void note_clock(
        timing::instant now, peer_info& from, const heartbeat& what, std::vector<event>& events
    );
    void send_heartbeats(timing::instant now, std::span<const node_id> to);
    void hand_over(link_outbox& links);

    engine_options options_;
    std::uint32_t epoch_;
    std::uint32_t load_ = 0;
    hybrid_clock clock_;
    store_set stores_;
    mesh mesh_;
    membership membership_;
    std::vector<peer_info> peers_;  // ascending
    replicator replicator_;
    synchronizer synchronizer_;
    engine_counters counters_;
    timing::time_point last_now_{};
    std::vector<bus_event> bus_events_;  // scratch, empty between calls
    bus_outbox outgoing_;                // scratch, empty between calls
};

}  // namespace sipha::cluster
