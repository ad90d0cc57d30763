#include "resolver/stub/domain_watch.hpp"

#include <algorithm>
#include <utility>

namespace sipha::resolver::stub {

domain_watch::domain_watch(
    engine& on, watch_options options, std::function<void(const watch_news&)> tell
)
    : engine_(on), options_(std::move(options)), tell_(std::move(tell)) {}

domain_watch::~domain_watch() {
    for (const auto which : {way::by_naptr, way::by_srv}) {
        if (of(which).open) {
            engine_.cancel(*of(which).open);
        }
    }
}

void domain_watch::advance(time_point now) {
    now_ = now;
    if (now < next_lookup_) {
        return;
    }
    next_lookup_ = never;  // until both lookups have ended
    look_up(way::by_naptr);
    look_up(way::by_srv);
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
    auto view = make_view();
    // A dead DNS says nothing about the domain: the last view stays, and the first must come from
    // an answer.
    const bool is_known = !view.services.empty() || !has_failed;
    const bool is_changed = is_known && view_ != view;
    const bool was_stale = std::exchange(is_stale_, has_failed);
    if (is_changed) {
        view_ = std::move(view);
    }
    if (is_changed || was_stale != is_stale_) {
        const domain_view nothing{options_.domain, {}};
        tell_({view_ ? *view_ : nothing, by_naptr_.error, is_changed, is_stale_});
    }
}

domain_view domain_watch::make_view() const {
    const auto& by_naptr = by_naptr_.found;
    auto by_srv = by_srv_.found;
    if (!by_naptr.empty()) {
        // Addresses of the domain itself stand in for SRV only where nothing else is published.
        std::erase_if(by_srv, [this](const candidate& one) {
            return one.srv_target == options_.domain;
        });
    }
    domain_view view{options_.domain, {}};
    for (const auto offered : transports_of(by_naptr, by_srv)) {
        service added{offered, {}};
        for (const auto* list : {&by_naptr, &std::as_const(by_srv)}) {
            for (const auto& one : *list) {
                if (one.transport == offered) {
                    added.places.push_back({one.ip, one.port, one.srv_target, life::alive});
                }
            }
            if (!added.places.empty()) {
                break;
            }
        }
        view.services.push_back(std::move(added));
    }
    return view;
}

}  // namespace sipha::resolver::stub
