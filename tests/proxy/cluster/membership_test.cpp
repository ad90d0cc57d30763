#include "proxy/cluster/membership.hpp"

#include <gtest/gtest.h>

namespace sipha::cluster {
namespace {

using namespace std::chrono_literals;

const timing::time_point t0{1h};

struct fixture {
    membership members{node_id{2}, std::vector<node_id>{{3}, {1}, {2}, {3}}, timings{}};
    std::vector<event> events;

    /// Calls advance whenever it is due, as a shell does, up to and including `until`.
    void run(timing::time_point from, timing::time_point until) {
        for (auto now = from; now <= until;) {
            members.advance(now, events);
            members.take_heartbeat_due(now);
            now = std::max(members.next_deadline(), now + 1us);
        }
        members.advance(until, events);
    }
    peer_state state(std::uint16_t id) const { return members.find({id})->state; }
    template <typename Event>
    std::vector<Event> told() const {
        std::vector<Event> list;
        for (const auto& one : events) {
            if (const auto* what = std::get_if<Event>(&one)) {
                list.push_back(*what);
            }
        }
        return list;
    }
};

TEST(Membership, SelfAndDuplicatesAreNoPeers) {
    fixture f;
    ASSERT_EQ(f.members.members().size(), 2u);
    EXPECT_EQ(f.members.members()[0].node, node_id{1});
    EXPECT_EQ(f.members.find({2}), nullptr);
    EXPECT_TRUE(f.members.is_alive({2}));
    EXPECT_FALSE(f.members.is_alive({1}));
    EXPECT_EQ(f.state(1), peer_state::unknown);
}

TEST(Membership, SilenceMakesSuspectAt800AndDeadAt1200Milliseconds) {
    fixture f;
    f.members.connected(t0, {1}, 7, f.events);
    f.run(t0, t0 + 800ms - 1us);
    EXPECT_EQ(f.state(1), peer_state::alive);
    f.run(t0 + 800ms - 1us, t0 + 800ms);
    EXPECT_EQ(f.state(1), peer_state::suspect);
    EXPECT_TRUE(f.members.is_alive({1}));
    f.run(t0 + 800ms, t0 + 1200ms - 1us);
    EXPECT_EQ(f.state(1), peer_state::suspect);
    f.run(t0 + 1200ms - 1us, t0 + 1200ms);
    EXPECT_EQ(f.state(1), peer_state::dead);
    EXPECT_FALSE(f.members.is_alive({1}));
    ASSERT_EQ(f.told<node_dead>().size(), 1u);
    EXPECT_EQ(f.told<node_dead>()[0].epoch, 7u);
    EXPECT_EQ(f.told<node_dead>()[0].cause, loss_cause::silence);
    f.run(t0 + 1200ms, t0 + 9s);
    EXPECT_EQ(f.told<node_dead>().size(), 1u);
}

TEST(Membership, ALostLinkIsDeadAfter150MillisecondsWithoutReconnect) {
    fixture f;
    f.members.connected(t0, {1}, 7, f.events);
    f.members.disconnected(t0 + 10ms, {1}, f.events);
    EXPECT_EQ(f.state(1), peer_state::suspect);
    f.run(t0 + 10ms, t0 + 160ms - 1us);
    EXPECT_EQ(f.state(1), peer_state::suspect);
    f.run(t0 + 160ms - 1us, t0 + 160ms);
    EXPECT_EQ(f.state(1), peer_state::dead);
    EXPECT_EQ(f.told<node_dead>()[0].cause, loss_cause::link_lost);
}

TEST(Membership, AReconnectInTimeRefutesTheSuspicion) {
    fixture f;
    f.members.connected(t0, {1}, 7, f.events);
    f.members.disconnected(t0 + 10ms, {1}, f.events);
    f.members.connected(t0 + 100ms, {1}, 7, f.events);
    f.run(t0 + 100ms, t0 + 500ms);
    EXPECT_EQ(f.state(1), peer_state::alive);
    EXPECT_EQ(f.told<node_up>().size(), 2u);
    EXPECT_TRUE(f.told<node_dead>().empty());
}

TEST(Membership, AWordFromASuspectRefutesTheSuspicion) {
    fixture f;
    f.members.connected(t0, {1}, 7, f.events);
    f.run(t0, t0 + 1s);
    EXPECT_EQ(f.state(1), peer_state::suspect);
    f.members.heard(t0 + 1s, {1}, f.events);
    EXPECT_EQ(f.state(1), peer_state::alive);
    f.run(t0 + 1s, t0 + 1799ms);
    EXPECT_EQ(f.state(1), peer_state::alive);
    f.run(t0 + 1799ms, t0 + 1800ms);
    EXPECT_EQ(f.state(1), peer_state::suspect);
}

TEST(Membership, AWordFromANodeWithoutConnectionSaysNothing) {
    fixture f;
    f.members.connected(t0, {1}, 7, f.events);
    f.members.disconnected(t0, {1}, f.events);
    f.members.heard(t0 + 1ms, {1}, f.events);
    EXPECT_EQ(f.state(1), peer_state::suspect);
    f.members.heard(t0, {99}, f.events);
    f.members.connected(t0, {99}, 1, f.events);
    f.members.disconnected(t0, {99}, f.events);
    f.members.set_ready({99}, true);
    EXPECT_FALSE(f.members.is_alive({99}));
}

TEST(Membership, ANewEpochOnAStandingMemberIsADeathAndABirth) {
    fixture f;
    f.members.connected(t0, {1}, 7, f.events);
    f.members.connected(t0 + 1ms, {1}, 8, f.events);
    ASSERT_EQ(f.events.size(), 3u);
    const auto* dead = std::get_if<node_dead>(&f.events[1]);
    ASSERT_NE(dead, nullptr);
    EXPECT_EQ(dead->epoch, 7u);
    EXPECT_EQ(dead->cause, loss_cause::restarted);
    EXPECT_EQ(std::get<node_up>(f.events[2]).epoch, 8u);
}

TEST(Membership, AReplacedLinkOfTheSameProcessIsNoEvent) {
    fixture f;
    f.members.connected(t0, {1}, 7, f.events);
    f.members.connected(t0 + 1ms, {1}, 7, f.events);
    EXPECT_EQ(f.events.size(), 1u);
}

TEST(Membership, APauseOfThisProcessIsNotSilenceOfTheOthers) {
    fixture f;
    f.members.connected(t0, {1}, 7, f.events);
    f.run(t0, t0 + 100ms);
    f.members.advance(t0 + 4s, f.events);
    EXPECT_EQ(f.state(1), peer_state::alive);
    // From here its silence counts.
    f.run(t0 + 4s, t0 + 5200ms);
    EXPECT_EQ(f.state(1), peer_state::dead);
}

TEST(Membership, AStepThatIsALittleLateIsNoPause) {
    fixture f;
    f.members.connected(t0, {1}, 7, f.events);
    for (auto now = t0; now <= t0 + 1200ms; now += 400ms) {
        f.members.advance(now, f.events);
    }
    EXPECT_EQ(f.state(1), peer_state::dead);
}

TEST(Membership, HeartbeatsAreDueEvery200MillisecondsWithoutBursts) {
    fixture f;
    EXPECT_TRUE(f.members.take_heartbeat_due(t0));
    EXPECT_FALSE(f.members.take_heartbeat_due(t0 + 200ms - 1us));
    EXPECT_EQ(f.members.next_deadline(), t0 + 200ms);
    EXPECT_TRUE(f.members.take_heartbeat_due(t0 + 900ms));
    EXPECT_FALSE(f.members.take_heartbeat_due(t0 + 1099ms));
}

TEST(Membership, WithoutPeersNothingIsDue) {
    membership alone(node_id{1}, {}, timings{});
    EXPECT_EQ(alone.next_deadline(), timing::never);
    EXPECT_FALSE(alone.take_heartbeat_due(t0));
}

TEST(Membership, ReadyMembersAreTheReadyOnesThatLive) {
    fixture f;
    f.members.set_ready({2}, true);
    f.members.connected(t0, {3}, 1, f.events);
    f.members.connected(t0, {1}, 1, f.events);
    f.members.set_ready({1}, true);
    const std::vector<node_id> expected = {{1}, {2}};
    EXPECT_TRUE(std::ranges::equal(f.members.ready(), expected));
    EXPECT_EQ(f.members.alive().size(), 3u);
    f.members.disconnected(t0, {1}, f.events);
    EXPECT_EQ(f.members.ready().size(), 2u);
    f.run(t0, t0 + 150ms);
    EXPECT_EQ(f.members.ready().size(), 1u);
    // It must say so again after a reconnect.
    f.members.connected(t0 + 150ms, {1}, 1, f.events);
    EXPECT_EQ(f.members.ready().size(), 1u);
}

}  // namespace
}  // namespace sipha::cluster
