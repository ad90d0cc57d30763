#include "sipha/resolver/connect_race.hpp"

#include <algorithm>

namespace sipha::resolver {
namespace {

bool is_same_priority(const candidate& left, const candidate& right) {
    return left.transport == right.transport && left.rank.naptr_order == right.rank.naptr_order &&
           left.rank.naptr_preference == right.rank.naptr_preference &&
           left.rank.srv_priority == right.rank.srv_priority;
}

bool is_same_host(const candidate& left, const candidate& right) {
    return is_same_priority(left, right) && left.rank.draw == right.rank.draw &&
           left.srv_target == right.srv_target && left.port == right.port;
}

}  // namespace

connect_race::connect_race(std::vector<candidate> candidates, const connect_race_options& options)
    : candidates_(std::move(candidates)), options_(options) {
    options_.attempt_delay =
        std::clamp(options_.attempt_delay, min_attempt_delay, max_attempt_delay);
}

void connect_race::start(time_point now) {
    open_due(now);
}

bool connect_race::is_allowed(std::size_t index) const {
    // A wrong certificate is no reason to talk without one (RFC 5922 7.3).
    return !is_secure_only_ || is_secure(candidates_[index].transport);
}

bool connect_race::can_race(std::size_t index) const {
    return candidates_[index].transport != transport::udp &&
           is_same_priority(candidates_[open_.front().index], candidates_[index]);
}

void connect_race::open_due(time_point now) {
    while (!is_over_) {
        while (next_ < candidates_.size() && !is_allowed(next_)) {
            ++next_;
        }
        if (next_ == candidates_.size()) {
            next_at_ = never;
            if (open_.empty()) {
                is_over_ = true;
                effects_.emplace_back(connect_lost{
                    is_secure_only_ ? outcome_kind::tls_identity : last_failure_});
            }
            return;
        }
        if (!open_.empty() && (!can_race(next_) || now < next_at_)) {
            return;
        }
        if (candidates_[next_].transport == transport::udp) {
            win(next_);
            return;
        }
        effects_.emplace_back(start_connect{next_});
        open_.push_back({next_, now});
        next_at_ = now + options_.attempt_delay;
        ++next_;
    }
}

void connect_race::win(std::size_t index) {
    is_over_ = true;
    next_at_ = never;
    for (const auto& item : open_) {
        if (item.index == index) {
            continue;
        }
        effects_.emplace_back(stop_connect{item.index});
        // Only who started first and still lost is slower; a later starter had less time.
        if (item.index < index && is_same_host(candidates_[item.index], candidates_[index])) {
            effects_.emplace_back(demerit_connect{item.index});
        }
    }
    open_.clear();
    effects_.emplace_back(connect_won{index});
}

void connect_race::on_connected(std::size_t index) {
    const bool is_open = std::any_of(open_.begin(), open_.end(), [index](const attempt& item) {
        return item.index == index;
    });
    if (is_over_ || !is_open) {
        return;
    }
    effects_.emplace_back(mark_connect{index, {}});
    win(index);
}

void connect_race::drop(time_point now, std::size_t index, outcome_kind what) {
    std::erase_if(open_, [index](const attempt& item) { return item.index == index; });
    effects_.emplace_back(mark_connect{index, {what, std::nullopt}});
    last_failure_ = what;
    next_at_ = now;  // RFC 8305 5: a failure starts the next attempt at once
    // What is open now has the same transport, so nothing in clear text is left to stop.
    is_secure_only_ = is_secure_only_ || what == outcome_kind::tls_identity;
}

void connect_race::on_failed(time_point now, std::size_t index, outcome_kind what) {
    const bool is_open = std::any_of(open_.begin(), open_.end(), [index](const attempt& item) {
        return item.index == index;
    });
    if (is_over_ || !is_open || what == outcome_kind::ok) {
        return;
    }
    drop(now, index, what);
    open_due(now);
}

void connect_race::advance(time_point now) {
    std::vector<std::size_t> late;
    for (const auto& item : open_) {
        if (now >= item.started + options_.connect_timeout) {
            late.push_back(item.index);
        }
    }
    for (const auto index : late) {
        effects_.emplace_back(stop_connect{index});
        drop(now, index, outcome_kind::timeout);
    }
    if (!late.empty() || now >= next_at_) {
        open_due(now);
    }
}

time_point connect_race::next_deadline() const {
    auto next = never;
    for (const auto& item : open_) {
        next = std::min(next, item.started + options_.connect_timeout);
    }
    const bool has_next = !open_.empty() && next_ < candidates_.size() && can_race(next_);
    return has_next ? std::min(next, next_at_) : next;
}

}  // namespace sipha::resolver
