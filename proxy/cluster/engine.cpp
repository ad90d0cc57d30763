#include "proxy/cluster/engine.hpp"

#include <algorithm>
#include <utility>

#include "proxy/cluster/codec.hpp"

namespace sipha::cluster {

namespace {

engine_options tidy(engine_options options) {
    std::ranges::stable_sort(options.peers, {}, &peer_options::id);
    const auto doubled = std::ranges::unique(options.peers, {}, &peer_options::id);
    options.peers.erase(doubled.begin(), doubled.end());
    std::erase_if(options.peers, [&](const peer_options& peer) { return peer.id == options.self; });
    return options;
}

std::vector<node_id> ids_of(std::span<const peer_options> peers) {
    std::vector<node_id> ids;
    for (const auto& peer : peers) {
        ids.push_back(peer.id);
    }
    return ids;
}

std::uint64_t microseconds(timing::time_point now) {
    const auto since =
        std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch());
    return static_cast<std::uint64_t>(since.count());
}

/// Round trips above this are not believed: a stamp was mixed up or a process was paused.
constexpr std::uint64_t max_round_trip_us = 60'000'000;

}  // namespace

engine::engine(
    engine_options options, std::uint32_t epoch, crypto::random& random, std::vector<store*> stores
)
    : options_(tidy(std::move(options))),
      epoch_(epoch),
      stores_(std::move(stores)),
      mesh_(
          {options_.self,
           epoch,
           options_.cluster_name,
           ids_of(options_.peers),
           options_.secret,
           options_.timings},
          random
      ),
      membership_(options_.self, ids_of(options_.peers), options_.timings),
      replicator_(ids_of(options_.peers), stores_),
      synchronizer_(ids_of(options_.peers), stores_, options_.timings) {
    for (const auto& peer : options_.peers) {
        peers_.push_back({.node = peer.id, .name = peer.name});
    }
}

engine::peer_info* engine::find(node_id node) {
    const auto place = std::ranges::lower_bound(peers_, node, {}, &peer_info::node);
    return place != peers_.end() && place->node == node ? &*place : nullptr;
}

// --- inputs ---

void engine::opened(timing::instant now, link_id link, node_id dialled, engine_output out) {
    mesh_.opened(now.mono, link, dialled, {out.links, bus_events_, out.events});
    dispatch(now, out);
}

void engine::received(
    timing::instant now, link_id link, std::string_view bytes, engine_output out
) {
    mesh_.received(now.mono, link, bytes, {out.links, bus_events_, out.events});
    dispatch(now, out);
}

void engine::closed(timing::instant now, link_id link, node_id dialled, engine_output out) {
    mesh_.closed(now.mono, link, dialled, {out.links, bus_events_, out.events});
    dispatch(now, out);
}

std::uint64_t engine::publish(record what) {
    return replicator_.publish(std::move(what));
}

void engine::set_load(std::uint32_t load) {
    load_ = load;
}

void engine::advance(timing::instant now, engine_output out) {
    last_now_ = now.mono;
    const mesh_output mesh_out{out.links, bus_events_, out.events};
    mesh_.advance(now.mono, mesh_out);
    dispatch(now, out);

    membership_.advance(now.mono, out.events);
    for (const auto& member : membership_.members()) {
        if (member.state == peer_state::dead && member.is_connected) {
            mesh_.drop(now.mono, member.node, mesh_out);
        }
    }
    dispatch(now, out);

    const bool was_ready = synchronizer_.is_ready();
    synchronizer_.advance(now, outgoing_, out.events);
    for (const auto& repair : synchronizer_.take_repairs()) {
        replicator_.repaired(repair.node, repair.through);
    }
    replicator_.flush(outgoing_, out.events);

    const bool became_ready = !was_ready && synchronizer_.is_ready();
    if (became_ready) {
        membership_.set_ready(options_.self, true);
    }
    // After the records: a digest describes what was sent before it.
    if (membership_.take_heartbeat_due(now.mono) || became_ready) {
        send_heartbeats(now, membership_.connected_peers());
    }
    hand_over(out.links);
}

timing::time_point engine::next_deadline() const {
    auto deadline =
        std::min({mesh_.next_deadline(), membership_.next_deadline(), synchronizer_.next_deadline()}
        );
    return replicator_.has_work() ? std::min(deadline, last_now_) : deadline;
}

// --- what the bus tells ---

void engine::dispatch(timing::instant now, engine_output out) {
    for (auto& what : bus_events_) {
        if (auto* frame_in = std::get_if<peer_frame>(&what)) {
            membership_.heard(now.mono, frame_in->node, out.events);
            counters_.unknown_fields += frame_in->has_unknown_fields ? 1 : 0;
            take_frame(now, frame_in->node, frame_in->what, out);
        } else if (const auto* up = std::get_if<peer_connected>(&what)) {
            membership_.connected(now.mono, up->node, up->epoch, out.events);
            replicator_.connected(up->node, out.events);
            synchronizer_.connected(now, up->node);
            if (auto* peer = find(up->node)) {
                peer->stamp_us = 0;
                peer->rtt.reset();
            }
            // At once, so that a joining node knows its donors.
            send_heartbeats(now, std::span(&up->node, 1));
        } else if (const auto* down = std::get_if<peer_disconnected>(&what)) {
            membership_.disconnected(now.mono, down->node, out.events);
            replicator_.disconnected(down->node, out.events);
            synchronizer_.disconnected(now, down->node);
        }
    }
    bus_events_.clear();
    hand_over(out.links);
}

