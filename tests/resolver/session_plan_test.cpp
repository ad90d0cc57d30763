#include "resolver/src/session_plan.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/resolver/support/session_world.hpp"

namespace sipha::resolver::test {
namespace {

using namespace std::chrono_literals;

TEST(SessionPlan, FirstPlaceIsTargetAtOnceAndPinnedWhenItAnswers) {
    world edges;
    const auto one = running(edges, field());
    EXPECT_EQ(one->story(), "5 migrating located 192.0.2.1; 15 pinned alive 192.0.2.1");
    EXPECT_EQ(one->events[0].event.register_after, 0ms);
    // One OPTIONS and one canary: nobody else is bothered while the first one answers.
    EXPECT_EQ(one->probes.options[s1], 1u);
    EXPECT_EQ(one->probes.canaries[s1], 1u);
    EXPECT_EQ(one->probes.options[s2], 0u);
}

// Criterion 1: both servers of the first level refuse.
TEST(SessionPlan, ColdStartBeforeRefusingServersTakesRoundTrips) {
    world edges;
    edges.set(s1, edge_mode::refusing);
    edges.set(s2, edge_mode::refusing);
    const auto one = running(edges, fast());
    EXPECT_EQ(one->target(), s3);
    EXPECT_LE(left_at(*one, s2), 100);
    EXPECT_EQ(one->plan.state(), session_state::pinned);
}

// Criterion 2: both are black holes.
TEST(SessionPlan, ColdStartBeforeBlackHolesTakesLessThan2500ms) {
    for (const auto over : {transport::udp, transport::tcp, transport::tls}) {
        world edges;
        edges.set(s1, edge_mode::black_hole);
        edges.set(s2, edge_mode::black_hole);
        for (const auto& options : {fast(), field()}) {
            const auto one = running(edges, options, three(over));
            one->run(2500ms);
            EXPECT_EQ(one->target(), s3) << name(over);
            EXPECT_LE(left_at(*one, s2), 1300) << name(over);
        }
    }
}

// Criterion 3; RFC 3261 21.5.4.
TEST(SessionPlan, UnavailableMovesAtOnceAndAvoidsForRetryAfter) {
    world edges;
    auto one = running(edges, fast());
    one->story();
    one->report(place(1), outcome_kind::unavailable, 20);
    EXPECT_EQ(one->story(), "200 migrating unavailable 192.0.2.2");
    const auto asked = one->probes.options[s1];
    one->run(20s);
    EXPECT_EQ(one->probes.options[s1], asked);  // not even probed
    one->run(60s);
    EXPECT_GT(one->probes.options[s1], asked);
    EXPECT_EQ(one->target(), s2);
}

TEST(SessionPlan, UnavailableWithoutRetryAfterIsAvoidedFor30Seconds) {
    world edges;
    auto list = three();
    list[1].rank.srv_priority = 15;  // a level of its own, so that failback is possible
    auto one = running(edges, fast(), list);
    one->report(place(1), outcome_kind::unavailable);
    EXPECT_EQ(one->target(), s2);
    EXPECT_TRUE(one->known.is_clear());
    one->run(30s);
    EXPECT_EQ(one->target(), s2);
    one->run(40s);
    EXPECT_EQ(one->target(), s1);
}

TEST(SessionPlan, RegistrationIsNeverAbandonedWhenAllSayUnavailable) {
    world edges;
    auto one = running(edges, fast());
    one->report(place(1), outcome_kind::unavailable);
    one->report(place(2), outcome_kind::unavailable);
    one->story();
    one->report(place(3), outcome_kind::unavailable);
    EXPECT_EQ(one->story(), "200 stranded unavailable 192.0.2.1");
    EXPECT_GE(one->events.back().event.register_after, 30s);
    one->run(31s);
    EXPECT_EQ(one->plan.state(), session_state::pinned);
}

// Case 76 for an account.
TEST(SessionPlan, AllInBackoffHaveNoTargetUntilTheFirstReturns) {
    world edges;
    auto one = running(edges, fast());
    one->report(place(1), outcome_kind::unavailable, 60);
    one->report(place(2), outcome_kind::unavailable, 30);
    one->report(place(3), outcome_kind::unavailable, 90);
    EXPECT_EQ(one->target(), "");
    EXPECT_EQ(one->events.back().event.retry_in, 30s);
    one->run(31s);
    EXPECT_EQ(one->target(), s2);
    EXPECT_EQ(one->plan.state(), session_state::pinned);
}

// Criterion 4: death after registration, UDP.
TEST(SessionPlan, SilenceOfTheTargetIsNoticedInTime) {
    for (const bool is_fast : {true, false}) {
        for (const auto mode : {edge_mode::black_hole, edge_mode::mute}) {
            world edges;
            const auto one = running(edges, is_fast ? fast() : field());
            one->run(30s);
            edges.set(s1, mode);
            one->run(50s);
            const auto took = left_at(*one, s1) - 30'000;
            EXPECT_GE(took, 0);
            EXPECT_LE(took, is_fast ? 2600 : 12'100);
            EXPECT_EQ(one->target(), s2);
        }
    }
}

// Criterion 5: the port is closed, and no TCP canary tells.
TEST(SessionPlan, RefusedProbeIsBelievedAtOnce) {
    world edges;
    for (const auto& ip : {s1, s2, s3}) {
        edges.at(ip).has_tcp = false;
    }
    const auto one = running(edges, fast());
    EXPECT_EQ(one->plan.state(), session_state::pinned);
    one->run(10s);
    edges.set(s1, edge_mode::refusing);
    one->run(20s);
    const auto took = left_at(*one, s1) - 10'000;
    EXPECT_GE(took, 0);
    EXPECT_LE(took, 1100);
}

// Criterion 6.
TEST(SessionPlan, ResetIsNoticedAndLeftAtOnce) {
    for (const auto over : {transport::udp, transport::tcp}) {
        world edges;
        const auto one = running(edges, fast(), three(over));
        one->run(10s);
        edges.set(s1, edge_mode::refusing);
        one->run(10'010ms);
        EXPECT_EQ(one->target(), s2);
        EXPECT_EQ(one->events.back().event.register_after, 0ms);
    }
}

// Criterion 7.
TEST(SessionPlan, BlackHoleBehindTcpIsNoticedWithinTheSilenceLimit) {
    for (const bool is_fast : {true, false}) {
        const auto options = is_fast ? fast() : field();
        world edges;
        const auto one = running(edges, options, three(transport::tcp));
        one->run(30s);
        edges.set(s1, edge_mode::black_hole);
        one->run(50s);
        const auto took = left_at(*one, s1) - 30'000;
        EXPECT_GE(took, 0);
        EXPECT_LE(took, options.silence_limit.count());
    }
}

TEST(SessionPlan, PlaceThatClosesIdleConnectionsIsLeftOnlyOnce) {
    world edges;
    auto one = running(edges, fast(), {place(1, 1), place(2, 2)});
    one->run(5s);
    edges.reset(s1);
    one->run(6s);
    EXPECT_EQ(one->target(), s2);
    one->run(20s);
    EXPECT_EQ(one->target(), s1);  // failback
    one->story();
    edges.reset(s1);
    one->run(30s);
    EXPECT_EQ(one->story(), "");
    edges.set(s1, edge_mode::refusing);  // a real death is still seen at once
    one->run(30'030ms);
    EXPECT_EQ(one->target(), s2);
}

TEST(SessionPlan, CanaryOfATlsPlaceIsCheckedBeforeTheTargetIsLeft) {
    world edges;
    auto one = running(edges, fast(), three(transport::tls));
    EXPECT_EQ(one->plan.state(), session_state::pinned);
    EXPECT_TRUE(one->probes.options.empty());
    one->run(5s);
    edges.reset(s1);
    one->run(10s);
    EXPECT_EQ(one->target(), s1);
    edges.set(s1, edge_mode::refusing);
    one->run(10'020ms);
    EXPECT_EQ(one->target(), s2);
}

TEST(SessionPlan, ServerThatAnswersRequestsButNoOptionsIsNotDead) {
    world edges;
    edges.set(s1, edge_mode::mute);
    edges.at(s1).has_tcp = false;
    auto one = running(edges, fast());
    one->report(place(1), outcome_kind::ok);
    EXPECT_EQ(one->plan.state(), session_state::pinned);
    one->run(100s);
    EXPECT_EQ(one->target(), s1);
    EXPECT_EQ(one->probes.options[s1], 1u);
    one->report(place(1), outcome_kind::timeout);
    EXPECT_EQ(one->target(), s2);
}

// Without probes the application's reports are all there is.
TEST(SessionPlan, WithoutProbesReportsMoveTheSession) {
    world edges;
    auto options = fast();
    options.probes = liveness::none;
    auto one = running(edges, options);
    EXPECT_EQ(one->plan.state(), session_state::migrating);
    one->report(place(1), outcome_kind::ok);
    EXPECT_EQ(one->plan.state(), session_state::pinned);
    one->report(place(1), outcome_kind::timeout);
    one->report(place(2), outcome_kind::refused);
    one->report(place(3), outcome_kind::reset);
    EXPECT_EQ(one->plan.state(), session_state::stranded);
    const auto first = one->target();
    one->report(*one->plan.target(), outcome_kind::timeout);
    EXPECT_NE(one->target(), first);  // the next one, so that each gets its turn
    one->run(31s);
    EXPECT_EQ(one->plan.state(), session_state::migrating);  // a mark ended
    EXPECT_TRUE(one->probes.options.empty());
    EXPECT_TRUE(one->probes.canaries.empty());
}

// RFC 5922 7.3, case 20.
TEST(SessionPlan, WrongCertificateNeverLeadsToClearText) {
    world edges;
    auto one = running(
        edges, fast(), {place(1, 1, transport::tls), place(2, 2, transport::tcp), place(3, 3)}
    );
    one->report(place(1, 1, transport::tls), outcome_kind::tls_identity);
    one->run(25s);
    ASSERT_NE(one->plan.target(), nullptr);
    EXPECT_EQ(one->plan.target()->transport, transport::tls);
    for (const auto& item : one->events) {
        EXPECT_TRUE(!item.event.target || is_secure(item.event.target->transport));
    }
}

TEST(SessionPlan, PlacesAreListedTargetFirst) {
    world edges;
    auto one = running(edges, fast());
    one->report(place(1), outcome_kind::refused);
    const auto list = one->plan.places(time_point(std::chrono::hours(1)) + 200ms);
    ASSERT_EQ(list.size(), 3u);
    EXPECT_TRUE(list[0].is_target);
    EXPECT_EQ(list[0].target.ip.to_string(), s2);
    EXPECT_EQ(list[1].target.ip.to_string(), s3);
    EXPECT_EQ(list[2].standing, standing::down);
}

}  // namespace
}  // namespace sipha::resolver::test
