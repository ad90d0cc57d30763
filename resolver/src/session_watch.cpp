#include <algorithm>

#include "resolver/src/session_plan.hpp"

/// The part of a session plan that decides which place is probed when and how, and what the
/// outcome of a probe means.
namespace sipha::resolver::detail {

using std::chrono::milliseconds;

bool session_plan::has_canary() const {
    return options_.probes == liveness::canary || options_.probes == liveness::both;
}

bool session_plan::asks(const session_place& place) const {
    if (place.is_mute || options_.probes == liveness::canary) {
        return false;
    }
    switch (place.target.transport) {
        case transport::udp:
            return true;  // a canary sees the host and the process, not the UDP port
        case transport::tcp:
            // A pong comes from the same process on the same port: nothing is left to ask.
            return !(has_canary() && place.is_canary_up && place.has_ponged);
        default:
            return !has_canary();
    }
}

bool session_plan::is_recent(time_point now, const session_place& place) const {
    return place.seen != time_point::min() && now < place.seen + 2 * options_.backup_interval;
}

std::size_t session_plan::backup_number(std::size_t index) const {
    return pinned_ && index > *pinned_ ? index - 1 : index;
}

time_point session_plan::probe_due(time_point now, std::size_t index) const {
    const auto& place = places_[index];
    if (!is_probing() || !has_room() || place.question != 0 || place.is_mute) {
        return never;
    }
    const auto value = ground_.known.standing_of(now, place.target);
    if (value == standing::backoff) {
        // RFC 3261 21.5.4: no request at all before then.
        return std::max(place.next_probe, ground_.known.until(now, place.target));
    }
    if (index == pinned_) {
        return asks(place) || state_ == session_state::stranded ? place.next_probe : never;
    }
    if (state_ == session_state::stranded) {
        return place.next_probe;
    }
    const auto number = backup_number(index);
    if (!pinned_ || number >= options_.max_backups) {
        return never;
    }
    const bool is_hop =
        state_ == session_state::migrating && value == standing::ok && place.probed < pinned_at_;
    if (!is_hop) {
        return place.next_probe;
    }
    const auto wait = options_.hop_stagger * static_cast<milliseconds::rep>(number + 1);
    return std::min(place.next_probe, pinned_at_ + wait);
}

time_point session_plan::canary_due(std::size_t index) const {
    const bool is_wanted =
        index == pinned_ && has_canary() && places_[index].canary == 0 && has_room();
    return is_wanted ? places_[index].next_canary : never;
}

void session_plan::watch(time_point now) {
    for (std::size_t index = 0; index < places_.size(); ++index) {
        if (now >= canary_due(index)) {
            start_canary(now, index);
        }
        if (now >= probe_due(now, index)) {
            start_question(now, index);
        }
    }
}

probe session_plan::base_probe(const session_place& place) const {
    probe what;
    what.target = place.target;
    what.source = options_.source;
    what.domain = ground_.domain;
    return what;
}

void session_plan::start_question(time_point now, std::size_t index) {
    auto& place = places_[index];
    auto what = base_probe(place);
    const bool is_known =
        index == pinned_ ? state_ == session_state::pinned : is_recent(now, place);
    what.timeout = is_known ? options_.probe_timeout : options_.hop_limit;
    if (is_plain(place.target) && options_.probes != liveness::canary) {
        what.kind = probe_kind::options;
    } else {
        what.kind = probe_kind::canary;  // stopped as soon as it is up
        what.connect_timeout = what.timeout;
        what.ping_interval = milliseconds(0);
    }
    place.probed = now;
    place.question = ground_.first_probe++;
    ++open_probes_;
    effects_.start.push_back({place.question, std::move(what)});
}

void session_plan::start_canary(time_point now, std::size_t index) {
    auto& place = places_[index];
    auto what = base_probe(place);
    what.kind = probe_kind::canary;
    if (state_ != session_state::pinned || place.is_rechecking) {
        what.connect_timeout = options_.hop_limit;
    }
    what.ping_interval =
        is_plain(place.target) ? jittered(options_.ping_interval) : milliseconds(0);
    what.silence_limit = options_.silence_limit;
    place.next_canary = now;
    place.canary = ground_.first_probe++;
    ++open_probes_;
    effects_.start.push_back({place.canary, std::move(what)});
}

void session_plan::end_probe(probe_id& id) {
    if (id != 0) {
        id = 0;
        --open_probes_;
    }
}

void session_plan::stop_probe(probe_id& id) {
    if (id != 0) {
        effects_.stop.push_back(id);
        end_probe(id);
    }
}

void session_plan::stop_probes(session_place& place) {
    stop_probe(place.canary);
    stop_probe(place.question);
    place.is_canary_up = false;
    place.is_rechecking = false;
}

void session_plan::schedule(time_point now, std::size_t index) {
    auto& place = places_[index];
    const bool is_near = index == pinned_ || state_ == session_state::stranded;
    // A better place that shows life is watched closely, so that one that comes and goes is seen
    // going before the account returns to it.
    const bool is_returning = pinned_ && place.good != 0 && is_better(index, *pinned_);
    auto interval = options_.backup_interval;
    if (is_near || is_returning) {
        interval = is_near ? options_.probe_interval
                           : std::min(options_.probe_interval, options_.backup_interval);
    }
    place.next_probe = now + jittered(interval);
}

void session_plan::probed(time_point now, const probe_event& event) {
    for (std::size_t index = 0; index < places_.size(); ++index) {
        if (places_[index].canary == event.id) {
            canary_event(now, index, event);
            break;
        }
        if (places_[index].question == event.id) {
            question_event(now, index, event);
            break;
        }
    }
    advance(now);
}

void session_plan::canary_event(time_point now, std::size_t index, const probe_event& event) {
    auto& place = places_[index];
    switch (event.kind) {
        case probe_event_kind::up:
            place.is_canary_up = true;
            place.is_rechecking = false;
            place.had_canary = true;
            place.canary_up_at = now;
            break;
        case probe_event_kind::alive:
            place.has_ponged = true;
            break;
        case probe_event_kind::skipped:
            end_probe(place.canary);
            place.next_canary = now + jittered(options_.probe_interval);
            return;
        case probe_event_kind::down:
            end_probe(place.canary);
            canary_failed(now, index, event);
            return;
    }
    place.seen = now;
    if (!asks(place)) {
        place.rtt = event.rtt;
        alive(now, index);
    }
}

void session_plan::canary_failed(time_point now, std::size_t index, const probe_event& event) {
    auto& place = places_[index];
    const bool was_up = std::exchange(place.is_canary_up, false);
    const bool was_rechecking = std::exchange(place.is_rechecking, false);
    place.next_canary = now + jittered(options_.probe_interval);
    if (was_up && event.result.kind == outcome_kind::reset) {
        canary_closed(now, index);
        return;
    }
    const bool is_udp = place.target.transport == transport::udp;
    if (!was_up && !was_rechecking && is_udp) {
        // It may have no TCP (against RFC 3261 18.2.1): that says nothing about its UDP.
        place.next_canary = now + jittered(options_.backup_interval);
        return;
    }
    if (state_ == session_state::stranded) {
        ground_.known.report(now, place.target, event.result);
        place.good = 0;
        return;
    }
    lose(now, index, event.result);
}

void session_plan::canary_closed(time_point now, std::size_t index) {
    auto& place = places_[index];
    const bool is_habit = place.closes_idle || !is_plain(place.target);
    if (is_habit && now < place.canary_up_at + shortest_canary) {
        return;  // it took a connection just now: alive, and no place for canaries
    }
    if (!is_habit) {
        // The kernel of a dead process says so at once; waiting for more proof costs calls.
        place.was_lost_by_close = true;
        lose(now, index, {outcome_kind::reset, std::nullopt});
        place.next_probe = now;
        return;
    }
    place.is_rechecking = true;
    place.next_canary = now;
}

void session_plan::question_event(time_point now, std::size_t index, const probe_event& event) {
    auto& place = places_[index];
    if (event.kind == probe_event_kind::up) {
        stop_probe(place.question);  // a mere connection was asked for
    } else {
        end_probe(place.question);
    }
    schedule(now, index);
    switch (event.kind) {
        case probe_event_kind::up:
        case probe_event_kind::alive:
            place.has_answered = place.has_answered || event.kind == probe_event_kind::alive;
            place.rtt = event.rtt;
            alive(now, index);
            schedule(now, index);  // it may have become the target, or begun to return
            return;
        case probe_event_kind::skipped:
            return;
        case probe_event_kind::down:
            break;
    }
    const bool is_mere_connection = options_.probes == liveness::canary;
    if (place.target.transport == transport::udp && is_mere_connection && !place.had_canary) {
        return;  // no TCP: nothing is known
    }
    const auto what = event.result.kind;
    if (what == outcome_kind::timeout || what == outcome_kind::reset) {
        missed(now, index, event.result);
    } else if (state_ == session_state::stranded && what != outcome_kind::unavailable) {
        ground_.known.report(now, place.target, event.result);
        place.good = 0;
    } else {
        lose(now, index, event.result);
    }
}

void session_plan::missed(time_point now, std::size_t index, const outcome& what) {
    auto& place = places_[index];
    if (place.has_traffic && !place.has_answered && is_plain(place.target)) {
        place.is_mute = true;  // it serves the account: not answering OPTIONS is its habit
        return;
    }
    ++place.missed;
    const bool is_known =
        index == pinned_ ? state_ == session_state::pinned : is_recent(now, place);
    if (place.missed < (is_known ? options_.misses : 1u)) {
        place.next_probe = now;
        return;
    }
    if (index == pinned_ && state_ != session_state::stranded) {
        lose(now, index, what);
        return;
    }
    ground_.known.report(now, place.target, what);
    place.missed = 0;
    place.good = 0;
    place.good_since = never;
}

}  // namespace sipha::resolver::detail
