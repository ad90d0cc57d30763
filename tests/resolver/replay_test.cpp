// The cases whose DNS a real server can serve, asked of NSD through c-ares: what the doubles of the
// other tests say about the DNS is held against the real thing.
#include <gtest/gtest.h>

#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sipha/resolver/engine.hpp>

#include "tests/resolver/cases/case_file.hpp"
#include "tests/resolver/cases/lookup_checks.hpp"
#include "tests/resolver/cases/master_file.hpp"
#include "tests/resolver/cases/options_text.hpp"
#include "tests/resolver/cases/zone_text.hpp"
#include "tests/resolver/support/nsd.hpp"

namespace sipha::resolver::test::cases {
namespace {

/// Keys of a step that a lookup in real time can answer, or may leave alone.
constexpr std::string_view timeless_keys[] = {
    "lookup",
    "expect",
    "expect_count",
    "warnings",
    "tls_name",
    "priorities",
    "without_idn",
    "queries",
    "asked",
    "not_asked",
    "repeats",
    "count",
    "over_tcp"};

bool is_timeless(const fields& step) {
    const auto keys = step.unread();
    return step.has("lookup") && std::all_of(keys.begin(), keys.end(), [](const auto& key) {
               return std::find(std::begin(timeless_keys), std::end(timeless_keys), key) !=
                      std::end(timeless_keys);
           });
}

/// A run of a case moved under a label of its own.
struct replay {
    std::string label;
    case_run run;
    zone_text zone;
};

/// A name so long that a label more changes the case stays out.
bool can_move(const fields& step) {
    return step.text("lookup").find('{') == std::string::npos;
}

std::vector<replay> choose(const std::vector<case_text>& all) {
    std::vector<replay> out;
    for (const auto& item : all) {
        for (std::size_t index = 0; index < item.runs.size(); ++index) {
            const auto& run = item.runs[index];
            const auto& steps = run.steps;
            auto zone = make_zone_text(run.setup.text_or("zone", ""), run.setup.map("repeat"));
            if (item.needs.empty() && zone.is_plain && !run.setup.has("servers") &&
                std::all_of(steps.begin(), steps.end(), is_timeless) &&
                std::all_of(steps.begin(), steps.end(), can_move)) {
                auto label = "c" + std::to_string(item.number) + "r" + std::to_string(index + 1);
                out.push_back({std::move(label), run, std::move(zone)});
            }
        }
    }
    return out;
}

lookup_answer look_up(engine& on, const std::string& uri, const lookup_options& options) {
    lookup_answer out;
    bool is_done = false;
    on.resolve(uri, options, [&](std::error_code error, lookup_result result) {
        out = {error, std::move(result)};
        is_done = true;
    });
    for (on.process(); !is_done; on.process()) {
        pollfd ready{on.fd(), POLLIN, 0};
        const auto limit = on.timeout();
        poll(&ready, 1, limit ? static_cast<int>(limit->count()) : -1);
    }
    return out;
}

/// The answer with the label gone from its names, as the case expects them.
lookup_answer moved_back(lookup_answer got, const std::string& label) {
    const auto move_back = [&label](std::string& name) {
        if (const auto at = name.find(label + '.'); at != std::string::npos) {
            name.erase(at, label.size() + 1);
        }
    };
    for (auto& item : got.result.warnings) {
        move_back(item.subject);
    }
    for (auto& item : got.result.candidates) {
        move_back(item.tls_name);
    }
    return got;
}

TEST(Replay, RealServerGivesWhatTheCasesSay) {
    if (!nsd::is_installed()) {
        GTEST_SKIP() << "nsd is not installed: the cases are not held against a real server";
    }
    const auto chosen = choose(load_cases(SIPHA_TEST_DATA "/resolver/cases.yaml"));
    EXPECT_GE(chosen.size(), 60u);
    auto file = master_head();
    for (const auto& item : chosen) {
        file += master_lines(item.zone, item.label);
    }
    const nsd server("ex", file);
    engine_options options;
    options.servers = {server.place()};
    engine lookups(options);
    verdict out;
    for (const auto& item : chosen) {
        const auto how = parse_options(item.run.setup.map("options")).lookup;
        for (const auto& step : item.run.steps) {
            auto got = look_up(lookups, moved(step.text("lookup"), item.label), how);
            check_answer(moved_back(std::move(got), item.label), step, out);
        }
    }
    for (const auto& problem : out.problems()) {
        ADD_FAILURE() << problem;
    }
    std::printf("%zu runs of cases replayed\n", chosen.size());
}

}  // namespace
}  // namespace sipha::resolver::test::cases
