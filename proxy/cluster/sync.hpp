#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "proxy/cluster/bus.hpp"
#include "proxy/cluster/events.hpp"
#include "proxy/cluster/frame.hpp"
#include "proxy/cluster/node_id.hpp"
#include "proxy/cluster/pull.hpp"
#include "proxy/cluster/store_set.hpp"
#include "proxy/cluster/timings.hpp"
#include "proxy/timing/clock.hpp"

namespace sipha::cluster {

struct sync_counters {
    std::uint64_t pulls_started = 0;
    std::uint64_t pulls_finished = 0;
    std::uint64_t pulls_failed = 0;    ///< donor lost, silent or broken
    std::uint64_t donors_changed = 0;  ///< joins continued with another donor
    std::uint64_t payloads_pulled = 0;
    std::uint64_t chunks_ignored = 0;  ///< answers nobody waited for
    std::uint64_t chunks_served = 0;
    std::uint64_t payloads_unsent = 0;  ///< a store gave a payload or cursor above its limit
    std::uint64_t divergences = 0;      ///< digests found differing for timings::differing_for
};

/// Fills a new node from one donor, and repairs stores that differ.
///
/// Joining: pulls everything from the first connected READY peer and goes on with another when it
/// dies. Without a ready peer it pulls from the lowest id that is connected, and without any peer
/// it starts cold.
///
/// Repair: store digests ride in heartbeats. When a peer's differ for timings::differing_for, its
/// stores are pulled; one pull at a time, one per peer in pull_interval_min. A pull that brings
/// nothing new (records in flight make digests differ, too) doubles that peer's interval up to
/// pull_interval_max, until its digests are equal once or its link comes up again.
class synchronizer {
  public:
    /// @param stores outlives the synchronizer.
    synchronizer(std::span<const node_id> peers, const store_set& stores, const timings& times);

    /// @name Inputs: a node that is not configured is ignored.
    /// @{
    void connected(timing::instant now, node_id node);
    void disconnected(timing::instant now, node_id node);
    void heard(timing::instant now, node_id from, const heartbeat& what);
    /// Records of this peer are missing up to its sequence `through`: pull all of its stores.
    void require(node_id from, std::uint64_t through);
    /// Answers a peer that pulls from us.
    void asked(timing::instant now, node_id from, const sync_request& what, bus_outbox& out);
    void answered(timing::instant now, node_id from, const sync_chunk& what, bus_outbox& out);
    /// @}

    /// Starts, continues or gives up pulls as due, and tells `ready` once.
    void advance(timing::instant now, bus_outbox& out, std::vector<event>& events);
    timing::time_point next_deadline() const;

    bool is_ready() const { return is_ready_; }
    /// Nothing before the peer's first heartbeat.
    std::optional<bool> has_equal_digest(node_id node) const;
    /// A peer whose required records are held now, and up to which sequence; taken once.
    struct repair {
        node_id node;
        std::uint64_t through = 0;
    };
    std::vector<repair> take_repairs();
    const sync_counters& counters() const { return counters_; }

  private:
    struct peer {
        node_id node;
        bool is_connected = false;
        std::uint64_t connection = 0;  // order of connecting
        bool has_reported = false;     // a heartbeat came on this link
        bool is_ready = false;
        std::uint64_t required = 0;  // gap to close; 0: none
        std::optional<bool> is_equal{};
        timing::time_point differing_since{};  // meaningful while is_equal is false
        std::vector<record_kind> differing{};
        timing::time_point next_pull{};
        timing::duration interval{};
    };
    peer* find(node_id node);
    const peer* find(node_id node) const;
    void become_ready(ready_cause cause, std::vector<event>& events);
    void advance_join(timing::instant now, bus_outbox& out, std::vector<event>& events);
    void advance_repair(timing::instant now, bus_outbox& out);
    const peer* choose_donor(timing::time_point now) const;
    void start(timing::instant now, node_id donor, std::vector<record_kind> kinds, bus_outbox& out);
    void ask(timing::instant now, bus_outbox& out);
    void finish(timing::instant now);
    void fail(timing::instant now);
    bool is_asking() const { return answer_due_ != timing::never; }
    timing::time_point settled_at() const;
    timing::time_point repair_due(const peer& which) const;
    std::vector<record_kind> all_kinds() const;

    const store_set& stores_;
    timings times_;
    std::vector<peer> peers_;
    bool is_ready_ = false;
    bool has_joined_ = false;     // the pull of the join is finished
    bool is_donor_ready_ = true;  // every donor of the join was
    timing::time_point alone_since_ = timing::never;
    timing::time_point reached_at_{};
    std::uint64_t connections_ = 0;
    std::uint64_t pulls_ = 0;
    // The pull that stands; a join without a donor keeps it, too. At most one at a time.
    std::optional<pull> pull_;
    timing::time_point pull_started_at_{};
    timing::time_point answer_due_ = timing::never;  // `never`: no question stands
    std::uint64_t covers_ = 0;                       // `required` of the donor when it started
    std::vector<repair> repairs_;
    sync_counters counters_;
};

}  // namespace sipha::cluster
