#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "tests/resolver/support/session_world.hpp"

namespace sipha::resolver::test {
namespace {

using namespace std::chrono_literals;

// Criterion 9, case 95: the DNS dies for a day, then the server.
TEST(SessionDns, DeadDnsCostsNothing) {
    world edges;
    auto one = running(edges, field(), three(), 30s);
    one->run(20s);
    one->fail_dns();
    one->story();
    one->run(24h);
    EXPECT_EQ(one->target(), s1);
    ASSERT_EQ(one->events.size(), 3u);
    EXPECT_EQ(one->events.back().event.reason, session_reason::dns_stale);
    EXPECT_TRUE(one->events.back().event.is_stale);
    edges.set(s1, edge_mode::refusing);
    one->run(24h + 1s);
    EXPECT_EQ(one->target(), s2);
    EXPECT_TRUE(one->events.back().event.is_stale);
    one->set_dns(three());
    one->run(24h + 60s);
    EXPECT_EQ(one->events.back().event.reason, session_reason::dns_recovered);
    EXPECT_EQ(one->target(), s2);
}

TEST(SessionDns, DeadDnsIsAskedAtABoundedRate) {
    world edges;
    auto one = running(edges, field(), three(), 1s);
    one->fail_dns();
    one->run(10s);
    const auto before = one->lookups;
    one->run(1h);
    EXPECT_LE(one->lookups - before, 121u);
    EXPECT_GE(one->lookups - before, 110u);
}

TEST(SessionDns, FirstLookupIsRepeatedUntilItSucceeds) {
    world edges;
    phone one(edges, field());
    one.fail_dns();
    one.run(2s);
    EXPECT_EQ(one.story(), "5 locating locate-failed; 1010 locating locate-failed");
    EXPECT_EQ(one.events[0].event.error, errc::dns_timeout);
    one.set_dns(three());
    one.run(5s);
    EXPECT_EQ(one.target(), s1);
}

// Criterion 10, case 94: removed from the DNS while healthy.
TEST(SessionDns, RemovedTargetIsLeftWithinTheTtl) {
    for (const auto over : {transport::udp, transport::tcp}) {
        world edges;
        auto one = running(edges, field(), three(over), 60s);
        one->run(61s);
        one->set_dns({place(2, 1, over), place(3, 2, over)}, 60s);
        one->run(300s);
        EXPECT_EQ(one->target(), s2);
        EXPECT_LE(left_at(*one, s1), 61'000 + 60'000 + 5000);
        const auto moved =
            std::find_if(one->events.begin(), one->events.end(), [](const auto& item) {
                return item.event.reason == session_reason::removed_from_dns;
            });
        ASSERT_NE(moved, one->events.end());
        EXPECT_LE(moved->at_ms + moved->event.register_after.count(), 61'000 + 60'000 + 5000);
    }
}

TEST(SessionDns, ShortTtlIsAskedNoMoreOftenThanTheFloor) {
    world edges;
    auto one = running(edges, field(), three(), 0s);
    const auto before = one->lookups;
    one->run(100s);
    EXPECT_LE(one->lookups - before, 50u);
    EXPECT_GE(one->lookups - before, 48u);
}

// Case 93: weights drawn anew, same level.
TEST(SessionDns, TargetStaysWhenTheListIsReordered) {
    world edges;
    auto one = running(edges, field(), three(), 10s);
    one->set_dns({place(2), place(1), place(3, 2)}, 10s);
    one->run(300s);
    EXPECT_EQ(one->target(), s1);
    EXPECT_EQ(one->events.size(), 2u);
}

TEST(SessionDns, NameThatVanishesKeepsTheLastPlaces) {
    world edges;
    auto one = running(edges, field(), three(), 10s);
    one->fail_dns(errc::not_found);
    one->run(60s);
    EXPECT_EQ(one->target(), s1);
    EXPECT_TRUE(one->events.back().event.is_stale);
    EXPECT_EQ(one->events.back().event.error, errc::not_found);
}

// Case 121.
TEST(SessionDns, NetworkChangeClearsMarksAndAsksToRegisterAgain) {
    world edges;
    auto one = running(edges, fast());
    one->report(place(2), outcome_kind::refused);
    one->story();
    one->network_changed();
    EXPECT_TRUE(one->known.is_clear());
    one->run(400ms);
    EXPECT_EQ(one->story(), "205 migrating network-changed 192.0.2.1; 210 pinned alive 192.0.2.1");
}

TEST(SessionDns, NetworkChangeWithADeadDnsStillAsksToRegister) {
    world edges;
    auto one = running(edges, fast());
    one->fail_dns();
    one->story();
    one->network_changed();
    one->run(204ms);
    EXPECT_EQ(one->story(), "");
    one->run(205ms);
    EXPECT_EQ(one->story(), "205 migrating network-changed 192.0.2.1");
}

TEST(SessionDns, StrandedAccountTakesTheFirstPlaceThatReturns) {
    world edges;
    auto one = running(edges, fast());
    for (const auto& ip : {s1, s2, s3}) {
        edges.set(ip, edge_mode::black_hole);
    }
    one->run(20s);
    EXPECT_EQ(one->plan.state(), session_state::stranded);
    EXPECT_NE(one->target(), "");
    edges.set(s3, edge_mode::alive);
    one->run(21'100ms);
    EXPECT_EQ(one->target(), s3);
    EXPECT_EQ(one->plan.state(), session_state::pinned);
}

TEST(SessionDns, StrandedAccountTellsOfEachChangeNotOfEachProbe) {
    world edges;
    auto one = running(edges, fast());
    for (const auto& ip : {s1, s2, s3}) {
        edges.set(ip, edge_mode::black_hole);
    }
    one->run(20s);
    const auto before = one->events.size();
    one->run(620s);
    // Marks of 30, 60, ... 300 s end a few times per place; 600 probes fail meanwhile.
    EXPECT_LE(one->events.size() - before, 40u);
    EXPECT_LE(one->probes.most_open, detail::session_plan::max_open_probes);
}

}  // namespace
}  // namespace sipha::resolver::test
