#include "sipha/resolver/resolution.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "resolver/src/plan.hpp"

namespace sipha::resolver {

struct resolution::state {
    std::optional<detail::sip_uri> uri;
    lookup_options options;
    detail::answers known;
    std::set<question> asked;
    detail::plan current;
    time_point deadline = never;    ///< end of the total budget
    time_point grace_ends = never;  ///< set once there is a candidate
    bool is_stale = true;           ///< an answer came since the plan was made
    bool is_done = false;

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

void resolution::answer(const question& asked, answer_ptr value, time_point expires) {
    if (state_->is_done || !value || !state_->asked.contains(asked)) {
        return;
    }
    if (state_->known.try_emplace(asked, std::move(value), expires).second) {
        state_->is_stale = true;
    }
}

std::vector<question> resolution::advance(time_point now) {
    auto& self = *state_;
    if (self.is_done) {
        return {};
    }
    std::vector<question> fresh;
    if (std::exchange(self.is_stale, false)) {
        self.current = detail::make_plan(*self.uri, self.options, self.known);
        if (self.current.missing.empty()) {
            self.is_done = true;
            return {};
        }
        for (auto* list : {&self.current.missing, &self.current.prefetch}) {
            for (auto& wanted : *list) {
                if (self.asked.insert(wanted).second) {
                    fresh.push_back(std::move(wanted));
                }
            }
        }
        if (!self.current.found.candidates.empty() && self.grace_ends == never) {
            self.grace_ends = now + self.options.grace;
        }
    }
    if (now >= next_deadline()) {
        self.finish_incomplete();
        return {};
    }
    return fresh;
}

bool resolution::is_done() const {
    return state_->is_done;
}

time_point resolution::next_deadline() const {
    return state_->is_done ? never : std::min(state_->deadline, state_->grace_ends);
}

std::error_code resolution::error() const {
    return state_->current.error;
}

lookup_result resolution::take_result() {
    return std::move(state_->current.found);
}

}  // namespace sipha::resolver
