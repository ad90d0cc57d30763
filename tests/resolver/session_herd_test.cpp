#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "resolver/src/draw.hpp"
#include "tests/resolver/support/session_world.hpp"

namespace sipha::resolver::test {
namespace {

using namespace std::chrono_literals;

// Criterion 8, case 92.
TEST(SessionHerd, FailbackWaitsForGoodProbesAndTheHoldDown) {
    for (const bool is_fast : {true, false}) {
        const auto options = is_fast ? fast() : field();
        world edges;
        edges.set(s1, edge_mode::refusing);
        auto one = running(edges, options, {place(1, 1), place(2, 2)});
        one->run(10s);
        ASSERT_EQ(one->target(), s2);
        one->run(300s);
        edges.set(s1, edge_mode::alive);
        one->story();
        one->run(600s);
        ASSERT_EQ(one->target(), s1);
        const auto& back = one->events[one->events.size() - 2];
        EXPECT_EQ(back.event.reason, session_reason::failback);
        const auto earliest = 300'000 + options.hold_down.count();
        EXPECT_GE(back.at_ms, earliest);
        EXPECT_LE(
            back.at_ms, earliest + (options.failback_jitter + options.backup_interval).count() + 100
        );
        EXPECT_EQ(back.event.register_after, 0ms);
    }
}

TEST(SessionHerd, FailbackNeverHappensDuringACall) {
    world edges;
    edges.set(s1, edge_mode::refusing);
    auto one = running(edges, fast(), {place(1, 1), place(2, 2)});
    one->set_busy(busy::yes);
    edges.set(s1, edge_mode::alive);
    one->run(120s);
    EXPECT_EQ(one->target(), s2);
    one->set_busy(busy::no);
    one->run(121s);
    EXPECT_EQ(one->target(), s1);
}

TEST(SessionHerd, DeathDuringACallStillMoves) {
    world edges;
    auto one = running(edges, fast());
    one->set_busy(busy::yes);
    edges.set(s1, edge_mode::refusing);
    one->run(300ms);
    EXPECT_EQ(one->target(), s2);
}

// Criterion 8: a server that comes and goes each 10 s.
TEST(SessionHerd, FlappingServerCausesAtMostOneMovePerHoldDown) {
    for (const bool is_fast : {true, false}) {
        const auto options = is_fast ? fast() : field();
        world edges;
        auto one = running(edges, options, {place(1, 1), place(2, 2)});
        for (int turn = 1; turn <= 60; ++turn) {
            one->run(10s * turn);
            edges.set(s1, turn % 2 != 0 ? edge_mode::refusing : edge_mode::alive);
        }
        std::vector<long long> failbacks;
        for (const auto& item : one->events) {
            if (item.event.reason == session_reason::failback) {
                failbacks.push_back(item.at_ms);
            }
        }
        if (!is_fast) {
            EXPECT_TRUE(failbacks.empty());  // 10 s of life never fill a hold-down of 60 s
        }
        for (std::size_t index = 1; index < failbacks.size(); ++index) {
            EXPECT_GE(failbacks[index] - failbacks[index - 1], options.hold_down.count());
        }
        // From the second one on it must hold for twice as long, which 10 s hardly ever do.
        EXPECT_LE(failbacks.size(), 3u) << one->story();
    }
}

TEST(SessionHerd, BatteryProfileSendsNothingBesideItsCanary) {
    world edges;
    auto one = running(edges, make_session_options(probe_profile::battery));
    EXPECT_EQ(one->plan.state(), session_state::pinned);
    one->run(600s);
    EXPECT_EQ(one->probes.canaries[s1], 1u);
    EXPECT_TRUE(one->probes.options.empty());
    edges.set(s1, edge_mode::refusing);
    one->run(600'010ms);
    EXPECT_EQ(one->target(), s2);
}

// RFC 5626 4.5.
TEST(SessionHerd, RegistrationDelayDoublesFromItsBaseToHalfAnHour) {
    world edges;
    phone one(edges, field());
    for (const auto& [failures, which, bound] :
         {std::tuple{1u, flows_failed::all, 60'000},
          {3u, flows_failed::all, 240'000},
          {1u, flows_failed::some, 180'000},
          {20u, flows_failed::some, 1'800'000},
          {4'000'000'000u, flows_failed::all, 1'800'000}}) {
        const auto wait = one.plan.registration_delay(failures, which);
        EXPECT_GE(wait.count(), bound / 2);
        EXPECT_LE(wait.count(), bound);
    }
}

TEST(SessionHerd, ProbesStayWithinTheBudgetOfTheFieldProfile) {
    world edges;
    auto one = running(edges, field(), three(transport::udp), 3600s);
    one->run(1h);
    // Every 8 to 10 s the target, every 48 to 60 s each backup.
    EXPECT_GE(one->probes.options[s1], 360u);
    EXPECT_LE(one->probes.options[s1], 452u);
    EXPECT_LE(one->probes.options[s2] + one->probes.options[s3], 2 * 76u);
    EXPECT_EQ(one->probes.canaries[s1], 1u);
    EXPECT_LE(one->probes.most_open, 4u);
    EXPECT_EQ(one->events.size(), 2u);
}

// Criterion 13: 1,000 phones on one dead server.
TEST(SessionHerd, HerdSpreadsOverTimeAndByWeightOverTheSurvivors) {
    world edges;
    std::map<std::string, int> survivors;
    std::vector<long long> arrivals;
    for (std::uint64_t number = 1; number <= 1000; ++number) {
        // As the weighted draw of an account gives it: weights 75 and 25 among the survivors.
        const bool is_heavy = detail::keyed_draw(number, "order").below(100) < 75;
        phone one(edges, field(), number);
        one.set_dns({place(1), place(is_heavy ? 2 : 3), place(is_heavy ? 3 : 2)});
        one.run(1s);
        edges.set(s1, edge_mode::refusing);
        one.run(1020ms);
        edges.set(s1, edge_mode::alive);
        ++survivors[one.target()];
        const auto moved = one.events.back().event.reason == session_reason::alive
                               ? one.events[one.events.size() - 2]
                               : one.events.back();
        arrivals.push_back(moved.at_ms + moved.event.register_after.count());
    }
    std::sort(arrivals.begin(), arrivals.end());
    EXPECT_GE(arrivals.back() - arrivals.front(), 1000);
    // No tenth of the time takes more than its share by five standard deviations.
    for (std::size_t from = 0; from < arrivals.size(); ++from) {
        const auto to = std::upper_bound(arrivals.begin(), arrivals.end(), arrivals[from] + 120);
        EXPECT_LE(to - arrivals.begin() - static_cast<long>(from), 100 + 5 * 10);
    }
    const double sigma = std::sqrt(1000 * 0.75 * 0.25);
    EXPECT_NEAR(survivors[s2], 750, 5 * sigma);
    EXPECT_EQ(survivors[s2] + survivors[s3], 1000);
}

TEST(SessionHerd, HerdThatReturnsSpreadsOverTheJitter) {
    world edges;
    edges.set(s1, edge_mode::refusing);
    std::vector<long long> arrivals;
    for (std::uint64_t number = 1; number <= 100; ++number) {
        edges.set(s1, edge_mode::refusing);
        phone one(edges, field(), number);
        one.set_dns({place(1, 1), place(2, 2)});
        one.run(100s);
        edges.set(s1, edge_mode::alive);
        one.run(300s);
        for (const auto& item : one.events) {
            if (item.event.reason == session_reason::failback) {
                arrivals.push_back(item.at_ms);
            }
        }
    }
    ASSERT_EQ(arrivals.size(), 100u);
    const auto [first, last] = std::minmax_element(arrivals.begin(), arrivals.end());
    EXPECT_GE(*last - *first, 30'000);
}

TEST(SessionHerd, ManyPlacesKeepTheProbeBudget) {
    edge_world edges;  // all black holes
    std::vector<candidate> many;
    for (unsigned host = 1; host <= 100; ++host) {
        many.push_back(place(host, host));
    }
    auto one = running(edges, fast(), many);
    one->run(120s);
    EXPECT_LE(one->probes.most_open, detail::session_plan::max_open_probes);
    one->plan.stop();
    one->run(121s);
}

}  // namespace
}  // namespace sipha::resolver::test
