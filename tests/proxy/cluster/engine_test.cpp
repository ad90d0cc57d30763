#include "proxy/cluster/engine.hpp"

#include <gtest/gtest.h>

#include "tests/proxy/cluster/support/world.hpp"

namespace sipha::cluster {
namespace {

using test::ending;
using test::milliseconds;
using test::world;
using namespace std::chrono_literals;

/// A cluster that is up, ready and settled.
struct settled : world {
    explicit settled(std::uint16_t nodes) : world({.nodes = nodes}) {
        start_all();
        run_for(3s);
    }
};

TEST(Engine, AloneIsReadyAtOnceAndEveryRecordIsReplicated) {
    world all({.nodes = 1});
    all.start(1);
    ASSERT_EQ(all.told<ready>(1).size(), 1u);
    EXPECT_EQ(all.told<ready>(1)[0].second.cause, ready_cause::single);
    EXPECT_TRUE(all.node(1).is_ready());
    EXPECT_EQ(all.write(1, "a", "x"), 1u);
    EXPECT_EQ(all.write(1, "b", "x"), 2u);
    const auto done = all.told<replicated>(1);
    ASSERT_EQ(done.size(), 2u);
    EXPECT_EQ(done[1].second.sequence, 2u);
    EXPECT_EQ(done[1].second.holders, 0u);
    EXPECT_EQ(done[1].second.awaited, 0u);
    EXPECT_EQ(all.node(1).next_deadline(), timing::never);
    EXPECT_EQ(all.node(1).alive().size(), 1u);
}

TEST(Engine, NodesThatStartTogetherAreReadyWithoutASeed) {
    world all({.nodes = 3});
    all.start_all();
    EXPECT_GE(all.run_until([&] { return all.all_ready(); }, 3s), 0ms);
    for (std::uint16_t id = 1; id <= 3; ++id) {
        EXPECT_EQ(all.told<ready>(id)[0].second.cause, ready_cause::cold);
        EXPECT_EQ(all.node(id).alive().size(), 3u);
    }
    all.run_for(1s);
    EXPECT_EQ(all.node(1).ready_members().size(), 3u);
}

TEST(Engine, WithoutAnyPeerANodeIsReadyAfterTwoSeconds) {
    world all({.nodes = 3});
    all.start(2);
    all.run_for(1999ms);
    EXPECT_FALSE(all.node(2).is_ready());
    all.run_for(1ms);
    ASSERT_EQ(all.told<ready>(2).size(), 1u);
    EXPECT_EQ(all.told<ready>(2)[0].second.cause, ready_cause::cold);
}

TEST(Engine, ARecordReachesEveryPeerAndIsAcknowledged) {
    settled all(3);
    const auto sequence = all.write(2, "alice", "here");
    all.run_for(5ms);
    EXPECT_EQ(all.store_of(1).value("alice"), "here");
    EXPECT_EQ(all.store_of(3).value("alice"), "here");
    const auto done = all.told<replicated>(2);
    ASSERT_EQ(done.size(), 2u);
    EXPECT_EQ(done[0].second.sequence, sequence);
    EXPECT_EQ(done[0].second.holders, 1u);
    EXPECT_EQ(done[0].second.awaited, 1u);
    EXPECT_EQ(done[1].second.holders, 2u);
    EXPECT_EQ(done[1].second.awaited, 0u);
}

TEST(Engine, APeerThatDiesIsNoLongerAwaited) {
    settled all(3);
    all.kill(3, ending::goes_silent);
    const auto sequence = all.write(1, "alice", "here");
    all.run_for(2s);
    const auto done = all.told<replicated>(1);
    ASSERT_EQ(done.size(), 2u);
    EXPECT_EQ(done[1].second.sequence, sequence);
    EXPECT_EQ(done[1].second.holders, 1u);
    EXPECT_EQ(done[1].second.awaited, 0u);
    EXPECT_LE(done[1].first - 3s, 1201ms);  // its last heartbeat was 1 ms on its way
}

TEST(Engine, AJoiningNodeIsFilledByOneDonor) {
    settled all(4);
    all.kill(4, ending::closes_links);
    all.fill(1, 10000, std::string(100, 'v'));
    all.run_for(2s);
    ASSERT_TRUE(all.is_equal());
    for (std::uint16_t id = 1; id <= 3; ++id) {
        all.store_of(id).snapshots = 0;
    }
    all.start(4);
    EXPECT_GE(all.run_until([&] { return all.node(4).is_ready(); }, 2s), 0ms);
    EXPECT_EQ(all.store_of(4).size(), 10000u);
    EXPECT_TRUE(all.is_equal());
    EXPECT_EQ(all.told<ready>(4)[0].second.cause, ready_cause::joined);
    all.run_for(5s);
    int donors = 0;
    for (std::uint16_t id = 1; id <= 3; ++id) {
        donors += all.store_of(id).snapshots != 0 ? 1 : 0;
    }
    EXPECT_EQ(donors, 1);
    EXPECT_EQ(all.node(4).counters().sync.pulls_started, 1u);
}

TEST(Engine, ADonorThatDiesIsReplacedAtTheSamePlace) {
    for (const auto how : {ending::closes_links, ending::goes_silent}) {
        settled all(4);
        all.kill(4, ending::closes_links);
        all.fill(1, 10000, std::string(100, 'v'));
        all.run_for(2s);
        all.start(4);
        ASSERT_GE(all.run_until([&] { return all.store_of(4).size() > 3000; }, 2s), 0ms);
        std::uint16_t donor = 1;
        while (all.node(donor).counters().sync.chunks_served == 0) {
            ++donor;
        }
        all.kill(donor, how);
        EXPECT_FALSE(all.node(4).is_ready());
        ASSERT_GE(all.run_until([&] { return all.node(4).is_ready(); }, 3s), 0ms);
        EXPECT_TRUE(all.is_equal());
        EXPECT_EQ(all.store_of(4).size(), 10000u);
        EXPECT_EQ(all.node(4).counters().sync.donors_changed, 1u);
        // Continued, not begun again: the key order was walked once.
        EXPECT_LT(all.store_of(4).merges, 11000u);
        EXPECT_EQ(all.told<ready>(4)[0].second.cause, ready_cause::joined);
    }
}

TEST(Engine, RecordsWrittenDuringTheJoinAreNotLost) {
    settled all(3);
    all.kill(3, ending::closes_links);
    all.fill(1, 5000, std::string(100, 'v'));
    all.run_for(2s);
    all.start(3);
    for (int i = 0; i < 500 && !all.node(3).is_ready(); ++i) {
        all.write(1, "key" + std::to_string(i * 7 % 5000), "newer");
        all.write(2, "other" + std::to_string(i), "new");
        all.run_for(1ms);
    }
    ASSERT_TRUE(all.node(3).is_ready());
    all.run_for(10ms);
    EXPECT_TRUE(all.is_equal());
}

TEST(Engine, PartitionedNodesConvergeWithinThreeSecondsAfterTheHeal) {
    settled all(3);
    all.cut(1, 3);
    all.cut(2, 3);
    all.run_for(3s);
    EXPECT_FALSE(all.node(1).is_alive({3}));
    EXPECT_FALSE(all.node(3).is_alive({1}));
    for (int i = 0; i < 100; ++i) {
        all.write(1, "one" + std::to_string(i), "x");
        all.write(3, "three" + std::to_string(i), "x");
        all.write(1, "both", "from 1");
        all.run_for(1ms);
        all.write(3, "both", "from 3");
    }
    all.run_for(7s);
    ASSERT_FALSE(all.is_equal());
    all.heal(1, 3);
    all.heal(2, 3);
    const auto took = all.run_until([&] { return all.is_equal(); }, 3s);
    EXPECT_GE(took, 0ms);
    EXPECT_EQ(all.store_of(1).size(), 201u);
    EXPECT_EQ(all.store_of(2).value("both"), "from 3");
    all.run_for(1s);
    EXPECT_EQ(all.node(1).alive().size(), 3u);
    EXPECT_EQ(all.node(1).status(all.now_at(1))[1].has_equal_digest, true);
}

TEST(Engine, ALostLinkBetweenTwoOfThreeIsRepairedThroughTheThird) {
    settled all(3);
    all.cut(1, 2);
    all.run_for(2s);
    all.write(1, "alice", "here");
    ASSERT_EQ(all.store_of(2).value("alice"), "");
    EXPECT_GE(all.run_until([&] { return all.is_equal(); }, 3s), 0ms);
    EXPECT_EQ(all.store_of(2).value("alice"), "here");
}

TEST(Engine, ASilentNodeIsSuspectThenDeadInTime) {
    settled all(2);
    all.clear_log(1);
    const auto at = all.now();
    all.kill(2, ending::goes_silent);
    all.run_for(2s);
    const auto suspect = all.told<node_suspect>(1);
    const auto dead = all.told<node_dead>(1);
    ASSERT_EQ(suspect.size(), 1u);
    ASSERT_EQ(dead.size(), 1u);
    EXPECT_LE(suspect[0].first - at, 801ms);
    EXPECT_LE(dead[0].first - at, 1201ms);
    EXPECT_GE(dead[0].first - at, 1000ms);
    EXPECT_EQ(dead[0].second.cause, loss_cause::silence);
    EXPECT_EQ(dead[0].second.epoch, 1u);
    EXPECT_FALSE(all.node(1).is_alive({2}));
    EXPECT_EQ(all.node(1).status(all.now_at(1))[0].link, 0u);
}

TEST(Engine, AKilledProcessIsDeadWithin200ms) {
    for (const auto victim : {std::uint16_t{1}, std::uint16_t{2}}) {
        settled all(2);
        const auto survivor = static_cast<std::uint16_t>(3 - victim);
        const auto at = all.now();
        all.kill(victim, ending::closes_links);
        all.run_for(2s);
        const auto dead = all.told<node_dead>(survivor);
        ASSERT_EQ(dead.size(), 1u);
        EXPECT_LE(dead[0].first - at, 200ms);
        EXPECT_EQ(dead[0].second.cause, loss_cause::link_lost);
    }
}

TEST(Engine, ALinkThatComesBackAtOnceKillsNobody) {
    settled all(2);
    all.drop_links(1, 2);
    all.run_for(1s);
    for (const auto id : {std::uint16_t{1}, std::uint16_t{2}}) {
        EXPECT_EQ(all.told<node_dead>(id).size(), 0u);
        EXPECT_EQ(all.told<node_suspect>(id).size(), 1u);
        EXPECT_EQ(all.told<node_up>(id).size(), 2u);
    }
}

TEST(Engine, AFastRestartIsTheDeathOfTheOldProcess) {
    settled all(2);
    all.kill(2, ending::closes_links);
    all.start(2);
    all.run_for(1s);
    const auto dead = all.told<node_dead>(1);
    ASSERT_EQ(dead.size(), 1u);
    EXPECT_EQ(dead[0].second.epoch, 1u);
    ASSERT_FALSE(all.told<node_up>(1).empty());
    EXPECT_EQ(all.told<node_up>(1).back().second.epoch, 2u);
    EXPECT_TRUE(all.node(1).is_alive({2}));
}

TEST(Engine, AProcessThatWasPausedAccusesNobodyAndMissesNothing) {
    settled all(3);
    all.pause(3);
    for (int i = 0; i < 400; ++i) {
        all.write(1, "key" + std::to_string(i), "x");
        all.run_for(10ms);
    }
    EXPECT_FALSE(all.node(1).is_alive({3}));
    all.clear_log(3);
    all.resume(3);
    EXPECT_GE(all.run_until([&] { return all.is_equal(); }, 5s), 0ms);
    all.run_for(1s);
    EXPECT_TRUE(all.node(1).is_alive({3}));
    for (const auto& [at, dead] : all.told<node_dead>(3)) {
        EXPECT_NE(dead.cause, loss_cause::silence);
    }
}

TEST(Engine, AClockThatIsAheadIsToldOnce) {
    world all({.nodes = 2});
    all.set_clock_error(2, 30s);
    all.start_all();
    all.run_for(5s);
    const auto skew = all.told<clock_skewed>(1);
    ASSERT_EQ(skew.size(), 1u);
    EXPECT_EQ(skew[0].second.node, node_id{2});
    EXPECT_NEAR(static_cast<double>(skew[0].second.ahead_ms), 30000, 10);
    all.write(2, "a", "x");
    all.run_for(10ms);
    EXPECT_EQ(all.node(1).counters().skewed_stamps, 1u);
    EXPECT_LE(wall_ms_of(all.node(1).clock().latest()), all.now_at(1).wall_ms + 2000);
}

TEST(Engine, TheStatusTellsWhatAnOperatorAsks) {
    settled all(2);
    all.node(2).set_load(42);
    all.run_for(1s);
    const auto list = all.node(1).status(all.now_at(1));
    ASSERT_EQ(list.size(), 1u);
    EXPECT_EQ(list[0].id, node_id{2});
    EXPECT_EQ(list[0].name, "node2");
    EXPECT_EQ(list[0].state, peer_state::alive);
    EXPECT_EQ(list[0].epoch, 1u);
    EXPECT_NE(list[0].link, 0u);
    EXPECT_TRUE(list[0].is_ready);
    EXPECT_EQ(list[0].load, 42u);
    EXPECT_LE(list[0].last_heard_age, 200ms);
    EXPECT_EQ(list[0].has_equal_digest, true);
    ASSERT_TRUE(list[0].rtt);
    EXPECT_EQ(*list[0].rtt, 2ms);
}

TEST(Engine, AQuietClusterCostsHeartbeatsOnly) {
    settled all(2);
    all.fill(1, 1000, std::string(100, 'v'));
    all.run_for(3s);
    const auto before = all.sent_bytes(1);
    all.run_for(10s);
    EXPECT_LT(all.sent_bytes(1) - before, 10 * 5 * 100u);
    EXPECT_EQ(all.node(2).counters().sync.divergences, 0u);
}

TEST(Engine, SteadyTrafficDoesNotMakeSnapshotsGoRound) {
    // Records in flight make digests differ; pulls that bring nothing must become rare.
    world all({.delay = 20ms, .nodes = 2});
    all.start_all();
    all.run_for(3s);
    for (int i = 0; i < 20000; i += 5) {
        all.write(1, "key" + std::to_string(i % 997), std::to_string(i));
        all.run_for(5ms);
    }
    EXPECT_LE(all.node(2).counters().sync.pulls_started, 8u);
    all.run_for(1s);
    EXPECT_TRUE(all.is_equal());
}

TEST(Engine, AStrangerIsRefusedAndDoesNotDisturb) {
    settled all(2);
    const auto link = all.strange_link(1);
    all.strange_bytes(1, link, std::string("\xff\xff\xff\xff", 4));
    const auto refused = all.told<link_refused>(1);
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].second.reason, refusal::too_long);
    all.run_for(3s);
    EXPECT_TRUE(all.node(1).is_alive({2}));
}

}  // namespace
}  // namespace sipha::cluster
