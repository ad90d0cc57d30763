#include "tests/resolver/cases/place_double.hpp"

#include <algorithm>
#include <stdexcept>

#include "tests/resolver/cases/notation.hpp"

namespace sipha::resolver::test::cases {

void place_double::set(time_point now, const std::string& host, const std::string& word) {
    constexpr std::pair<const char*, place_life> words[] = {
        {"alive", place_life::alive}, {"dead", place_life::dead}, {"reset", place_life::resetting}};
    const auto* found = std::find_if(std::begin(words), std::end(words), [&](const auto& item) {
        return word == item.first;
    });
    if (found == std::end(words)) {
        throw std::invalid_argument("places: '" + word + "' is none of alive, dead, reset");
    }
    lives_[host] = found->second;
    for (auto& [id, one] : open_) {
        if (host_text(one.what.target.ip) == host) {
            plan(now, one);
        }
    }
}

place_life place_double::life_of(const probe& what) const {
    const auto found = lives_.find(host_text(what.target.ip));
    return found == lives_.end() ? place_life::alive : found->second;
}

void place_double::plan(time_point now, open_probe& one) const {
    switch (life_of(one.what)) {
        case place_life::alive:
            one.due = one.is_up ? never : now + round_trip;
            break;
        case place_life::resetting:
            one.due = now + round_trip / 2;
            break;
        case place_life::dead: {
            const auto silence = one.what.kind == probe_kind::options ? one.what.timeout
                                 : one.is_up                          ? one.what.silence_limit
                                                                      : one.what.connect_timeout;
            one.due = now + silence;
            break;
        }
    }
}

void place_double::start(time_point now, probe_id id, const probe& what) {
    open_probe one{what, false, never};
    plan(now, one);
    open_.emplace(id, std::move(one));
}

time_point place_double::next_deadline() const {
    auto next = never;
    for (const auto& [id, one] : open_) {
        next = std::min(next, one.due);
    }
    return next;
}

bool place_double::happen(time_point now, probe_id id, open_probe& one) {
    probe_event event;
    event.id = id;
    if (life_of(one.what) == place_life::alive) {
        event.rtt = round_trip;
        if (one.what.kind == probe_kind::options) {
            event.kind = probe_event_kind::alive;
            events_.push_back(event);
            return true;
        }
        event.kind = probe_event_kind::up;
        events_.push_back(event);
        one.is_up = true;
        plan(now, one);
        return false;
    }
    const bool is_silent = life_of(one.what) == place_life::dead;
    event.kind = probe_event_kind::down;
    event.result.kind = is_silent   ? outcome_kind::timeout
                        : one.is_up ? outcome_kind::reset
                                    : outcome_kind::refused;
    event.cause = name(event.result.kind);
    events_.push_back(event);
    return true;
}

void place_double::process(time_point now) {
    for (auto item = open_.begin(); item != open_.end();) {
        const bool is_due = item->second.due <= now;
        const bool is_over = is_due && happen(now, item->first, item->second);
        item = is_over ? open_.erase(item) : std::next(item);
    }
}

}  // namespace sipha::resolver::test::cases
