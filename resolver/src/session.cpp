#include "sipha/resolver/session.hpp"

#include <sipha/resolver/engine.hpp>

#include "resolver/src/session_hub.hpp"

namespace sipha::resolver {

using std::chrono::milliseconds;

session_options make_session_options(probe_profile profile) {
    session_options use;
    switch (profile) {
        case probe_profile::field:
            break;
        case probe_profile::fast:
            use.probe_interval = milliseconds(1000);
            use.probe_timeout = milliseconds(750);
            use.backup_interval = milliseconds(1000);
            use.ping_interval = milliseconds(1000);
            use.silence_limit = milliseconds(2500);
            use.hold_down = milliseconds(5000);
            use.failback_jitter = milliseconds(0);
            use.herd_spread = milliseconds(0);
            break;
        case probe_profile::battery:
            use.probes = liveness::canary;
            // RFC 5626 4.4.1: 672 to 840 s where waking up costs.
            use.ping_interval = milliseconds(840'000);
            use.backup_interval = milliseconds(840'000);
            use.refresh_floor = milliseconds(300'000);
            break;
    }
    return use;
}

std::string_view name(session_state value) {
    switch (value) {
        case session_state::locating:
            return "locating";
        case session_state::pinned:
            return "pinned";
        case session_state::migrating:
            return "migrating";
        case session_state::stranded:
            return "stranded";
    }
    return "unknown";
}

std::string_view name(session_reason value) {
    switch (value) {
        case session_reason::located:
            return "located";
        case session_reason::locate_failed:
            return "locate-failed";
        case session_reason::alive:
            return "alive";
        case session_reason::refused:
            return "refused";
        case session_reason::silent:
            return "silent";
        case session_reason::reset:
            return "reset";
        case session_reason::unavailable:
            return "unavailable";
        case session_reason::tls_failed:
            return "tls-failed";
        case session_reason::removed_from_dns:
            return "removed-from-dns";
        case session_reason::network_changed:
            return "network-changed";
        case session_reason::failback:
            return "failback";
        case session_reason::retry:
            return "retry";
        case session_reason::dns_stale:
            return "dns-stale";
        case session_reason::dns_recovered:
            return "dns-recovered";
    }
    return "unknown";
}

struct session::state_data {
    /// Null once the engine is gone: then every call is without effect.
    detail::session_plan* plan() const {
        const auto hub = sessions.lock();
        return hub ? hub->find(number) : nullptr;
    }
    /// Changes the plan, then lets the hub do what it wants.
    template <class Change>
    void change(Change&& what) const {
        const auto hub = sessions.lock();
        if (auto* found = hub ? hub->find(number) : nullptr) {
            const auto now = hub->now();
            what(*found, now);
            hub->touched(now, number);
        }
    }

    std::weak_ptr<detail::session_hub> sessions;
    detail::session_number number = 0;
};

session::session(
    engine& on, std::string_view uri, const session_options& options, event_handler on_state
)
    : state_(std::make_unique<state_data>()) {
    const auto hub = on.sessions();
    state_->sessions = hub;
    state_->number = hub->open(uri, options, std::move(on_state));
}

session::~session() {
    if (const auto hub = state_->sessions.lock()) {
        hub->close(state_->number);
    }
}

session_state session::state() const {
    const auto* plan = state_->plan();
    return plan ? plan->state() : session_state::stranded;
}

std::optional<candidate> session::target() const {
    const auto* plan = state_->plan();
    const auto* found = plan ? plan->target() : nullptr;
    return found ? std::optional(*found) : std::nullopt;
}

std::vector<place_status> session::places() const {
    const auto* plan = state_->plan();
    return plan ? plan->places(state_->sessions.lock()->now()) : std::vector<place_status>{};
}

std::vector<candidate> session::candidates() const {
    std::vector<candidate> list;
    for (auto& place : places()) {
        list.push_back(std::move(place.target));
    }
    return list;
}

void session::report(const candidate& place, const outcome& what) {
    state_->change([&](detail::session_plan& plan, time_point now) {
        plan.report(now, place, what);
    });
}

void session::set_busy(busy value) {
    state_->change([value](detail::session_plan& plan, time_point) { plan.set_busy(value); });
}

void session::network_changed() {
    state_->change([](detail::session_plan& plan, time_point now) { plan.network_changed(now); });
}

milliseconds session::registration_delay(unsigned failures, flows_failed which) const {
    const auto* plan = state_->plan();
    return plan ? plan->registration_delay(failures, which) : milliseconds(0);
}

}  // namespace sipha::resolver
