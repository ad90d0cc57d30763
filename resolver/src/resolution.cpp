#include "sipha/resolver/resolution.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "resolver/src/inquiry.hpp"
#include "resolver/src/resolution_access.hpp"
#include "resolver/src/route_table.hpp"
#include "resolver/src/warnings.hpp"

namespace sipha::resolver {

struct resolution::state {
    state(detail::sip_uri uri, lookup_options options, time_point now)
        : questions(std::move(uri), std::move(options)),
          deadline(now + questions.options().total_budget) {}

    detail::inquiry questions;
    time_point deadline;            ///< end of the total budget
    time_point grace_ends = never;  ///< set once there is a candidate
    bool is_done = false;
    bool is_incomplete = false;
    std::error_code error;

    const detail::plan& plan() const { return questions.current(); }

    void finish(std::error_code reason) {
        is_done = true;
        error = reason;
    }

    /// The time is over: what there is must do.
    void finish_incomplete() {
        is_incomplete = true;
        const bool has_candidates = plan().table.places != 0;
        finish(has_candidates ? std::error_code() : make_error_code(errc::dns_timeout));
        detail::add_warning(
            questions.current().warnings,
            warning_kind::incomplete,
            questions.uri().maddr.value_or(questions.uri().host)
        );
    }
};

resolution::resolution(std::string_view uri, lookup_options options, time_point now) {
    auto parsed = detail::parse_sip_uri(uri);
    const bool is_uri = parsed.has_value();
    state_ = std::make_unique<state>(
        std::move(parsed).value_or(detail::sip_uri{}), std::move(options), now
    );
    if (!is_uri) {
        state_->finish(errc::bad_uri);
    }
}

resolution::resolution(const via_target& via, lookup_options options, time_point now) {
    // RFC 3263 5: the response goes over the transport of the request, whatever else is enabled.
    options.transports = {via.transport};
    auto uri = detail::uri_of(via);
    const bool is_host = uri.has_value();
    state_ = std::make_unique<state>(
        std::move(uri).value_or(detail::sip_uri{}), std::move(options), now
    );
    if (!is_host) {
        state_->finish(errc::bad_uri);
    }
}

resolution::~resolution() = default;
resolution::resolution(resolution&&) noexcept = default;
resolution& resolution::operator=(resolution&&) noexcept = default;

void resolution::answer(
    const question& asked, answer_ptr value, time_point expires, freshness age
) {
    if (!state_->is_done) {
        state_->questions.answer(asked, {std::move(value), expires, age == freshness::stale});
    }
}

std::vector<question> resolution::advance(time_point now) {
    auto& self = *state_;
    if (self.is_done) {
        return {};
    }
    auto fresh = self.questions.advance(now, detail::demand_all);
    const auto& plan = self.plan();
    if (!plan.is_waiting) {
        self.finish(plan.error);
        return {};
    }
    if (plan.table.places != 0 && self.grace_ends == never) {
        self.grace_ends = now + self.questions.options().grace;
    }
    if (now >= std::min(self.deadline, self.grace_ends)) {
        self.finish_incomplete();
        return {};
    }
    return fresh;
}

bool resolution::is_done() const {
    return state_->is_done;
}

time_point resolution::next_deadline() const {
    if (state_->is_done) {
        return never;
    }
    return std::min({state_->deadline, state_->grace_ends, state_->questions.next_deadline()});
}

std::error_code resolution::error() const {
    return state_->error;
}

lookup_result resolution::take_result() {
    return detail::result_of(state_->questions);
}

namespace detail {

lookup_result result_of(inquiry& questions) {
    lookup_result out;
    auto& plan = questions.current();
    out.warnings = std::move(plan.warnings);
    out.steps = std::move(plan.steps);
    const auto& options = questions.options();
    const bool is_explaining = options.explain == explain_level::full;
    auto drawn = draw_route(plan.table, wish_of(options), is_explaining ? &out.steps : nullptr);
    out.candidates = std::move(drawn.candidates);
    if (drawn.is_truncated) {
        add_warning(out.warnings, warning_kind::truncated, plan.table.tls_name);
    }
    return out;
}

const inquiry* resolution_access::complete(const resolution& of) {
    const auto& self = *of.state_;
    const bool is_complete = self.is_done && !self.error && !self.is_incomplete;
    return is_complete ? &self.questions : nullptr;
}

}  // namespace detail
}  // namespace sipha::resolver
