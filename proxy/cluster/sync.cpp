#include "proxy/cluster/sync.hpp"

#include <algorithm>
#include <utility>

#include "proxy/cluster/codec.hpp"

namespace sipha::cluster {

synchronizer::synchronizer(
    std::span<const node_id> peers, const store_set& stores, const timings& times
)
    : stores_(stores), times_(times) {
    for (const auto node : peers) {
        peers_.push_back({.node = node, .interval = times.pull_interval_min});
    }
    std::ranges::sort(peers_, {}, &peer::node);
}

synchronizer::peer* synchronizer::find(node_id node) {
    const auto place = std::ranges::lower_bound(peers_, node, {}, &peer::node);
    return place != peers_.end() && place->node == node ? &*place : nullptr;
}

const synchronizer::peer* synchronizer::find(node_id node) const {
    return const_cast<synchronizer*>(this)->find(node);
}

std::optional<bool> synchronizer::has_equal_digest(node_id node) const {
    const auto* which = find(node);
    return which ? which->is_equal : std::nullopt;
}

// --- inputs ---

void synchronizer::connected(timing::instant now, node_id node) {
    auto* which = find(node);
    if (which == nullptr) {
        return;
    }
    if (which->is_connected) {
        disconnected(now, node);  // replaced: a question or answer in flight is lost
    }
    if (std::ranges::none_of(peers_, &peer::is_connected)) {
        reached_at_ = now.mono;
    }
    *which = {
        .node = node,
        .is_connected = true,
        .connection = ++connections_,
        .next_pull = now.mono,
        .interval = times_.pull_interval_min};
}

void synchronizer::disconnected(timing::instant now, node_id node) {
    auto* which = find(node);
    if (which == nullptr || !which->is_connected) {
        return;
    }
    *which = {.node = node, .interval = times_.pull_interval_min};
    if (std::ranges::none_of(peers_, &peer::is_connected)) {
        alone_since_ = now.mono;
    }
    if (pull_ && pull_->donor() == node && is_asking()) {
        fail(now);
    }
}

void synchronizer::heard(timing::instant now, node_id from, const heartbeat& what) {
    auto* which = find(from);
    if (which == nullptr || !which->is_connected) {
        return;
    }
    which->has_reported = true;
    which->is_ready = what.is_ready;
    which->differing.clear();
    for (const auto& theirs : what.digests) {
        const auto* ours = stores_.find(theirs.kind);
        if (ours != nullptr && ours->digest() != theirs.digest) {
            which->differing.push_back(theirs.kind);
        }
    }
    if (which->differing.empty()) {
        which->is_equal = true;
        which->interval = times_.pull_interval_min;
    } else if (which->is_equal != false) {
        which->is_equal = false;
        which->differing_since = now.mono;
    }
}

void synchronizer::require(node_id from, std::uint64_t through) {
    auto* which = find(from);
    if (which != nullptr && which->is_connected) {
        which->required = std::max(which->required, through);
    }
}

void synchronizer::asked(
    timing::instant now, node_id from, const sync_request& what, bus_outbox& out
) {
    sync_chunk answer;
    answer.pull = what.pull;
    answer.kind = what.kind;
    // A kind of a newer version is answered as empty: the asker gets it from a node that has it.
    if (const auto* source = stores_.find(what.kind)) {
        auto part = source->snapshot(now, what.cursor, max_chunk_bytes);
        counters_.payloads_unsent += std::erase_if(part.payloads, [](const std::string& payload) {
            return payload.size() > max_record_size;
        });
        answer.payloads = std::move(part.payloads);
        answer.next_cursor = std::move(part.next_cursor);
    }
    if (answer.next_cursor.size() > max_cursor_size || !encode(answer, out.begin())) {
        // No answer is better than a wrong end: the asker goes to another donor.
        counters_.payloads_unsent += answer.payloads.size();
        return;
    }
    out.commit(from);
    ++counters_.chunks_served;
}

void synchronizer::answered(
    timing::instant now, node_id from, const sync_chunk& what, bus_outbox& out
) {
    if (!pull_ || !is_asking()) {
        ++counters_.chunks_ignored;
        return;
    }
    const auto before = pull_->payloads();
    const auto outcome = pull_->take(now, from, what, stores_);
    counters_.payloads_pulled += pull_->payloads() - before;
    switch (outcome) {
        case pull::outcome::ask_again:
            ask(now, out);
            break;
        case pull::outcome::finished:
            finish(now);
            break;
        case pull::outcome::ignored:
            ++counters_.chunks_ignored;
            break;
        case pull::outcome::broken:
            fail(now);
            break;
    }
}

// --- pulls ---

void synchronizer::ask(timing::instant now, bus_outbox& out) {
    encode(pull_->request(), out.begin());
    out.commit(pull_->donor());
    answer_due_ = now.mono + times_.chunk_limit;
}

void synchronizer::start(
    timing::instant now, node_id donor, std::vector<record_kind> kinds, bus_outbox& out
) {
    ++counters_.pulls_started;
    auto& which = *find(donor);
    covers_ = which.required;
    pull_started_at_ = now.mono;
    pull_.emplace(++pulls_, donor, std::move(kinds));
    ask(now, out);
}

void synchronizer::finish(timing::instant now) {
    ++counters_.pulls_finished;
    auto& which = *find(pull_->donor());
    if (is_ready_) {
        which.interval = pull_->has_changed_anything()
                             ? times_.pull_interval_min
                             : std::min(which.interval * 2, times_.pull_interval_max);
        which.next_pull = pull_started_at_ + which.interval;
        if (covers_ != 0) {
            repairs_.push_back({which.node, covers_});
            which.required = which.required == covers_ ? 0 : which.required;
        }
    }
    // What is in flight gets its time again before the digests count as differing.
    which.differing_since = now.mono;
    has_joined_ = true;
    pull_.reset();
    answer_due_ = timing::never;
}

void synchronizer::fail(timing::instant now) {
    ++counters_.pulls_failed;
    auto& which = *find(pull_->donor());
    which.next_pull = now.mono + which.interval;
    answer_due_ = timing::never;
    if (is_ready_) {
        pull_.reset();  // a join keeps its place for the next donor
    }
}

std::vector<record_kind> synchronizer::all_kinds() const {
    std::vector<record_kind> kinds;
    for (const auto* one : stores_.all()) {
        kinds.push_back(one->kind());
    }
    return kinds;
}

std::vector<synchronizer::repair> synchronizer::take_repairs() {
    return std::exchange(repairs_, {});
}

// --- decisions ---

void synchronizer::advance(timing::instant now, bus_outbox& out, std::vector<event>& events) {
    if (is_asking() && answer_due_ <= now.mono) {
        fail(now);
    }
    if (is_ready_) {
        advance_repair(now, out);
    } else {
        advance_join(now, out, events);
    }
}

void synchronizer::become_ready(ready_cause cause, std::vector<event>& events) {
    is_ready_ = true;
    pull_.reset();
    answer_due_ = timing::never;
    events.push_back(ready{cause});
}

void synchronizer::advance_join(timing::instant now, bus_outbox& out, std::vector<event>& events) {
    if (peers_.empty()) {
        become_ready(ready_cause::single, events);
        return;
    }
    if (has_joined_) {
        become_ready(is_donor_ready_ ? ready_cause::joined : ready_cause::cold, events);
        return;
    }
    if (std::ranges::none_of(peers_, &peer::is_connected)) {
        if (alone_since_ == timing::never) {
            alone_since_ = now.mono;  // the first step of this process
        }
        if (alone_since_ + times_.cold_after <= now.mono) {
            become_ready(ready_cause::cold, events);
        }
        return;
    }
    const auto* donor = is_asking() ? nullptr : choose_donor(now.mono);
    if (donor == nullptr) {
        return;
    }
    is_donor_ready_ = is_donor_ready_ && donor->is_ready;
    if (pull_) {
        ++counters_.donors_changed;
        pull_->change_donor(++pulls_, donor->node);
        ask(now, out);
    } else if (auto kinds = all_kinds(); !kinds.empty()) {
        start(now, donor->node, std::move(kinds), out);
    } else {
        become_ready(is_donor_ready_ ? ready_cause::joined : ready_cause::cold, events);
    }
}

timing::time_point synchronizer::settled_at() const {
    // Nobody is left who could turn out to be ready, or we waited long enough for it.
    return std::ranges::all_of(peers_, &peer::has_reported) ? reached_at_
                                                            : reached_at_ + times_.donor_wait;
}

const synchronizer::peer* synchronizer::choose_donor(timing::time_point now) const {
    const peer* ready_one = nullptr;
    const peer* any = nullptr;
    for (const auto& which : peers_) {
        if (!which.is_connected || which.next_pull > now) {
            continue;
        }
        if (which.is_ready && (!ready_one || which.connection < ready_one->connection)) {
            ready_one = &which;
        }
        any = any ? any : &which;  // ascending: the lowest id
    }
    if (ready_one != nullptr) {
        return ready_one;
    }
    const bool is_one_ready =
        std::ranges::any_of(peers_, &peer::is_ready);  // and shall be asked again later
    return !is_one_ready && settled_at() <= now ? any : nullptr;
}

timing::time_point synchronizer::repair_due(const peer& which) const {
    // A node that joins has nothing that the ready ones lack, apart from what it publishes.
    if (!which.is_connected || !which.is_ready) {
        return timing::never;
    }
    if (which.required != 0) {
        return which.next_pull;
    }
    return which.is_equal == false
               ? std::max(which.next_pull, which.differing_since + times_.differing_for)
               : timing::never;
}

void synchronizer::advance_repair(timing::instant now, bus_outbox& out) {
    if (pull_) {
        return;
    }
    const auto due = std::ranges::find_if(peers_, [&](const peer& which) {
        return repair_due(which) <= now.mono;
    });
    if (due == peers_.end()) {
        return;
    }
    if (due->required != 0) {
        start(now, due->node, all_kinds(), out);
    } else {
        ++counters_.divergences;
        start(now, due->node, due->differing, out);
    }
}

timing::time_point synchronizer::next_deadline() const {
    if (is_asking()) {
        return answer_due_;
    }
    if (is_ready_) {
        auto deadline = timing::never;
        for (const auto& which : peers_) {
            deadline = std::min(deadline, repair_due(which));
        }
        return deadline;
    }
    if (peers_.empty() || has_joined_) {
        return timing::time_point::min();
    }
    if (std::ranges::none_of(peers_, &peer::is_connected)) {
        return alone_since_ == timing::never ? timing::time_point::min()
                                             : alone_since_ + times_.cold_after;
    }
    const bool is_one_ready = std::ranges::any_of(peers_, &peer::is_ready);
    auto deadline = timing::never;
    for (const auto& which : peers_) {
        if (which.is_connected && (which.is_ready || !is_one_ready)) {
            deadline = std::min(deadline, which.next_pull);
        }
    }
    return is_one_ready ? deadline : std::max(deadline, settled_at());
}

}  // namespace sipha::cluster
