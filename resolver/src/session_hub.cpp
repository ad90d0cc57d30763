#include "resolver/src/session_hub.hpp"

#include <algorithm>

#include "resolver/src/draw.hpp"
#include "resolver/src/uri.hpp"

namespace sipha::resolver::detail {
namespace {

/// Probe ids carry the session's number, so that an event finds its session without a table.
constexpr unsigned number_shift = 32;

}  // namespace

session_hub::session_hub(services from) : services_(std::move(from)) {}

session_number session_hub::open(
    std::string_view uri, const session_options& options, session::event_handler on_state
) {
    const auto number = next_++;
    // The draw is sticky: the same account finds the same order each time (RFC 3263 4.4).
    const auto seed = options.account.empty()
                          ? keyed_draw(services_.seed + number, "session").next()
                          : keyed_draw(0, options.account).next();
    session_ground ground{services_.known, {}, seed, number << number_shift | 1u};
    if (const auto parsed = parse_sip_uri(uri)) {
        ground.domain = parsed->host;
    }
    auto item = std::make_unique<member>(options, std::move(ground));
    item->uri = uri;
    item->lookup = options.lookup;
    item->lookup.health = health_use::ignore;
    if (!item->lookup.seed) {
        item->lookup.seed = seed;
    }
    item->on_state = std::make_shared<session::event_handler>(std::move(on_state));
    auto& added = *members_.emplace(number, std::move(item)).first->second;
    added.plan.start();
    touched(now(), number);
    return number;
}

void session_hub::close(session_number number) {
    const auto found = members_.find(number);
    if (found == members_.end()) {
        return;
    }
    auto& item = *found->second;
    item.plan.stop();
    touched(now(), number);
    if (item.open_lookup != 0) {
        services_.cancel(item.open_lookup);
    }
    deadlines_.erase({item.deadline, number});
    members_.erase(found);
    std::erase_if(events_, [number](const auto& event) { return event.first == number; });
}

session_plan* session_hub::find(session_number number) {
    const auto found = members_.find(number);
    return found == members_.end() ? nullptr : &found->second->plan;
}

void session_hub::start_lookup(session_number number, member& item) {
    if (item.open_lookup != 0) {
        services_.cancel(item.open_lookup);
    }
    const auto mine = std::make_shared<lookup_id>(0);
    *mine = services_.locate(
        item.uri,
        item.lookup,
        [this, number, mine](std::error_code error, lookup_result result) {
            // A lookup that another one replaced tells nothing any more.
            const auto found = members_.find(number);
            if (found != members_.end() && found->second->open_lookup == *mine) {
                located(number, error, std::move(result));
            }
        }
    );
    item.open_lookup = *mine;
}

void session_hub::located(session_number number, std::error_code error, lookup_result result) {
    auto& item = *members_.at(number);
    item.open_lookup = 0;
    const auto when = now();
    if (error) {
        item.plan.locate_failed(when, error);
    } else {
        const bool is_stale = std::any_of(
            result.candidates.begin(),
            result.candidates.end(),
            [](const candidate& target) { return target.is_stale; }
        );
        item.plan.located(when, std::move(result.candidates), is_stale);
    }
    touched(when, number);
}

void session_hub::touched(time_point now, session_number number) {
    const auto found = members_.find(number);
    if (found == members_.end()) {
        return;
    }
    auto& item = *found->second;
    auto effects = item.plan.take_effects();
    for (const auto id : effects.stop) {
        if (services_.probes) {
            services_.probes->stop(id);
        }
    }
    for (const auto& started : effects.start) {
        if (services_.probes) {
            ++metrics_.started;
            services_.probes->start(now, started.id, started.what);
        }
    }
    for (auto& event : effects.events) {
        events_.emplace_back(number, std::move(event));
    }
    if (effects.wants_lookup) {
        start_lookup(number, item);
    }
    rearm(now, number, item);
}

void session_hub::rearm(time_point now, session_number number, member& item) {
    const auto deadline = item.plan.next_deadline(now);
    if (deadline != item.deadline) {
        deadlines_.erase({item.deadline, number});
        item.deadline = deadline;
        if (deadline != never) {
            deadlines_.emplace(deadline, number);
        }
    }
}

void session_hub::count(probe_event_kind kind) {
    switch (kind) {
        case probe_event_kind::up:
        case probe_event_kind::alive:
            ++metrics_.alive;
            break;
        case probe_event_kind::down:
            ++metrics_.down;
            break;
        case probe_event_kind::skipped:
            ++metrics_.skipped;
            break;
    }
}

void session_hub::process(time_point now) {
    if (services_.probes) {
        services_.probes->process(now);
        for (const auto& event : services_.probes->take_events()) {
            count(event.kind);
            const auto number = event.id >> number_shift;
            if (auto* plan = find(number)) {
                plan->probed(now, event);
                touched(now, number);
            }
        }
    }
    // Each session once: one whose deadline stays in the past must not hold the others up.
    std::vector<session_number> due;
    for (auto next = deadlines_.begin(); next != deadlines_.end() && next->first <= now; ++next) {
        due.push_back(next->second);
    }
    for (const auto number : due) {
        if (auto* plan = find(number)) {
            plan->advance(now);
            touched(now, number);
        }
    }
}

void session_hub::deliver() {
    for (auto count = events_.size(); count != 0 && !events_.empty(); --count) {
        const auto [number, event] = std::move(events_.front());
        events_.pop_front();
        const auto found = members_.find(number);
        if (found != members_.end()) {
            const auto handler = found->second->on_state;
            if (*handler) {
                (*handler)(event);
            }
        }
    }
}

time_point session_hub::next_deadline() const {
    const auto own = deadlines_.empty() ? never : deadlines_.begin()->first;
    return services_.probes ? std::min(own, services_.probes->next_deadline()) : own;
}

void session_hub::network_changed(time_point now) {
    for (auto& [number, item] : members_) {
        item->plan.network_changed(now);
        touched(now, number);
    }
}

void session_hub::shut() {
    for (auto& [number, item] : members_) {
        item->open_lookup = 0;
    }
    members_.clear();
    deadlines_.clear();
    events_.clear();
}

}  // namespace sipha::resolver::detail
