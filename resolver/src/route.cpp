#include "resolver/src/route.hpp"

#include <algorithm>
#include <utility>

#include "resolver/src/warnings.hpp"

namespace sipha::resolver::detail {

route::route(std::string_view uri, lookup_options options, time_point now)
    : questions_(parse_sip_uri(uri).value_or(sip_uri{}), std::move(options)),
      deadline_(now + questions_.options().total_budget) {
    if (questions_.uri().host.empty()) {
        fixed_error_ = errc::bad_uri;
    }
}

route::route(stored_route_ptr stored, const lookup_options& options)
    : questions_({}, options),
      stored_(std::move(stored)),
      drawn_(draw_route(stored_->table, wish_of(options))),
      deadline_(never) {}

const route_table& route::table() const {
    return stored_ ? stored_->table : questions_.current().table;
}

bool route::is_waiting() const {
    return !stored_ && !fixed_error_ && questions_.current().is_waiting;
}

bool route::has_more() const {
    return !stored_ && !fixed_error_ && questions_.current().has_more;
}

void route::answer(const question& asked, known_answer value) {
    questions_.answer(asked, std::move(value));
}

std::vector<question> route::advance(time_point now, const health& places) {
    std::vector<question> asked;
    if (stored_ || fixed_error_) {
        return asked;
    }
    for (;;) {
        auto fresh = questions_.advance(now, wanted_);
        asked.insert(
            asked.end(),
            std::make_move_iterator(fresh.begin()),
            std::make_move_iterator(fresh.end())
        );
        redraw();
        const auto usable = usable_left(now, places);
        if (!has_more() || usable >= usable_at_hand) {
            break;
        }
        // More than was reached: the next plan goes at least one group further.
        wanted_ = questions_.current().reached + usable_at_hand - usable;
    }
    if (!is_exhausted(now, places)) {
        auto again = questions_.retry(now);
        asked.insert(asked.end(), again.begin(), again.end());
    }
    set_deadlines(now, places);
    return asked;
}

void route::redraw() {
    if (drawn_revision_ != questions_.revision()) {
        drawn_revision_ = questions_.revision();
        drawn_ = draw_route(table(), wish_of(questions_.options()));
    }
}

void route::set_deadlines(time_point now, const health& places) {
    const bool has_certain = !untried(drawn_.certain).empty();
    const bool has_any = has_certain || !untried(drawn_.candidates.size()).empty();
    if (has_certain || !has_any) {
        grace_ends_ = never;
        is_grace_over_ = false;
    } else if (grace_ends_ == never) {
        grace_ends_ = now + questions_.options().grace;
    }
    is_grace_over_ = is_grace_over_ || now >= grace_ends_;
    if (choose(now, places) || is_exhausted(now, places)) {
        deadline_ = never;
    } else if (deadline_ == never) {
        deadline_ = now + questions_.options().total_budget;
    }
    is_given_up_ = is_given_up_ || now >= deadline_;
    retry_at_ = is_exhausted(now, places) ? never : questions_.next_retry();
}

time_point route::next_deadline() const {
    if (stored_ || fixed_error_) {
        return never;
    }
    auto next = std::min(questions_.next_deadline(), retry_at_);
    if (!is_grace_over_) {
        next = std::min(next, grace_ends_);
    }
    return is_given_up_ ? next : std::min(next, deadline_);
}

bool route::was_handed_out(const candidate& place) const {
    return std::any_of(handed_out_.begin(), handed_out_.end(), [&place](const candidate& other) {
        return is_same_place(place, other);
    });
}

/// RFC 3263 4 leaves no way around a certificate: after a wrong one nothing goes in clear text.
bool route::is_shut(const candidate& place) const {
    return is_secure_only_ && !is_secure(place.transport);
}

/// Of the drawn candidates those that may be used now: nothing still open precedes them, or the
/// patience with what is open has ended.
std::size_t route::at_hand() const {
    return is_grace_over_ || is_given_up_ ? drawn_.candidates.size() : drawn_.certain;
}

std::vector<std::size_t> route::untried(std::size_t among) const {
    std::vector<std::size_t> left;
    for (std::size_t index = 0; index < among; ++index) {
        const auto& place = drawn_.candidates[index];
        if (!was_handed_out(place) && !is_shut(place)) {
            left.push_back(index);
        }
    }
    return left;
}

std::vector<candidate> route::places_at(const std::vector<std::size_t>& indexes) const {
    std::vector<candidate> list;
    list.reserve(indexes.size());
    for (const auto index : indexes) {
        list.push_back(drawn_.candidates[index]);
    }
    return list;
}

/// Nothing speaks against any place, or the caller judges places itself.
bool route::is_indifferent(const health& places) const {
    return places.is_clear() || questions_.options().health != health_use::overlay;
}

std::size_t route::usable_left(time_point now, const health& places) const {
    const auto left = untried(drawn_.candidates.size());
    const auto usable = std::count_if(left.begin(), left.end(), [&](std::size_t index) {
        return is_indifferent(places) ||
               places.standing_of(now, drawn_.candidates[index]) == standing::ok;
    });
    return static_cast<std::size_t>(usable) + questions_.current().expected;
}

std::optional<std::size_t> route::choose(time_point now, const health& places) const {
    const auto left = untried(at_hand());
    if (left.empty() || is_indifferent(places)) {
        return left.empty() ? std::nullopt : std::optional(left.front());
    }
    const auto order = places.order(now, places_at(left));
    if (order.empty()) {
        return std::nullopt;
    }
    const auto best = left[order.front()];
    // A place that is down comes after every usable one, also after those still to be found.
    const bool is_last_resort = places.standing_of(now, drawn_.candidates[best]) == standing::down;
    if (is_last_resort && !is_given_up_ && (is_waiting() || has_more())) {
        return std::nullopt;
    }
    return best;
}

std::optional<candidate> route::next(time_point now, health& places) {
    const auto chosen = choose(now, places);
    if (!chosen) {
        return std::nullopt;
    }
    const auto& place = drawn_.candidates[*chosen];
    if (is_shown()) {
        tell_passed_over(now, place, places);
    }
    if (!is_indifferent(places)) {
        places.claim(now, place);
    }
    handed_out_.push_back(place);
    return place;
}

bool route::is_ready(time_point now, const health& places) const {
    return choose(now, places).has_value() || is_exhausted(now, places);
}

bool route::is_exhausted(time_point now, const health& places) const {
    if (is_given_up_ || (!is_waiting() && !has_more())) {
        return !choose(now, places);
    }
    return false;
}

std::error_code route::error(time_point now, const health& places) const {
    if (fixed_error_ || !is_exhausted(now, places)) {
        return fixed_error_;
    }
    if (!handed_out_.empty()) {
        return is_secure_only_ ? errc::tls_identity : errc::exhausted;
    }
    if (!drawn_.candidates.empty()) {
        return errc::all_backoff;
    }
    const auto reason = stored_ ? std::error_code() : questions_.current().error;
    return reason ? reason : make_error_code(errc::dns_timeout);
}

std::optional<std::chrono::seconds> route::retry_in(time_point now, const health& places) const {
    return places.retry_in(now, places_at(untried(drawn_.candidates.size())));
}

void route::tell(step_kind kind, const candidate& place, std::string text) {
    auto& step = story_.emplace_back();
    step.kind = kind;
    step.name = place.to_string();
    step.text = step.name + ' ' + std::move(text);
}

void route::tell_passed_over(time_point now, const candidate& chosen, const health& places) {
    for (const auto index : untried(at_hand())) {
        const auto& place = drawn_.candidates[index];
        if (is_same_place(place, chosen)) {
            break;
        }
        const auto thought = places.standing_of(now, place);
        tell(step_kind::health, place, "passed over: " + std::string(name(thought)));
    }
}

void route::note_outcome(const candidate& target, const outcome& what) {
    if (!was_handed_out(target)) {
        return;
    }
    is_secure_only_ = is_secure_only_ || what.kind == outcome_kind::tls_identity;
    if (is_shown() && story_.size() < max_story) {
        tell(step_kind::attempt, target, std::string(name(what.kind)));
    }
}

std::vector<warning> route::warnings() const {
    auto list = stored_ ? stored_->warnings : questions_.current().warnings;
    if (drawn_.is_truncated) {
        add_warning(list, warning_kind::truncated, table().tls_name);
    }
    if (is_given_up_) {
        add_warning(list, warning_kind::incomplete, table().tls_name);
    }
    return list;
}

explanation route::steps() const {
    explanation all;
    if (is_shown()) {
        all = questions_.current().steps;
        draw_route(table(), wish_of(questions_.options()), &all);
        all.insert(all.end(), story_.begin(), story_.end());
    }
    return all;
}

}  // namespace sipha::resolver::detail
