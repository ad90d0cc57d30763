#include "proxy/cluster/membership.hpp"

#include <algorithm>
#include <array>

namespace sipha::cluster {

std::string_view to_string(peer_state state) {
    constexpr std::array<std::string_view, 4> names = {"unknown", "alive", "suspect", "dead"};
    return names[static_cast<std::size_t>(state)];
}

membership::membership(node_id self, std::span<const node_id> peers, const timings& times)
    : self_(self), times_(times) {
    for (const auto node : peers) {
        if (node != self && find(node) == nullptr) {
            members_.push_back({.node = node});
            std::ranges::sort(members_, {}, &member::node);
        }
    }
    rebuild();
}

membership::member* membership::find_mutable(node_id node) {
    const auto place = std::ranges::lower_bound(members_, node, {}, &member::node);
    return place != members_.end() && place->node == node ? &*place : nullptr;
}

const membership::member* membership::find(node_id node) const {
    return const_cast<membership*>(this)->find_mutable(node);
}

void membership::connected(
    timing::time_point now, node_id node, std::uint32_t epoch, std::vector<event>& events
) {
    auto* peer = find_mutable(node);
    if (peer == nullptr) {
        return;
    }
    const bool is_member = peer->state == peer_state::alive || peer->state == peer_state::suspect;
    const bool is_restarted = is_member && peer->epoch != epoch;
    if (is_restarted) {
        // It came back before its loss was noticed; what the old process owned is lost all the
        // same.
        events.push_back(node_dead{node, peer->epoch, loss_cause::restarted});
    }
    if (peer->state != peer_state::alive || is_restarted) {
        events.push_back(node_up{node, epoch});
    }
    peer->state = peer_state::alive;
    peer->epoch = epoch;
    peer->is_connected = true;
    peer->is_ready = false;
    peer->last_heard = now;
    rebuild();
}

void membership::heard(timing::time_point now, node_id node, std::vector<event>& events) {
    auto* peer = find_mutable(node);
    if (peer == nullptr || !peer->is_connected) {
        return;
    }
    peer->last_heard = now;
    if (peer->state == peer_state::suspect) {
        peer->state = peer_state::alive;
        events.push_back(node_up{node, peer->epoch});
    }
}

void membership::disconnected(timing::time_point now, node_id node, std::vector<event>& events) {
    auto* peer = find_mutable(node);
    if (peer == nullptr || !peer->is_connected) {
        return;
    }
    peer->is_connected = false;
    peer->link_lost_at = now;
    if (peer->state == peer_state::alive) {
        peer->state = peer_state::suspect;
        events.push_back(node_suspect{node, loss_cause::link_lost});
    }
    rebuild();
}

void membership::set_ready(node_id node, bool is_ready) {
    auto* peer = find_mutable(node);
    auto* flag = node == self_ ? &self_ready_ : peer != nullptr ? &peer->is_ready : nullptr;
    if (flag != nullptr && *flag != is_ready) {
        *flag = is_ready;
        rebuild();
    }
}

void membership::forgive_own_pause(timing::time_point now) {
    const bool was_paused =
        last_advance_ != timing::time_point::min() && now - last_advance_ > 2 * times_.heartbeat;
    if (was_paused) {
        const auto missed = now - last_advance_;
        for (auto& peer : members_) {
            peer.last_heard = std::min(peer.last_heard + missed, now);
            peer.link_lost_at = std::min(peer.link_lost_at + missed, now);
        }
    }
    last_advance_ = now;
}

timing::time_point membership::deadline_of(const member& which) const {
    switch (which.state) {
        case peer_state::alive:
            return which.last_heard + times_.suspect_after;
        case peer_state::suspect: {
            const auto silence = which.last_heard + times_.dead_after;
            return which.is_connected
                       ? silence
                       : std::min(silence, which.link_lost_at + times_.reconnect_grace);
        }
        case peer_state::unknown:
        case peer_state::dead:
            break;
    }
    return timing::never;
}

void membership::advance(timing::time_point now, std::vector<event>& events) {
    forgive_own_pause(now);
    bool has_changed = false;
    for (auto& peer : members_) {
        // Both steps may be due at once.
        if (peer.state == peer_state::alive && deadline_of(peer) <= now) {
            peer.state = peer_state::suspect;
            events.push_back(node_suspect{peer.node, loss_cause::silence});
        }
        if (peer.state == peer_state::suspect && deadline_of(peer) <= now) {
            peer.state = peer_state::dead;
            const auto cause = peer.is_connected ? loss_cause::silence : loss_cause::link_lost;
            events.push_back(node_dead{peer.node, peer.epoch, cause});
            has_changed = true;
        }
    }
    if (has_changed) {
        rebuild();
    }
}

bool membership::take_heartbeat_due(timing::time_point now) {
    if (members_.empty() || now < next_heartbeat_) {
        return false;
    }
    // From now, not from the last due time: a late step must not be followed by a burst.
    next_heartbeat_ = now + times_.heartbeat;
    return true;
}

timing::time_point membership::next_deadline() const {
    if (members_.empty()) {
        return timing::never;
    }
    auto deadline = next_heartbeat_;
    for (const auto& peer : members_) {
        deadline = std::min(deadline, deadline_of(peer));
    }
    return deadline;
}

bool membership::is_alive(node_id node) const {
    return std::ranges::binary_search(alive_, node);
}

void membership::rebuild() {
    alive_.assign(1, self_);
    ready_.assign(self_ready_ ? 1 : 0, self_);
    connected_.clear();
    for (const auto& peer : members_) {
        if (peer.is_connected) {
            connected_.push_back(peer.node);
        }
        if (peer.state == peer_state::alive || peer.state == peer_state::suspect) {
            alive_.push_back(peer.node);
            if (peer.is_ready) {
                ready_.push_back(peer.node);
            }
        }
    }
    std::ranges::sort(alive_);
    std::ranges::sort(ready_);
}

}  // namespace sipha::cluster
