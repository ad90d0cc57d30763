#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "proxy/cluster/bus.hpp"
#include "proxy/cluster/events.hpp"
#include "proxy/cluster/frame.hpp"
#include "proxy/cluster/node_id.hpp"
#include "proxy/cluster/record.hpp"
#include "proxy/cluster/store_set.hpp"
#include "proxy/timing/clock.hpp"

namespace sipha::cluster {

/// Published records whose acknowledgements are followed; beyond it the oldest is given up.
inline constexpr std::size_t max_tracked_records = 65536;
/// Octets a record takes in a frame beside its payload, at most.
inline constexpr std::size_t record_overhead = 16;

struct replicator_counters {
    std::uint64_t published = 0;
    std::uint64_t oversized = 0;      ///< publish refused: payload above max_record_size
    std::uint64_t received = 0;       ///< records of peers merged
    std::uint64_t duplicates = 0;     ///< of these, records seen before
    std::uint64_t gaps = 0;           ///< sequences jumped: repaired by synchronisation
    std::uint64_t unknown_kinds = 0;  ///< records that no store takes, skipped
    std::uint64_t wrong_acks = 0;     ///< acknowledgements of what was never sent
    std::uint64_t untracked = 0;      ///< given up at max_tracked_records
};

/// Sends the records of this node to all connected peers, merges theirs, and follows who holds
/// what.
///
/// Nothing is queued for a peer that is not connected: records are states, so synchronisation
/// brings it the outcome. Sequences belong to (node, epoch); an acknowledgement speaks of the
/// records sent since the link came up.
class replicator {
  public:
    /// @param stores outlives the replicator.
    replicator(std::span<const node_id> peers, const store_set& stores);

    void connected(node_id node, std::vector<event>& events);
    void disconnected(node_id node, std::vector<event>& events);

    /// @returns the sequence, or 0 when the payload exceeds max_record_size.
    std::uint64_t publish(record what);
    /// Sends what was published to every connected peer, and one ack per peer that sent records.
    void flush(bus_outbox& out, std::vector<event>& events);

    void acked(node_id from, std::uint64_t sequence, std::vector<event>& events);
    /// Merges a peer's records.
    /// @returns false when sequences are missing before them: the peer's stores must be pulled and
    ///     then `repaired` be called.
    bool received(timing::instant now, node_id from, const records& what);
    /// Everything that `from` had published up to `through` is held after all.
    void repaired(node_id from, std::uint64_t through);

    /// Our latest sequence; 0 before the first.
    std::uint64_t published() const { return next_sequence_ - 1; }
    /// The highest contiguous sequence of a peer on its current link.
    std::uint64_t applied(node_id from) const;
    /// The highest sequence of a peer seen on its current link.
    std::uint64_t highest(node_id from) const;
    /// True when the next `flush` has something to do.
    bool has_work() const;
    const replicator_counters& counters() const { return counters_; }

  private:
    struct peer {
        node_id node;
        bool is_connected = false;
        bool must_ack = false;
        std::uint64_t sent_from = 0;   // our first sequence sent on this link; 0: none yet
        std::uint64_t acked = 0;       // our sequence the peer holds
        std::uint64_t applied = 0;     // its sequence we hold without a gap
        std::uint64_t highest = 0;     // its sequence we saw
        std::uint64_t resumed_at = 0;  // first sequence after the latest gap; 0: no gap
    };
    struct progress {
        std::uint32_t holders = 0;
        std::uint32_t awaited = 0;
    };
    peer* find(node_id node);
    const peer* find(node_id node) const;
    progress& tracked(std::uint64_t sequence) { return tracked_[sequence - first_tracked_]; }
    void forget_settled();
    void stop_waiting_for(peer& which, std::vector<event>& events);
    std::uint64_t last_sent() const { return published() - unsent_.size(); }
    void track(std::uint32_t awaited, std::vector<event>& events);
    void send_records(std::uint64_t first, bus_outbox& out);

    const store_set& stores_;
    std::vector<peer> peers_;
    std::vector<record> unsent_;
    std::uint64_t next_sequence_ = 1;
    std::uint64_t first_tracked_ = 1;
    std::deque<progress> tracked_;
    replicator_counters counters_;
};

}  // namespace sipha::cluster
