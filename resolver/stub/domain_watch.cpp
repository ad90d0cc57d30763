#include "resolver/stub/domain_watch.hpp"

#include <algorithm>
#include <utility>

#include "resolver/stub/answers.hpp"

namespace sipha::resolver::stub {

domain_watch::domain_watch(
    engine& on, watch_options options, std::function<void(const watch_news&)> tell
)
    : engine_(on), options_(std::move(options)), tell_(std::move(tell)) {
    view_.name = options_.domain;
}

domain_watch::~domain_watch() {
    for (const auto which : {way::by_naptr, way::by_srv}) {
        if (of(which).open) {
            engine_.cancel(*of(which).open);
        }
    }
}

void domain_watch::advance(time_point now) {
    now_ = now;
    if (now >= next_lookup_) {
        next_lookup_ = never;  // until both lookups have ended
        look_up(way::by_naptr);
        look_up(way::by_srv);
    }
    if (is_known_) {
        publish();
    }
}

void domain_watch::look_up(way which) {
    auto options = options_.lookup;
    options.naptr = which == way::by_naptr ? naptr_use::ask : naptr_use::skip;
    of(which).open = engine_.resolve(
        "sip:" + options_.domain,
        options,
        [this, which](std::error_code error, lookup_result result) {
            // These two end a lookup whose watch may be gone.
            if (error != errc::cancelled && error != errc::aborted) {
                take(which, error, std::move(result));
            }
        }
    );
}

void domain_watch::take(way which, std::error_code error, lookup_result result) {
    auto& target = of(which);
    target.open.reset();
    target.error = error;
    if (!is_dns_failure(error)) {
        target.found = std::move(result.candidates);
    }
    if (!by_naptr_.open && !by_srv_.open) {
        conclude();
    }
}

void domain_watch::conclude() {
    const bool has_failed = is_dns_failure(by_naptr_.error) || is_dns_failure(by_srv_.error);
    if (has_failed) {
        next_lookup_ = now_ + pause_;
        pause_ = std::min(2 * pause_, longest_refresh);
    } else {
        pause_ = failure_pause;
        auto expires = now_ + longest_refresh;
        for (const auto* list : {&by_naptr_.found, &by_srv_.found}) {
            for (const auto& one : *list) {
                expires = std::min(expires, one.expires);
            }
        }
        next_lookup_ = std::max(expires, now_ + shortest_refresh);
    }
    const bool was_stale = std::exchange(is_stale_, has_failed || is_any_stale());
    error_ = by_naptr_.error ? by_naptr_.error : by_srv_.error;
    auto offered = transports_of(by_naptr_.found, found_by_srv());
    // A dead DNS says nothing about the domain: what was known stays, and the first view must come
    // from an answer.
    if (!has_failed || (offered_.empty() && !offered.empty())) {
        offered_ = std::move(offered);
        watch_places(offered_);
        publish();
    }
    if (was_stale != is_stale_) {
        const auto kind = is_stale_ ? news_kind::dns_failed : news_kind::dns_recovered;
        tell_({kind, view_, view_, error_});
    }
}

bool domain_watch::is_any_stale() const {
    for (const auto* list : {&by_naptr_.found, &by_srv_.found}) {
        for (const auto& one : *list) {
            if (one.is_stale) {
                return true;
            }
        }
    }
    return false;
}

void domain_watch::publish() {
    auto view = make_view();
    if (!is_known_ || view_ != view) {
        is_known_ = true;
        std::swap(view_, view);
        tell_({news_kind::changed, view_, view, error_});
    }
}

void domain_watch::watch_places(const std::vector<transport>& offered) {
    std::erase_if(sessions_, [&offered](const auto& entry) {
        return std::find(offered.begin(), offered.end(), entry.first) == offered.end();
    });
    for (const auto wanted : offered) {
        if (!options_.probe_interval || sessions_.contains(wanted)) {
            continue;
        }
        auto settings = make_session_options(probe_profile::fast);
        settings.lookup = options_.lookup;
        settings.lookup.transports = {wanted};
        const bool has_naptr = std::any_of(
            by_naptr_.found.begin(),
            by_naptr_.found.end(),
            [wanted](const candidate& one) { return one.transport == wanted; }
        );
        settings.lookup.naptr = has_naptr ? naptr_use::ask : naptr_use::skip;
        settings.source = options_.source;
        settings.probe_interval = *options_.probe_interval;
        // Each phone may be at another server, so all that are shown are watched alike.
        settings.backup_interval = *options_.probe_interval;
        settings.max_backups = max_places_shown;
        // Nobody waits for the stub's target to return: what counts is that phones do not move
        // twice because of a server that comes and goes.
        settings.hold_down = session_options{}.hold_down;
        settings.failback_jitter = session_options{}.failback_jitter;
        settings.herd_spread = std::chrono::milliseconds(0);
        sessions_[wanted] = std::make_unique<session>(
            engine_, "sip:" + options_.domain, settings, [](const session_event&) {}
            // `advance` reads what there is to know
        );
    }
}

std::vector<candidate> domain_watch::found_by_srv() const {
    auto found = by_srv_.found;
    if (!by_naptr_.found.empty()) {
        // Addresses of the domain itself stand in for SRV only where nothing else is published.
        std::erase_if(found, [this](const candidate& one) {
            return one.srv_target == options_.domain;
        });
    }
    return found;
}

std::vector<place> domain_watch::places_of(transport offered) const {
    std::vector<place> out;
    const auto watched = sessions_.find(offered);
    if (watched != sessions_.end()) {
        for (const auto& [target, standing, is_target, rtt] : watched->second->places()) {
            // A place on probation is for the session to try, not for phones.
            const auto state = standing == resolver::standing::ok ? life::alive : life::dead;
            out.push_back({target.ip, target.port, target.srv_target, state});
        }
    }
    if (!out.empty()) {
        return out;
    }
    // Before the session has located the same places, and without probes.
    const auto by_srv = found_by_srv();
    for (const auto* list : {&by_naptr_.found, &by_srv}) {
        for (const auto& one : *list) {
            if (one.transport == offered) {
                out.push_back({one.ip, one.port, one.srv_target, life::alive});
            }
        }
        if (!out.empty()) {
            break;
        }
    }
    return out;
}

domain_view domain_watch::make_view() const {
    domain_view view{options_.domain, {}};
    for (const auto offered : offered_) {
        view.services.push_back({offered, places_of(offered)});
    }
    return view;
}

}  // namespace sipha::resolver::stub
