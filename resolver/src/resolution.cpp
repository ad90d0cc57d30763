#include "sipha/resolver/resolution.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "resolver/src/plan.hpp"

namespace sipha::resolver {

struct resolution::state {
    std::optional<detail::sip_uri> uri;
    lookup_options options;
    detail::answers known;
    std::map<question, time_point> asked;  ///< with the time when its silence ends
    detail::plan current;
    time_point deadline = never;    ///< end of the total budget
    time_point grace_ends = never;  ///< set once there is a candidate
    bool is_stale = true;           ///< an answer came since the plan was made
    bool is_done = false;

    /// When the first question that the rules wait for has been silent long enough.
    time_point silence_ends() const {
        auto first = never;
        for (const auto& wanted : current.missing) {
            first = std::min(first, asked.at(wanted));
        }
        return first;
    }

    /// A silent question counts as failed, so that the rules can go on without it: SRV follows a
    /// lost NAPTR question, the next target a lost A question.
    void give_up_silent(time_point now) {
        for (const auto& wanted : current.missing) {
            if (asked.at(wanted) <= now) {
                auto silence = std::make_shared<dns_answer>();
                silence->error = errc::dns_timeout;
                is_stale = known.try_emplace(wanted, std::move(silence), never).second || is_stale;
            }
        }
    }

    /// Applies the rules to what is known. @returns the questions not asked before.
    std::vector<question> plan_again(time_point now) {
        std::vector<question> fresh;
        is_stale = false;
        current = detail::make_plan(*uri, options, known);
        if (current.missing.empty()) {
            is_done = true;
            return fresh;
        }
        for (const auto* list : {&current.missing, &current.prefetch}) {
            for (const auto& wanted : *list) {
                if (asked.try_emplace(wanted, now + options.question_budget).second) {
                    fresh.push_back(wanted);
                }
            }
        }
        if (!current.found.candidates.empty() && grace_ends == never) {
            grace_ends = now + options.grace;
        }
        return fresh;
    }

    void finish_incomplete() {
        is_done = true;
        current.found.warnings.push_back({warning_kind::incomplete, uri->host});
        if (current.found.candidates.empty()) {
            current.error = errc::dns_timeout;
        }
    }
};

resolution::resolution(std::string_view uri, lookup_options options, time_point now)
    : state_(std::make_unique<state>()) {
    state_->uri = detail::parse_sip_uri(uri);
    state_->options = std::move(options);
    state_->deadline = now + state_->options.total_budget;
    if (!state_->uri) {
        state_->is_done = true;
        state_->current.error = errc::bad_uri;
    }
}

resolution::~resolution() = default;
resolution::resolution(resolution&&) noexcept = default;
resolution& resolution::operator=(resolution&&) noexcept = default;

void resolution::answer(
    const question& asked, answer_ptr value, time_point expires, freshness age
) {
    if (state_->is_done || !value || !state_->asked.contains(asked)) {
        return;
    }
    const bool is_old = age == freshness::stale;
    if (state_->known.try_emplace(asked, std::move(value), expires, is_old).second) {
        state_->is_stale = true;
    }
}

std::vector<question> resolution::advance(time_point now) {
    auto& self = *state_;
    if (self.is_done) {
        return {};
    }
    if (!self.is_stale) {
        self.give_up_silent(now);
    }
    std::vector<question> fresh;
    if (self.is_stale) {
        fresh = self.plan_again(now);
    }
    if (!self.is_done && now >= std::min(self.deadline, self.grace_ends)) {
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
    return std::min({state_->deadline, state_->grace_ends, state_->silence_ends()});
}

std::error_code resolution::error() const {
    return state_->current.error;
}

lookup_result resolution::take_result() {
    return std::move(state_->current.found);
}

}  // namespace sipha::resolver
