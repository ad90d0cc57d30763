#include "resolver/src/session_plan.hpp"

#include <algorithm>

#include <sipha/resolver/errors.hpp>

#include "resolver/src/draw.hpp"

namespace sipha::resolver::detail {
namespace {

using std::chrono::milliseconds;

session_reason reason_of(outcome_kind what) {
    switch (what) {
        case outcome_kind::timeout:
            return session_reason::silent;
        case outcome_kind::reset:
            return session_reason::reset;
        case outcome_kind::unavailable:
            return session_reason::unavailable;
        case outcome_kind::tls_identity:
        case outcome_kind::tls_error:
            return session_reason::tls_failed;
        default:
            return session_reason::refused;
    }
}

}  // namespace

session_plan::session_plan(const session_options& options, session_ground ground)
    : options_(options), ground_(std::move(ground)) {
    options_.misses = std::max(options_.misses, 1u);
    options_.good_probes = std::max(options_.good_probes, 1u);
    options_.refresh_cap = std::max(options_.refresh_cap, options_.refresh_floor);
}

void session_plan::start() {
    ask_dns();
}

void session_plan::ask_dns() {
    is_locating_ = true;
    lookup_at_ = never;
    effects_.wants_lookup = true;
}

std::optional<std::size_t> session_plan::index_of(const candidate& target) const {
    for (std::size_t index = 0; index < places_.size(); ++index) {
        if (is_same_place(places_[index].target, target)) {
            return index;
        }
    }
    return std::nullopt;
}

std::vector<session_plan::choice> session_plan::ranked(time_point now) const {
    std::vector<candidate> targets;
    targets.reserve(places_.size());
    for (const auto& place : places_) {
        targets.push_back(place.target);
    }
    std::vector<choice> good;
    std::vector<choice> probation;
    std::vector<choice> marked;
    std::vector<choice> avoided;
    for (const auto index : ground_.known.order(now, targets)) {
        const auto& place = places_[index];
        if (is_secure_only_ && !is_secure(place.target.transport)) {
            continue;  // RFC 5922 7.3: a wrong certificate never leads to clear text
        }
        const auto value = ground_.known.standing_of(now, place.target);
        if (place.avoid_until > now) {
            avoided.push_back({index, false});
        } else if (value == standing::ok) {
            good.push_back({index, true});
        } else if (value == standing::probation) {
            // Probes find out whether it is back; an account is not the one to be risked.
            probation.push_back({index, true});
        } else {
            marked.push_back({index, false});
        }
    }
    std::stable_sort(
        avoided.begin(),
        avoided.end(),
        [this](const choice& left, const choice& right) {
            return places_[left.index].avoid_until < places_[right.index].avoid_until;
        }
    );
    for (const auto* part : {&probation, &marked, &avoided}) {
        good.insert(good.end(), part->begin(), part->end());
    }
    return good;
}

std::optional<session_plan::choice> session_plan::choose(
    time_point now, std::optional<std::size_t> failed
) const {
    std::optional<choice> last;
    for (const auto& next : ranked(now)) {
        if (next.index != failed) {
            return next;
        }
        last = next;
    }
    return last;
}

bool session_plan::is_better(std::size_t index, std::size_t than) const {
    return index < than && !is_same_level(places_[index].target, places_[than].target);
}

void session_plan::adopt(time_point now, std::vector<candidate> candidates) {
    std::vector<session_place> next;
    next.reserve(candidates.size());
    std::optional<std::size_t> pinned;
    for (auto& target : candidates) {
        const auto old = index_of(target);
        session_place place;
        place.next_probe = now + uniform(options_.backup_interval);
        if (old) {
            place = std::move(places_[*old]);
            places_[*old].canary = places_[*old].question = 0;
            if (old == pinned_) {
                pinned = next.size();
            }
        }
        place.target = std::move(target);
        next.push_back(std::move(place));
    }
    for (auto& place : places_) {
        stop_probes(place);
    }
    places_ = std::move(next);
    pinned_ = pinned;
}

void session_plan::located(time_point now, std::vector<candidate> candidates, bool is_stale) {
    if (candidates.empty()) {
        locate_failed(now, errc::no_addresses);
        return;
    }
    is_locating_ = false;
    failed_lookups_ = 0;
    lookup_error_ = {};
    auto first_expiry = never;
    for (const auto& target : candidates) {
        first_expiry = std::min(first_expiry, target.expires);
    }
    lookup_at_ = std::clamp(first_expiry, now + options_.refresh_floor, now + options_.refresh_cap);
    const bool had_target = pinned_.has_value();
    const bool was_stale = std::exchange(is_stale_, is_stale);
    // Old records may lack what the DNS would still give: they take nothing away.
    if (!is_stale || places_.empty()) {
        adopt(now, std::move(candidates));
    }
    if (std::exchange(has_new_network_, false)) {
        pin(now,
            pinned_ ? choice{*pinned_, true} : choose(now, std::nullopt),
            session_reason::network_changed);
    } else if (state_ == session_state::locating) {
        pin(now, choose(now, std::nullopt), session_reason::located);
    } else if (had_target && !pinned_) {
        pin(now, choose(now, std::nullopt), session_reason::removed_from_dns);
    } else if (was_stale != is_stale) {
        emit(now, is_stale ? session_reason::dns_stale : session_reason::dns_recovered);
    }
    advance(now);
}

void session_plan::locate_failed(time_point now, std::error_code error) {
    is_locating_ = false;
    lookup_error_ = error;
    auto wait = lookup_retry;
    for (unsigned doubled = 0; doubled < failed_lookups_ && wait < lookup_retry_cap; ++doubled) {
        wait *= 2;
    }
    ++failed_lookups_;
    lookup_at_ = now + std::min(wait, lookup_retry_cap);
    const bool was_stale = std::exchange(is_stale_, !places_.empty());
    if (places_.empty()) {
        emit(now, session_reason::locate_failed);
    } else if (std::exchange(has_new_network_, false)) {
        pin(now,
            pinned_ ? choice{*pinned_, true} : choose(now, std::nullopt),
            session_reason::network_changed);
    } else if (!was_stale) {
        // A dead DNS, or one that denies what it knew a moment ago, never costs a registration.
        emit(now, session_reason::dns_stale);
    }
    advance(now);
}

void session_plan::emit(time_point now, session_reason reason, milliseconds register_after) {
    session_event event;
    event.state = state_;
    event.reason = reason;
    if (pinned_) {
        event.target = places_[*pinned_].target;
    } else {
        std::vector<candidate> targets;
        for (const auto& place : places_) {
            targets.push_back(place.target);
        }
        event.retry_in = ground_.known.retry_in(now, targets);
    }
    event.register_after = register_after;
    event.is_stale = is_stale_;
    event.error = lookup_error_;
    effects_.events.push_back(std::move(event));
}

void session_plan::pin(time_point now, std::optional<choice> next, session_reason reason) {
    const auto before = pinned_;
    if (before && (!next || *before != next->index)) {
        stop_probes(places_[*before]);
        schedule(now, *before);
    }
    pinned_ = next ? std::optional(next->index) : std::nullopt;
    pinned_at_ = now;
    milliseconds register_after{0};
    if (next && next->is_usable) {
        state_ = session_state::migrating;
        places_[next->index].next_probe = now;
        places_[next->index].next_canary = now;
        const bool is_herd = reason != session_reason::located &&
                             reason != session_reason::network_changed &&
                             reason != session_reason::failback;
        register_after = is_herd ? uniform(options_.herd_spread) : milliseconds(0);
    } else {
        state_ = session_state::stranded;
        register_after = registration_delay(++strandings_, flows_failed::all);
        for (auto& place : places_) {
            place.next_probe = std::min(place.next_probe, now + jittered(options_.probe_interval));
        }
        // The DNS may know new places by now.
        lookup_at_ = is_locating_ ? never : std::min(lookup_at_, now + options_.refresh_floor);
    }
    emit(now, reason, register_after);
}

void session_plan::lose(time_point now, std::size_t index, const outcome& what) {
    auto& place = places_[index];
    ground_.known.report(now, place.target, what);
    is_secure_only_ = is_secure_only_ || what.kind == outcome_kind::tls_identity;
    if (what.kind == outcome_kind::unavailable) {
        const auto asked = what.retry_after.value_or(std::chrono::seconds(0));
        if (asked.count() <= 0) {
            place.avoid_until = now + options_.unavailable_pause;
        }
    }
    place.good = 0;
    place.missed = 0;
    place.good_since = never;
    place.lost_at = now;
    stop_probes(place);
    schedule(now, index);
    if (index != pinned_) {
        return;
    }
    const auto hold = options_.hold_down * 2;
    if (failed_back_at_ != time_point::min() && now < failed_back_at_ + hold) {
        place.flaps = std::min(place.flaps + 1, 3u);
    }
    failed_back_at_ = time_point::min();
    pin(now, choose(now, index), reason_of(what.kind));
}

void session_plan::confirm(std::size_t index) {
    if (index == pinned_ && state_ != session_state::pinned) {
        state_ = session_state::pinned;
        strandings_ = 0;
    }
}

void session_plan::alive(time_point now, std::size_t index) {
    auto& place = places_[index];
    ground_.known.report(now, place.target, {});
    place.missed = 0;
    place.seen = now;
    if (place.good == 0) {
        place.good_since = now;
        place.failback_jitter = uniform(options_.failback_jitter);
    }
    ++place.good;
    if (place.was_lost_by_close && now < place.lost_at + idle_close_proof) {
        place.closes_idle = true;
    }
    place.was_lost_by_close = false;
    const bool is_usable = ground_.known.standing_of(now, place.target) == standing::ok &&
                           place.avoid_until <= now &&
                           (!is_secure_only_ || is_secure(place.target.transport));
    if (state_ == session_state::stranded && is_usable && index != pinned_) {
        pin(now, choice{index, true}, session_reason::alive);
    }
    const auto before = state_;
    if (is_usable) {
        confirm(index);
    }
    if (state_ != before) {
        emit(now, session_reason::alive);
    }
}

void session_plan::report(time_point now, const candidate& target, const outcome& what) {
    const auto index = index_of(target);
    if (!index) {
        ground_.known.report(now, target, what);
        return;
    }
    if (what.kind == outcome_kind::ok) {
        places_[*index].has_traffic = true;
        places_[*index].avoid_until = time_point::min();
        is_secure_only_ = is_secure_only_ && !is_secure(target.transport);
        alive(now, *index);
    } else {
        lose(now, *index, what);
    }
    advance(now);
}

void session_plan::network_changed(time_point now) {
    ground_.known.clear();
    for (auto& place : places_) {
        stop_probes(place);
        session_place fresh;
        fresh.target = std::move(place.target);
        fresh.next_probe = now + uniform(options_.backup_interval);
        place = std::move(fresh);
    }
    is_secure_only_ = false;
    has_new_network_ = true;
    failed_lookups_ = 0;
    if (pinned_) {
        state_ = session_state::migrating;
        pinned_at_ = now;
        places_[*pinned_].next_probe = now;
    }
    ask_dns();
}

void session_plan::retry_stranded(time_point now) {
    if (state_ != session_state::stranded) {
        return;
    }
    if (const auto next = choose(now, std::nullopt); next && (next->is_usable || !pinned_)) {
        pin(now, next, session_reason::retry);
    }
}

time_point session_plan::failback_at(time_point now, std::size_t index) const {
    const auto& place = places_[index];
    const bool can_move = pinned_ && state_ == session_state::pinned && busy_ == busy::no &&
                          place.question == 0 && has_room() &&
                          backup_number(index) < options_.max_backups;
    if (!can_move || !is_better(index, *pinned_) || place.good < options_.good_probes ||
        ground_.known.standing_of(now, place.target) != standing::ok ||
        (is_secure_only_ && !is_secure(place.target.transport))) {
        return never;
    }
    // A place that died soon after the last return must hold twice as long for the next.
    const auto hold = options_.hold_down * (1u << place.flaps) + place.failback_jitter;
    return std::max({place.good_since + hold, pinned_at_ + hold, place.avoid_until});
}

void session_plan::fail_back(time_point now) {
    for (std::size_t index = 0; pinned_ && index < *pinned_; ++index) {
        auto& place = places_[index];
        if (now < failback_at(now, index)) {
            continue;
        }
        if (place.seen + last_look < now) {
            place.next_probe = now;  // one last look, so that nobody returns to a corpse
        } else {
            failed_back_at_ = now;
            pin(now, choice{index, true}, session_reason::failback);
            return;
        }
    }
}

void session_plan::advance(time_point now) {
    if (!is_locating_ && now >= lookup_at_) {
        ask_dns();
    }
    retry_stranded(now);
    fail_back(now);
    watch(now);
}

time_point session_plan::next_deadline(time_point now) const {
    auto next = lookup_at_;
    for (std::size_t index = 0; index < places_.size(); ++index) {
        next = std::min({next, failback_at(now, index), probe_due(now, index), canary_due(index)});
        if (state_ == session_state::stranded) {
            const auto until = ground_.known.until(now, places_[index].target);
            next = std::min(next, until);
            if (places_[index].avoid_until > now) {
                next = std::min(next, places_[index].avoid_until);
            }
        }
    }
    return next;
}

void session_plan::stop() {
    for (auto& place : places_) {
        stop_probes(place);
    }
}

std::vector<place_status> session_plan::places(time_point now) const {
    std::vector<place_status> list;
    list.reserve(places_.size());
    const auto add = [&](std::size_t index) {
        const auto& place = places_[index];
        list.push_back(
            {place.target,
             ground_.known.standing_of(now, place.target),
             index == pinned_,
             place.rtt}
        );
    };
    if (pinned_) {
        add(*pinned_);
    }
    for (const auto& item : ranked(now)) {
        if (item.index != pinned_) {
            add(item.index);
        }
    }
    return list;
}

milliseconds session_plan::registration_delay(unsigned failures, flows_failed which) const {
    // RFC 5626 4.5: base-time 30 s when all flows failed, 90 s when one still works; max 1800 s.
    constexpr milliseconds longest{1'800'000};
    milliseconds bound{which == flows_failed::all ? 30'000 : 90'000};
    for (unsigned doubled = 0; doubled < failures && bound < longest; ++doubled) {
        bound *= 2;
    }
    bound = std::min(bound, longest);
    auto draw = keyed_draw(ground_.seed + failures, "registration");
    const auto half = static_cast<std::uint64_t>(bound.count() / 2);
    return milliseconds(static_cast<milliseconds::rep>(half + draw.below(half + 1)));
}

milliseconds session_plan::uniform(milliseconds bound) {
    if (bound.count() <= 0) {
        return milliseconds(0);
    }
    auto draw = keyed_draw(ground_.seed + draws_++, "session");
    const auto width = static_cast<std::uint64_t>(bound.count()) + 1;
    return milliseconds(static_cast<milliseconds::rep>(draw.below(width)));
}

milliseconds session_plan::jittered(milliseconds interval) {
    return interval - uniform(interval / 5);  // RFC 5626 4.4.1: 80 to 100 %
}

}  // namespace sipha::resolver::detail
