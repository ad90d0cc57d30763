#include "proxy/cluster/mesh/mesh.hpp"

#include <algorithm>
#include <utility>

#include "proxy/cluster/codec.hpp"

namespace sipha::cluster {

namespace {

std::vector<node_id> usable(std::vector<node_id> peers, node_id self) {
    std::ranges::sort(peers);
    const auto doubled = std::ranges::unique(peers);
    peers.erase(doubled.begin(), doubled.end());
    std::erase(peers, self);
    return peers;
}

}  // namespace

mesh::mesh(mesh_options options, crypto::random& random)
    : options_(std::move(options)),
      random_(random),
      secret_(options_.secret),
      context_{options_.self, options_.epoch, options_.cluster_name, {}, secret_} {
    options_.peers = usable(std::move(options_.peers), options_.self);
    context_.peers = options_.peers;
    for (const auto node : options_.peers) {
        peers_.push_back({.node = node});
    }
}

mesh::remote* mesh::find(node_id node) {
    const auto place = std::ranges::lower_bound(peers_, node, {}, &remote::node);
    return place != peers_.end() && place->node == node ? &*place : nullptr;
}

const mesh::remote* mesh::find(node_id node) const {
    return const_cast<mesh*>(this)->find(node);
}

link_id mesh::link_of(node_id node) const {
    const auto* peer = find(node);
    return peer ? peer->link : 0;
}

void mesh::opened(timing::time_point now, link_id link, node_id dialled, mesh_output out) {
    if (links_.contains(link)) {
        ++counters_.late_inputs;
        return;
    }
    const bool is_accepted = dialled == node_id{};
    if (is_accepted && unauthenticated_ >= max_unauthenticated_links) {
        count_refusal(refusal::too_many_links, {}, out);
        out.links.close(link);
        return;
    }
    auto* peer = find(dialled);
    if (!is_accepted && (peer == nullptr || !dials(*peer))) {
        count_refusal(refusal::unexpected_peer, dialled, out);
        out.links.close(link);
        return;
    }
    auto& state = links_[link];
    state.peer = dialled;
    state.is_accepted = is_accepted;
    state.opened_at = now;
    state.shaking = std::make_unique<handshake>(context_, dialled, random_);
    if (is_accepted) {
        ++unauthenticated_;
        return;
    }
    peer->is_dialling = true;
    scratch_.clear();
    state.shaking->start(scratch_);
    out.links.send(link, scratch_);
}

void mesh::received(timing::time_point now, link_id link, std::string_view bytes, mesh_output out) {
    const auto which = links_.find(link);
    if (which == links_.end()) {
        ++counters_.late_inputs;
        return;
    }
    for (;;) {
        std::string_view message;
        const auto status = which->second.reader.next(bytes, message);
        if (status == frame_reader::status::need_more) {
            return;
        }
        if (status == frame_reader::status::too_long) {
            end(now, which, out, refusal::too_long);
            return;
        }
        if (!which->second.is_authenticated) {
            if (!shake(now, which, message, out)) {
                return;
            }
            continue;
        }
        auto decoded = decode(message);
        if (!decoded) {
            end(now, which, out, refusal::malformed);
            return;
        }
        out.bus.push_back(peer_frame{
            which->second.peer, std::move(decoded->what), decoded->has_unknown_fields});
    }
}

bool mesh::shake(
    timing::time_point now, link_map::iterator which, std::string_view message, mesh_output out
) {
    auto& state = which->second;
    scratch_.clear();
    const auto outcome = state.shaking->take(message, scratch_);
    if (outcome == handshake::outcome::refused) {
        end(now, which, out, state.shaking->reason());
        return false;
    }
    if (!scratch_.empty()) {
        out.links.send(which->first, scratch_);
    }
    if (outcome == handshake::outcome::authenticated) {
        authenticate(now, which, out);
    }
    return true;
}

void mesh::authenticate(timing::time_point now, link_map::iterator which, mesh_output out) {
    auto& state = which->second;
    state.peer = state.shaking->peer();
    const auto epoch = state.shaking->peer_epoch();
    state.is_authenticated = true;
    state.opened_at = now;
    state.reader.authenticated();
    state.shaking.reset();
    if (state.is_accepted) {
        --unauthenticated_;
    }
    ++counters_.connected;
    auto& peer = *find(state.peer);  // the handshake lets in configured peers only
    if (peer.link != 0) {
        ++counters_.replaced;
        out.links.close(peer.link);
        links_.erase(peer.link);
    }
    peer.link = which->first;
    if (!state.is_accepted) {
        peer.is_dialling = false;
    }
    out.bus.push_back(peer_connected{peer.node, epoch});
}

void mesh::count_refusal(refusal reason, node_id claimed, mesh_output out) {
    ++counters_.refused[static_cast<std::size_t>(reason)];
    out.events.push_back(link_refused{reason, claimed});
}

void mesh::end(
    timing::time_point now, link_map::iterator which, mesh_output out, std::optional<refusal> reason
) {
    auto& state = which->second;
    if (reason) {
        const auto claimed = state.shaking && state.shaking->peer() != node_id{}
                                 ? state.shaking->peer()
                                 : state.peer;
        count_refusal(*reason, claimed, out);
        out.links.close(which->first);
    }
    auto* peer = find(state.peer);  // null for an accepted link that did not authenticate
    const auto lived = state.is_authenticated ? now - state.opened_at : timing::duration::zero();
    if (state.is_authenticated) {
        ++counters_.lost;
        peer->link = 0;
        out.bus.push_back(peer_disconnected{peer->node});
    } else {
        unauthenticated_ -= state.is_accepted ? 1 : 0;
        counters_.abandoned += reason ? 0 : 1;
        if (peer) {
            peer->is_dialling = false;
        }
    }
    links_.erase(which);
    if (peer) {
        plan_redial(now, *peer, lived);
    }
}

void mesh::closed(timing::time_point now, link_id link, node_id dialled, mesh_output out) {
    if (link != 0) {
        // A link that we closed ourselves is forgotten already.
        if (const auto which = links_.find(link); which != links_.end()) {
            end(now, which, out, std::nullopt);
        }
        return;
    }
    ++counters_.dial_failures;
    if (auto* peer = find(dialled)) {
        peer->is_dialling = false;
        plan_redial(now, *peer, timing::duration::zero());
    }
}

void mesh::plan_redial(timing::time_point now, remote& which, timing::duration lived) {
    const auto& times = options_.timings;
    // A link that lived was cut by something new: try at once. One that dies young must not make
    // the two ends spin.
    if (lived >= times.redial_max) {
        which.back_off = timing::duration::zero();
        which.next_dial = now;
        return;
    }
    which.back_off = which.back_off == timing::duration::zero()
                         ? times.redial_min
                         : std::min(which.back_off * 2, times.redial_max);
    // Jitter takes up to half away, so that nodes restarted together do not dial in step.
    const auto half = which.back_off / 2;
    const auto jitter = random_.below(static_cast<std::uint64_t>(half.count()) + 1);
    which.next_dial = now + half + timing::duration(static_cast<std::int64_t>(jitter));
}

void mesh::advance(timing::time_point now, mesh_output out) {
    for (auto which = links_.begin(); which != links_.end();) {
        const auto current = which++;
        if (!current->second.is_authenticated &&
            current->second.opened_at + options_.timings.handshake_limit <= now) {
            end(now, current, out, refusal::timeout);
        }
    }
    for (auto& peer : peers_) {
        if (dials(peer) && peer.link == 0 && !peer.is_dialling && peer.next_dial <= now) {
            peer.is_dialling = true;
            ++counters_.dials;
            out.links.dial(peer.node);
        }
    }
}

timing::time_point mesh::next_deadline() const {
    auto deadline = timing::never;
    for (const auto& [link, state] : links_) {
        if (!state.is_authenticated) {
            deadline = std::min(deadline, state.opened_at + options_.timings.handshake_limit);
        }
    }
    for (const auto& peer : peers_) {
        if (dials(peer) && peer.link == 0 && !peer.is_dialling) {
            deadline = std::min(deadline, peer.next_dial);
        }
    }
    return deadline;
}

void mesh::send(const bus_outbox& frames, link_outbox& out) {
    for (const auto& entry : frames.entries()) {
        if (const auto link = link_of(entry.to); link != 0) {
            out.send(link, frames.bytes(entry));
        } else {
            ++counters_.unsent;
        }
    }
}

void mesh::drop(timing::time_point now, node_id node, mesh_output out) {
    const auto link = link_of(node);
    if (const auto which = links_.find(link); which != links_.end()) {
        out.links.close(link);
        end(now, which, out, std::nullopt);
    }
}

}  // namespace sipha::cluster
