#include "sipha/resolver/failover.hpp"

#include <algorithm>

namespace sipha::resolver {
namespace {

failover_result result_of(outcome_kind what) {
    switch (what) {
        case outcome_kind::timeout:
            return failover_result::timed_out;
        case outcome_kind::tls_identity:
            return failover_result::tls_identity;
        default:
            return failover_result::unreachable;
    }
}

}  // namespace

failover::failover(failover_options options) : options_(std::move(options)) {}

void failover::start(time_point now) {
    if (phase_ != phase::idle) {
        return;
    }
    phase_ = phase::searching;
    send_next(now);
}

void failover::want() {
    if (!has_wanted_ && !is_exhausted_) {
        has_wanted_ = true;
        effects_.emplace_back(want_candidate{});
    }
}

void failover::offer(time_point now, const candidate& target) {
    has_wanted_ = false;
    // A wrong certificate is no reason to talk without one (RFC 5922 7.3).
    if (is_done() || is_exhausted_ || (is_secure_only_ && !is_secure(target.transport))) {
        if (phase_ == phase::searching || current_.is_silent) {
            want();
        }
        return;
    }
    if (offered_.size() < options_.max_attempts) {
        offered_.push_back(target);
    }
    if (phase_ == phase::searching) {
        send_next(now);
    } else if (phase_ == phase::calling && current_.is_silent) {
        fail(now, {outcome_kind::timeout, std::nullopt}, failover_result::timed_out);
    }
}

void failover::no_more(time_point now, std::optional<std::chrono::seconds> retry_in) {
    has_wanted_ = false;
    is_exhausted_ = true;
    retry_in_ = retry_in;
    if (phase_ == phase::searching) {
        send_next(now);
    }
}

void failover::send_next(time_point now) {
    if (is_cancelled_) {
        finish(failover_result::cancelled, last_status_);
        return;
    }
    const bool is_limit = current_.id.number >= options_.max_attempts;
    if (offered_.empty() && !is_exhausted_ && !is_limit) {
        phase_ = phase::searching;
        want();
        return;
    }
    if (offered_.empty() || is_limit) {
        const bool has_sent = current_.id.number != 0;
        finish(!has_sent && retry_in_ ? failover_result::all_backoff : last_result_, last_status_);
        return;
    }
    attempt_state next;
    next.id = {current_.id.number + 1, std::move(offered_.front())};
    offered_.pop_front();
    next.started = now;
    if (options_.early == early_failover::probe) {
        const auto wait =
            options_.kind == request_kind::prompt ? options_.prompt_limit : options_.probe_after;
        next.probe_at = now + wait;
    }
    current_ = std::move(next);
    phase_ = phase::calling;
    effects_.emplace_back(send_request{current_.id});
}

void failover::leave(time_point now) {
    const bool can_answer_late = options_.kind == request_kind::invite && phase_ == phase::calling;
    const auto until = current_.started + options_.transaction_timeout;
    if (can_answer_late && until > now) {
        old_.push_back({current_.id, until, false});
    }
}

void failover::fail(time_point now, const outcome& what, failover_result result) {
    effects_.emplace_back(mark_place{current_.id.target, what});
    if (what.kind == outcome_kind::tls_identity) {
        is_secure_only_ = true;
        std::erase_if(offered_, [](const candidate& target) {
            return !is_secure(target.transport);
        });
    }
    // Once a certificate was wrong, that is what the user must hear, whatever fails afterwards.
    last_result_ = is_secure_only_ ? failover_result::tls_identity : result;
    last_status_ = 0;
    if (what.kind == outcome_kind::timeout) {
        leave(now);
    }
    phase_ = phase::searching;
    send_next(now);
}

void failover::on_failure(time_point now, unsigned attempt, outcome_kind what) {
    std::erase_if(old_, [attempt](const old_attempt& old) { return old.id.number == attempt; });
    if (attempt != current_.id.number || what == outcome_kind::ok) {
        return;
    }
    if (phase_ == phase::proceeding) {
        // RFC 3263 4.3: a server that answered is not left. The request may have been acted on,
        // so sending it elsewhere could ring the same phone twice.
        effects_.emplace_back(mark_place{current_.id.target, {what, std::nullopt}});
        finish(failover_result::flow_lost);
    } else if (phase_ == phase::calling) {
        fail(now, {what, std::nullopt}, result_of(what));
    }
}

bool failover::is_failover_code(std::uint16_t status) const {
    const auto& codes = options_.failover_codes;
    return status == 503 || std::find(codes.begin(), codes.end(), status) != codes.end();
}

void failover::on_response(
    time_point now,
    unsigned attempt,
    std::uint16_t status,
    std::optional<std::chrono::seconds> retry_after
) {
    if (status < 100 || status > 699) {
        return;
    }
    const auto old = std::find_if(old_.begin(), old_.end(), [attempt](const old_attempt& item) {
        return item.id.number == attempt;
    });
    if (old != old_.end()) {
        late_response(*old, status);
        if (status >= 200) {
            old_.erase(old);
        }
        return;
    }
    if (attempt != current_.id.number ||
        (phase_ != phase::calling && phase_ != phase::proceeding)) {
        return;
    }
    if (status != 503 && !current_.is_ok) {
        current_.is_ok = true;
        effects_.emplace_back(mark_place{current_.id.target, {}});
    }
    if (status >= 200) {
        final_response(now, status, retry_after);
        return;
    }
    if (phase_ == phase::calling) {
        phase_ = phase::proceeding;
        if (is_cancelled_ && options_.kind == request_kind::invite) {
            effects_.emplace_back(send_cancel{current_.id});
        }
    }
}

void failover::final_response(
    time_point now, std::uint16_t status, std::optional<std::chrono::seconds> retry_after
) {
    if (options_.kind == request_kind::invite && status >= 300) {
        effects_.emplace_back(send_ack{current_.id});
    }
    // A 503 after a 100 still is a refusal of this server (RFC 3263 4.3), not of the callee.
    if (!is_failover_code(status) || is_cancelled_) {
        finish(failover_result::answered, status);
        return;
    }
    if (status == 503) {
        effects_.emplace_back(mark_place{
            current_.id.target, {outcome_kind::unavailable, retry_after}});
    }
    last_result_ = is_secure_only_ ? failover_result::tls_identity : failover_result::answered;
    last_status_ = status;
    phase_ = phase::searching;
    send_next(now);
}

void failover::late_response(old_attempt& old, std::uint16_t status) {
    if (status >= 300) {
        effects_.emplace_back(send_ack{old.id});
    } else if (status >= 200) {
        effects_.emplace_back(end_late_call{old.id});
    } else if (!old.is_cancelled) {
        old.is_cancelled = true;  // RFC 3261 9.1: possible from the first provisional response on
        effects_.emplace_back(send_cancel{old.id});
    }
}

void failover::on_probe(time_point now, unsigned attempt, outcome_kind what) {
    if (attempt != current_.id.number || phase_ != phase::calling ||
        current_.probe_until == never) {
        return;
    }
    current_.probe_until = never;
    if (what != outcome_kind::ok) {
        silent(now);  // it lives: timer B or F decides (case "answers OPTIONS, not INVITE")
    }
}

void failover::silent(time_point now) {
    current_.is_silent = true;
    if (offered_.empty()) {
        want();  // without another candidate, waiting on is all that is left
        return;
    }
    fail(now, {outcome_kind::timeout, std::nullopt}, failover_result::timed_out);
}

void failover::timed_out(time_point now) {
    if (is_cancelled_) {
        finish(failover_result::cancelled);
        return;
    }
    fail(now, {outcome_kind::timeout, std::nullopt}, failover_result::timed_out);
}

void failover::cancel(time_point now) {
    if (is_done() || is_cancelled_) {
        return;
    }
    is_cancelled_ = true;
    offered_.clear();
    if (phase_ == phase::idle || phase_ == phase::searching) {
        phase_ = phase::searching;
        send_next(now);
        return;
    }
    current_.probe_at = never;
    current_.probe_until = never;
    current_.is_silent = false;
    if (phase_ == phase::proceeding && options_.kind == request_kind::invite) {
        effects_.emplace_back(send_cancel{current_.id});
    }
}

void failover::advance(time_point now) {
    std::erase_if(old_, [now](const old_attempt& old) { return now >= old.until; });
    if (phase_ == phase::proceeding && options_.kind != request_kind::invite &&
        now >= current_.started + options_.transaction_timeout) {
        finish(failover_result::timed_out);  // RFC 3261 17.1.2.2: timer F also after a 1xx
        return;
    }
    if (phase_ != phase::calling) {
        return;
    }
    if (now >= current_.started + options_.transaction_timeout) {
        timed_out(now);
        return;
    }
    if (now >= current_.probe_at) {
        current_.probe_at = never;
        if (options_.kind == request_kind::prompt) {
            silent(now);
            return;
        }
        current_.probe_until = now + options_.probe_limit;
        effects_.emplace_back(send_probe{current_.id});
    }
    if (now >= current_.probe_until) {
        current_.probe_until = never;
        silent(now);
    }
}

time_point failover::next_deadline() const {
    auto next = never;
    for (const auto& old : old_) {
        next = std::min(next, old.until);
    }
    const bool has_timer = phase_ == phase::calling ||
                           (phase_ == phase::proceeding && options_.kind != request_kind::invite);
    if (has_timer) {
        next = std::min(next, current_.started + options_.transaction_timeout);
    }
    if (phase_ == phase::calling) {
        next = std::min({next, current_.probe_at, current_.probe_until});
    }
    return next;
}

void failover::finish(failover_result result, std::uint16_t status) {
    phase_ = phase::done;
    effects_.emplace_back(transaction_done{result, current_.id, status, retry_in_});
}

void prefer(std::vector<candidate>& candidates, const candidate& used) {
    const auto found =
        std::find_if(candidates.begin(), candidates.end(), [&used](const candidate& target) {
            return is_same_place(target, used);
        });
    if (found != candidates.end()) {
        std::rotate(candidates.begin(), found, found + 1);
    }
}

}  // namespace sipha::resolver
