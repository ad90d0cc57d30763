#include "tests/resolver/cases/request_steps.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include <sipha/resolver/failover.hpp>

#include "tests/resolver/cases/notation.hpp"
#include "tests/resolver/cases/race.hpp"
#include "tests/resolver/cases/route_source.hpp"
#include "tests/resolver/cases/transaction.hpp"

namespace sipha::resolver::test::cases {
namespace {

/// Longer than timers B and F over three places; a call may ring on.
constexpr std::chrono::seconds patience{120};

request_kind kind_of(const std::string& method) {
    if (method == "INVITE") {
        return request_kind::invite;
    }
    const bool is_prompt = method == "REGISTER" || method == "OPTIONS";
    return is_prompt ? request_kind::prompt : request_kind::other;
}

/// Steps them all, with the engine, until they are over or patience ends.
void play(world& here, std::vector<std::unique_ptr<transaction>>& all) {
    const auto end = here.now() + patience;
    for (;;) {
        here.settle();
        auto next = end;
        bool is_over = true;
        for (const auto& one : all) {
            one->step();
            next = std::min(next, one->next_deadline());
            is_over = is_over && one->is_over();
        }
        if (is_over || here.now() >= end) {
            return;
        }
        bool has_heard = false;
        for (const auto& one : all) {
            has_heard = one->hear() || has_heard;
        }
        if (!has_heard) {
            here.run_to_next(next);
        }
    }
}

std::vector<candidate> look_up(world& here, const std::string& uri) {
    std::vector<candidate> found;
    bool is_done = false;
    here.engine().resolve(uri, here.options(), [&](std::error_code, lookup_result result) {
        found = std::move(result.candidates);
        is_done = true;
    });
    here.run_until(here.now() + patience, [&is_done] { return is_done; });
    return found;
}

}  // namespace

void run_request(world& here, const fields& step, memory& past, verdict& out) {
    const auto words = words_of(step.text("request"));
    auto options = here.failover();
    options.kind = kind_of(words.at(0));
    const peers places(step.table("with"));
    std::vector<std::unique_ptr<transaction>> all;
    for (std::size_t index = 0; index < step.number("count").value_or(1); ++index) {
        all.push_back(std::make_unique<transaction>(here, words.at(1), options, places));
        if (const auto patience_of_user = step.duration("abandon")) {
            all.back()->abandon_at(here.now() + *patience_of_user);
        }
    }
    play(here, all);
    std::map<std::string, std::string> counts;
    for (const auto& one : all) {
        if (step.has("expect")) {
            const auto problem = mismatch(step.text("expect"), one->trace());
            out.expect(!problem, step.where(), problem.value_or(""));
        }
        for (const auto& [pattern, count] : step.table("expect_each")) {
            auto& so_far = counts[pattern];
            so_far += mismatch(pattern, one->trace()) ? "" : "x";
        }
        for (const auto& fault : one->faults()) {
            out.fail(step.where(), fault + ": " + one->trace());
        }
        const auto retry_in = step.duration("retry_in");
        out.expect(!retry_in || one->retry_in() == *retry_in, step.where(), "another retry_in");
    }
    for (const auto& [pattern, count] : step.table("expect_each")) {
        const auto seen = counts[pattern].size();
        const auto told = std::to_string(seen) + " times: " + pattern;
        out.expect(seen == std::stoul(count), step.where(), told);
    }
    if (step.flag("remember").value_or(false)) {
        past.place = all.front()->last_place();
    }
}

void run_ack(world& here, const fields& step, const memory& past, verdict& out) {
    auto found = look_up(here, step.text("ack_2xx"));
    prefer(found, past.place.value());
    const auto wanted = step.text("expect");
    const auto expected = wanted == "same" ? place_text(*past.place) : wanted;
    const auto got = found.empty() ? "nothing" : place_text(found.front());
    out.expect(got == expected, step.where(), "the ACK goes to " + got + ", not " + expected);
}

void run_connect(world& here, const fields& step, verdict& out) {
    auto found = look_up(here, step.text("connect"));
    std::map<std::string, world::duration> delays;
    for (const auto& [place, delay] : step.table("with")) {
        delays[place] = parse_duration(delay);
    }
    race connections(here, std::move(found), std::move(delays));
    connections.run();
    const auto problem = mismatch(step.text("expect"), connections.trace());
    out.expect(!problem, step.where(), problem.value_or(""));
}

void run_route(world& here, const fields& step, verdict& out) {
    route_source route(here, step.text("route"));
    const auto began = here.now();
    std::optional<time_point> first_at;
    std::vector<candidate> taken;
    here.settle();
    while (!route.is_exhausted() && here.now() < began + patience) {
        if (auto next = route.next()) {
            first_at = first_at.value_or(here.now());
            taken.push_back(std::move(*next));
            here.settle();
        } else if (!route.is_exhausted()) {
            here.run_to_next(began + patience);
        }
    }
    const auto problem = mismatch(step.text("expect"), places_text(taken));
    out.expect(!problem, step.where(), problem.value_or(""));
    const auto limit = step.duration("first_within");
    const bool is_prompt = !limit || (first_at && *first_at <= began + *limit);
    out.expect(is_prompt, step.where(), "the first candidate came late");
}

}  // namespace sipha::resolver::test::cases
