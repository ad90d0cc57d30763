#include "sipha/resolver/health.hpp"

#include <algorithm>

#include "resolver/src/draw.hpp"

namespace sipha::resolver {
namespace {

using std::chrono::milliseconds;

/// Addresses of one host in one place of the order: what a demerit may reorder.
bool is_same_host(const candidate& left, const candidate& right) {
    auto rank = left.rank;
    rank.address = right.rank.address;
    return left.transport == right.transport && left.port == right.port && rank == right.rank &&
           left.srv_target == right.srv_target;
}

}  // namespace

std::string_view name(outcome_kind kind) {
    switch (kind) {
        case outcome_kind::ok:
            return "ok";
        case outcome_kind::refused:
            return "refused";
        case outcome_kind::timeout:
            return "timeout";
        case outcome_kind::reset:
            return "reset";
        case outcome_kind::tls_identity:
            return "tls-identity";
        case outcome_kind::tls_error:
            return "tls-error";
        case outcome_kind::unavailable:
            return "unavailable";
    }
    return "unknown";
}

std::string_view name(standing value) {
    switch (value) {
        case standing::ok:
            return "ok";
        case standing::probation:
            return "probation";
        case standing::down:
            return "down";
        case standing::backoff:
            return "backoff";
    }
    return "unknown";
}

place_key key_of(const candidate& target) {
    return {
        target.transport,
        target.ip,
        target.port,
        is_secure(target.transport) ? target.tls_name : std::string{}};
}

bool is_same_place(const candidate& left, const candidate& right) {
    return left.transport == right.transport && left.port == right.port && left.ip == right.ip &&
           (!is_secure(left.transport) || left.tls_name == right.tls_name);
}

health::health(const health_options& options, std::uint64_t seed)
    : options_(options), seed_(seed) {}

health::place_view health::view(const place_key& key) {
    return {key.transport, key.ip, key.port, key.tls_name};
}

health::place_view health::view(const candidate& target) {
    return {
        target.transport,
        target.ip,
        target.port,
        is_secure(target.transport) ? std::string_view(target.tls_name) : std::string_view{}};
}

const health::entry* health::find(const candidate& target) const {
    if (places_.empty()) {
        return nullptr;
    }
    const auto found = places_.find(view(target));
    return found == places_.end() ? nullptr : &found->second;
}

health::entry& health::remember(time_point now, const candidate& target) {
    forget_old(now);
    if (const auto found = places_.find(view(target)); found != places_.end()) {
        return found->second;
    }
    if (!places_.empty() && places_.size() >= options_.max_places) {
        places_.erase(std::min_element(
            places_.begin(),
            places_.end(),
            [](const auto& left, const auto& right) {
                return std::max(left.second.until, left.second.demerit_until) <
                       std::max(right.second.until, right.second.demerit_until);
            }
        ));
    }
    return places_[key_of(target)];
}

void health::fail(time_point now, entry& place) {
    if (place.kind != mark::none && now < place.until) {
        return;  // requests in flight together tell one story; BACKOFF is the longer word
    }
    ++place.failures;
    auto length = options_.down_base;
    for (unsigned doubled = 1; doubled < place.failures && length < options_.down_cap; ++doubled) {
        length *= 2;
    }
    length = std::min(length, options_.down_cap);
    const auto percent = std::min(options_.jitter_percent, 100u);
    const auto span = length.count() * static_cast<milliseconds::rep>(percent) / 100;
    if (span > 0) {
        auto draw = detail::keyed_draw(seed_ + draws_++, "health");
        const auto width = static_cast<std::uint64_t>(2 * span + 1);
        length += milliseconds(static_cast<milliseconds::rep>(draw.below(width)) - span);
    }
    place.kind = mark::down;
    place.until = now + length;
}

void health::report(time_point now, const candidate& target, const outcome& what) {
    switch (what.kind) {
        case outcome_kind::ok: {
            const auto found = places_.find(view(target));
            if (found == places_.end()) {
                return;
            }
            auto& place = found->second;
            place.failures = 0;
            place.claimed_until = time_point::min();
            place.touched = now;
            // RFC 3261 21.5.4: no other request for the time given, whatever else is answered.
            if (place.kind == mark::backoff && now < place.until) {
                return;
            }
            place.kind = mark::none;
            if (now >= place.demerit_until) {
                places_.erase(found);
            }
            return;
        }
        case outcome_kind::unavailable: {
            const auto wait = what.retry_after.value_or(std::chrono::seconds(0));
            if (wait.count() <= 0) {
                release(target);  // RFC 3261 21.5.4: without a time the next server, no mark
                return;
            }
            auto& place = remember(now, target);
            const auto until = now + std::min(wait, options_.retry_after_cap);
            place.until = place.kind == mark::backoff ? std::max(place.until, until) : until;
            place.kind = mark::backoff;
            place.claimed_until = time_point::min();
            place.touched = now;
            return;
        }
        default: {
            auto& place = remember(now, target);
            place.claimed_until = time_point::min();
            place.touched = now;
            fail(now, place);
        }
    }
}

void health::demerit(time_point now, const candidate& target) {
    auto& place = remember(now, target);
    place.demerit_until = now + options_.demerit_time;
    place.touched = now;
}

standing health::standing_of(time_point now, const entry* place) const {
    if (!place || place->kind == mark::none) {
        return standing::ok;
    }
    if (now < place->until) {
        return place->kind == mark::down ? standing::down : standing::backoff;
    }
    const bool is_forgotten = now >= std::max(place->until, place->touched) + options_.forget_after;
    return is_forgotten ? standing::ok : standing::probation;
}

standing health::standing_of(time_point now, const candidate& target) const {
    return standing_of(now, find(target));
}

time_point health::until(time_point now, const candidate& target) const {
    const auto* place = find(target);
    const auto value = standing_of(now, place);
    return value == standing::down || value == standing::backoff ? place->until : never;
}

bool health::claim(time_point now, const candidate& target) {
    const auto found = places_.find(view(target));
    if (found == places_.end() || standing_of(now, &found->second) != standing::probation ||
        now < found->second.claimed_until) {
        return false;
    }
    found->second.claimed_until = now + options_.claim_limit;
    return true;
}

void health::release(const candidate& target) {
    if (const auto found = places_.find(view(target)); found != places_.end()) {
        found->second.claimed_until = time_point::min();
    }
}

bool health::has_demerit(time_point now, const candidate& target) const {
    const auto* place = find(target);
    return place && now < place->demerit_until;
}

void health::sink_demerits(
    time_point now, std::span<const candidate> candidates, std::vector<std::size_t>& usable
) const {
    for (auto from = usable.begin(); from != usable.end();) {
        const auto to = std::find_if(from, usable.end(), [&](std::size_t index) {
            return !is_same_host(candidates[*from], candidates[index]);
        });
        if (to - from > 1) {
            std::stable_partition(from, to, [&](std::size_t index) {
                return !has_demerit(now, candidates[index]);
            });
        }
        from = to;
    }
}

std::vector<std::size_t> health::order(time_point now, std::span<const candidate> candidates)
    const {
    std::vector<std::size_t> usable;
    usable.reserve(candidates.size());
    std::vector<std::pair<time_point, std::size_t>> marked;
    bool has_probation = false;
    for (std::size_t index = 0; index < candidates.size(); ++index) {
        const auto* place = find(candidates[index]);
        const auto value = standing_of(now, place);
        if (value == standing::backoff) {
            continue;
        }
        const bool is_chance =
            value == standing::probation && !has_probation && now >= place->claimed_until;
        if (value == standing::ok || is_chance) {
            has_probation = has_probation || is_chance;
            usable.push_back(index);
        } else {
            marked.emplace_back(place->until, index);
        }
    }
    if (!is_clear()) {
        sink_demerits(now, candidates, usable);
        std::sort(marked.begin(), marked.end());
        for (const auto& item : marked) {
            usable.push_back(item.second);
        }
    }
    return usable;
}

std::optional<std::chrono::seconds> health::retry_in(
    time_point now, std::span<const candidate> candidates
) const {
    auto first = never;
    for (const auto& target : candidates) {
        const auto* place = find(target);
        if (standing_of(now, place) != standing::backoff) {
            return std::nullopt;
        }
        first = std::min(first, place->until);
    }
    if (first == never) {
        return std::nullopt;
    }
    return std::chrono::ceil<std::chrono::seconds>(first - now);
}

void health::forget_old(time_point now) {
    std::erase_if(places_, [this, now](const auto& item) {
        const auto& place = item.second;
        if (now < place.demerit_until) {
            return false;
        }
        return place.kind == mark::none ||
               now >= std::max(place.until, place.touched) + options_.forget_after;
    });
}

}  // namespace sipha::resolver