void engine::take_frame(timing::instant now, node_id from, frame& what, engine_output out) {
    if (const auto* beat = std::get_if<heartbeat>(&what)) {
        take_heartbeat(now, from, *beat, out);
    } else if (const auto* changes = std::get_if<records>(&what)) {
        if (!replicator_.received(now, from, *changes)) {
            synchronizer_.require(from, replicator_.highest(from));
        }
    } else if (const auto* done = std::get_if<ack>(&what)) {
        replicator_.acked(from, done->sequence, out.events);
    } else if (const auto* question = std::get_if<sync_request>(&what)) {
        synchronizer_.asked(now, from, *question, outgoing_);
    } else if (const auto* answer = std::get_if<sync_chunk>(&what)) {
        synchronizer_.answered(now, from, *answer, outgoing_);
    } else if (std::holds_alternative<unknown_frame>(what)) {
        ++counters_.unknown_frames;
    } else {
        ++counters_.unexpected_frames;
    }
}

void engine::take_heartbeat(
    timing::instant now, node_id from, const heartbeat& what, engine_output out
) {
    auto* peer = find(from);
    const auto* member = membership_.find(from);
    if (peer == nullptr || member == nullptr || member->epoch != what.epoch) {
        ++counters_.unexpected_frames;
        return;
    }
    replicator_.acked(from, what.applied, out.events);
    synchronizer_.heard(now, from, what);
    membership_.set_ready(from, what.is_ready);
    peer->load = what.load;
    peer->stamp_us = what.stamp_us;
    peer->stamp_at = now.mono;
    note_round_trip(now, *peer, what);
    note_clock(now, *peer, what, out.events);
}

void engine::note_round_trip(timing::instant now, peer_info& from, const heartbeat& what) {
    const auto now_us = microseconds(now.mono);
    if (what.echo_us == 0 || what.echo_us > now_us || what.held_us > now_us - what.echo_us) {
        return;
    }
    const auto trip = now_us - what.echo_us - what.held_us;
    if (trip <= max_round_trip_us) {
        from.rtt = std::chrono::microseconds(static_cast<std::int64_t>(trip));
    }
}

void engine::note_clock(
    timing::instant now, peer_info& from, const heartbeat& what, std::vector<event>& events
) {
    // Through the clock's own bounds, so that no number a peer sends overflows.
    const auto theirs = wall_ms_of(hlc_from_wall_ms(what.wall_ms));
    const auto ahead = theirs - wall_ms_of(hlc_from_wall_ms(now.wall_ms));
    const bool is_skewed = ahead > max_clock_skew_ms;
    if (is_skewed && !from.is_skewed) {
        events.push_back(clock_skewed{from.node, ahead});
    }
    from.is_skewed = is_skewed;
}

// --- what goes out ---

void engine::send_heartbeats(timing::instant now, std::span<const node_id> to) {
    heartbeat beat;
    beat.epoch = epoch_;
    beat.published = replicator_.published();
    for (const auto* one : stores_.all()) {
        beat.digests.push_back({one->kind(), one->digest()});
    }
    beat.is_ready = synchronizer_.is_ready();
    beat.load = load_;
    beat.wall_ms = now.wall_ms;
    beat.stamp_us = microseconds(now.mono);
    for (const auto node : to) {
        const auto* peer = find(node);
        beat.applied = replicator_.applied(node);
        beat.echo_us = peer->stamp_us;
        beat.held_us = beat.stamp_us - microseconds(peer->stamp_at);
        encode(beat, outgoing_.begin());
        outgoing_.commit(node);
    }
}

void engine::hand_over(link_outbox& links) {
    mesh_.send(outgoing_, links);
    outgoing_.clear();
}

// --- views ---

std::span<const node_id> engine::alive() const {
    return membership_.alive();
}

bool engine::is_alive(node_id node) const {
    return membership_.is_alive(node);
}

std::span<const node_id> engine::ready_members() const {
    return membership_.ready();
}

bool engine::is_ready() const {
    return synchronizer_.is_ready();
}

std::vector<peer_status> engine::status(timing::instant now) const {
    std::vector<peer_status> list;
    for (const auto& peer : peers_) {
        const auto& member = *membership_.find(peer.node);
        peer_status one;
        one.id = peer.node;
        one.name = peer.name;
        one.state = member.state;
        one.epoch = member.epoch;
        one.link = mesh_.link_of(peer.node);
        one.is_ready = member.is_ready;
        one.load = peer.load;
        if (member.state != peer_state::unknown) {
            one.last_heard_age =
                std::chrono::duration_cast<std::chrono::milliseconds>(now.mono - member.last_heard);
        }
        one.has_equal_digest = synchronizer_.has_equal_digest(peer.node);
        one.rtt = peer.rtt;
        list.push_back(std::move(one));
    }
    return list;
}

engine_counters engine::counters() const {
    auto all = counters_;
    all.mesh = mesh_.counters();
    all.replicator = replicator_.counters();
    all.sync = synchronizer_.counters();
    all.skewed_stamps = clock_.skewed();
    return all;
}

}  // namespace sipha::cluster
