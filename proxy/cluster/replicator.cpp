#include "proxy/cluster/replicator.hpp"

#include <algorithm>
#include <utility>

#include "proxy/cluster/codec.hpp"

namespace sipha::cluster {

replicator::replicator(std::span<const node_id> peers, const store_set& stores) : stores_(stores) {
    for (const auto node : peers) {
        peers_.push_back({.node = node});
    }
    std::ranges::sort(peers_, {}, &peer::node);
}

replicator::peer* replicator::find(node_id node) {
    const auto place = std::ranges::lower_bound(peers_, node, {}, &peer::node);
    return place != peers_.end() && place->node == node ? &*place : nullptr;
}

const replicator::peer* replicator::find(node_id node) const {
    return const_cast<replicator*>(this)->find(node);
}

void replicator::connected(node_id node, std::vector<event>& events) {
    if (auto* which = find(node)) {
        stop_waiting_for(*which, events);
        *which = {.node = node, .is_connected = true};
    }
}

void replicator::disconnected(node_id node, std::vector<event>& events) {
    if (auto* which = find(node)) {
        stop_waiting_for(*which, events);
        *which = {.node = node};
    }
}

void replicator::stop_waiting_for(peer& which, std::vector<event>& events) {
    if (which.sent_from == 0) {
        return;
    }
    const auto first = std::max({which.sent_from, which.acked + 1, first_tracked_});
    for (auto sequence = first; sequence <= last_sent(); ++sequence) {
        auto& state = tracked(sequence);
        --state.awaited;
        events.push_back(replicated{sequence, state.holders, state.awaited});
    }
    which.sent_from = 0;
    forget_settled();
}

std::uint64_t replicator::publish(record what) {
    if (what.payload.size() > max_record_size) {
        ++counters_.oversized;
        return 0;
    }
    ++counters_.published;
    unsent_.push_back(std::move(what));
    return next_sequence_++;
}

bool replicator::has_work() const {
    return !unsent_.empty() || std::ranges::any_of(peers_, &peer::must_ack);
}

void replicator::flush(bus_outbox& out, std::vector<event>& events) {
    if (!unsent_.empty()) {
        const auto first = last_sent() + 1;
        std::uint32_t receivers = 0;
        for (auto& which : peers_) {
            if (which.is_connected) {
                ++receivers;
                which.sent_from = which.sent_from == 0 ? first : which.sent_from;
            }
        }
        if (receivers != 0) {
            send_records(first, out);
        }
        track(receivers, events);
        unsent_.clear();
        forget_settled();
    }
    for (auto& which : peers_) {
        if (which.must_ack) {
            which.must_ack = false;
            encode(ack{which.applied}, out.begin());
            out.commit(which.node);
        }
    }
}

void replicator::send_records(std::uint64_t first, bus_outbox& out) {
    for (std::size_t at = 0; at < unsent_.size();) {
        records batch;
        batch.first_sequence = first + at;
        std::size_t bytes = 0;
        do {
            bytes += unsent_[at].payload.size() + record_overhead;
            batch.list.push_back(std::move(unsent_[at]));
            ++at;
        } while (at < unsent_.size() &&
                 bytes + unsent_[at].payload.size() + record_overhead <= max_records_bytes);
        encode(batch, out.begin());
        for (const auto& which : peers_) {
            if (which.is_connected) {
                out.commit(which.node);
            }
        }
    }
}

void replicator::track(std::uint32_t awaited, std::vector<event>& events) {
    for (auto sequence = last_sent() + 1; sequence < next_sequence_; ++sequence) {
        tracked_.push_back({0, awaited});
        if (awaited == 0) {
            events.push_back(replicated{sequence, 0, 0});
        }
        if (tracked_.size() > max_tracked_records) {
            const auto& oldest = tracked_.front();
            if (oldest.awaited != 0) {
                ++counters_.untracked;
                events.push_back(replicated{first_tracked_, oldest.holders, 0});
            }
            tracked_.pop_front();
            ++first_tracked_;
        }
    }
}

void replicator::forget_settled() {
    while (!tracked_.empty() && tracked_.front().awaited == 0) {
        tracked_.pop_front();
        ++first_tracked_;
    }
}

void replicator::acked(node_id from, std::uint64_t sequence, std::vector<event>& events) {
    auto* which = find(from);
    if (which == nullptr || !which->is_connected || sequence == 0) {
        return;
    }
    if (which->sent_from == 0 || sequence > last_sent()) {
        ++counters_.wrong_acks;
        return;
    }
    const auto first = std::max({which->sent_from, which->acked + 1, first_tracked_});
    for (auto done = first; done <= sequence; ++done) {
        auto& state = tracked(done);
        ++state.holders;
        --state.awaited;
        events.push_back(replicated{done, state.holders, state.awaited});
    }
    which->acked = std::max(which->acked, sequence);
    forget_settled();
}

bool replicator::received(timing::instant now, node_id from, const records& what) {
    auto* which = find(from);
    if (which == nullptr || !which->is_connected || what.list.empty()) {
        return true;
    }
    const auto first = what.first_sequence;
    const auto last = first + what.list.size() - 1;
    bool is_complete = true;
    if (which->highest == 0) {
        which->applied = last;  // what was before this link is synchronisation's matter
    } else {
        if (first <= which->highest) {
            counters_.duplicates += std::min(last, which->highest) - first + 1;
        }
        if (first > which->highest + 1) {
            counters_.gaps += first - which->highest - 1;
            which->resumed_at = first;
            is_complete = false;
        } else if (which->resumed_at == 0) {
            which->applied = std::max(which->applied, last);
        }
    }
    which->highest = std::max(which->highest, last);
    which->must_ack = true;
    for (const auto& one : what.list) {
        if (auto* target = stores_.find(one.kind)) {
            ++counters_.received;
            target->merge(now, from, one.payload);
        } else {
            ++counters_.unknown_kinds;
        }
    }
    return is_complete;
}

void replicator::repaired(node_id from, std::uint64_t through) {
    auto* which = find(from);
    if (which == nullptr || !which->is_connected || which->resumed_at == 0) {
        return;
    }
    if (through + 1 >= which->resumed_at) {
        // From there on nothing was missing.
        which->applied = which->highest;
        which->resumed_at = 0;
    } else {
        which->applied = std::max(which->applied, through);
    }
    which->must_ack = true;
}

std::uint64_t replicator::applied(node_id from) const {
    const auto* which = find(from);
    return which ? which->applied : 0;
}

std::uint64_t replicator::highest(node_id from) const {
    const auto* which = find(from);
    return which ? which->highest : 0;
}

}  // namespace sipha::cluster
