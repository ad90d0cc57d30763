#include "proxy/cluster/replicator.hpp"

#include <gtest/gtest.h>

#include "proxy/cluster/codec.hpp"
#include "tests/proxy/cluster/support/map_store.hpp"

namespace sipha::cluster {
namespace {

using test::map_store;

struct fixture {
    map_store store;
    store_set stores{{&store}};
    replicator it{std::vector<node_id>{{2}, {3}}, stores};
    bus_outbox out;
    std::vector<event> events;

    std::uint64_t publish(std::size_t size = 10) {
        return it.publish({record_kind::key_value, std::string(size, 'x')});
    }
    std::vector<std::pair<node_id, frame>> flush() {
        out.clear();
        it.flush(out, events);
        std::vector<std::pair<node_id, frame>> list;
        for (const auto& entry : out.entries()) {
            list.emplace_back(entry.to, decode(out.bytes(entry).substr(frame_prefix_size))->what);
        }
        return list;
    }
    records batch(std::uint64_t first, std::size_t count, const std::string& prefix = "k") {
        records what{first, {}};
        for (std::size_t i = 0; i < count; ++i) {
            map_store scratch;
            what.list.push_back(
                {record_kind::key_value, scratch.put(prefix + std::to_string(first + i), 1, "v")}
            );
        }
        return what;
    }
    replicated last() const { return std::get<replicated>(events.back()); }
};

TEST(Replicator, SequencesHaveNoGapsAndOneFrameGoesToEachConnectedPeer) {
    fixture f;
    f.it.connected({2}, f.events);
    f.it.connected({3}, f.events);
    EXPECT_EQ(f.publish(), 1u);
    EXPECT_EQ(f.publish(), 2u);
    const auto sent = f.flush();
    ASSERT_EQ(sent.size(), 2u);
    EXPECT_EQ(sent[0].first, node_id{2});
    EXPECT_EQ(sent[1].first, node_id{3});
    EXPECT_EQ(std::get<records>(sent[0].second).first_sequence, 1u);
    EXPECT_EQ(std::get<records>(sent[0].second).list.size(), 2u);
    EXPECT_EQ(f.publish(), 3u);
    EXPECT_EQ(std::get<records>(f.flush()[1].second).first_sequence, 3u);
    EXPECT_FALSE(f.it.has_work());
    EXPECT_TRUE(f.flush().empty());
}

TEST(Replicator, WithoutAPeerARecordIsReplicatedAtOnce) {
    fixture f;
    f.publish();
    EXPECT_TRUE(f.events.empty());
    EXPECT_TRUE(f.flush().empty());
    ASSERT_EQ(f.events.size(), 1u);
    EXPECT_EQ(f.last().sequence, 1u);
    EXPECT_EQ(f.last().holders, 0u);
    EXPECT_EQ(f.last().awaited, 0u);
}

TEST(Replicator, AnAcknowledgementCoversEverythingBeforeIt) {
    fixture f;
    f.it.connected({2}, f.events);
    f.it.connected({3}, f.events);
    f.publish();
    f.publish();
    f.publish();
    f.flush();
    f.it.acked({2}, 2, f.events);
    ASSERT_EQ(f.events.size(), 2u);
    EXPECT_EQ(f.last().sequence, 2u);
    EXPECT_EQ(f.last().holders, 1u);
    EXPECT_EQ(f.last().awaited, 1u);
    f.it.acked({2}, 2, f.events);
    f.it.acked({2}, 1, f.events);
    EXPECT_EQ(f.events.size(), 2u) << "again is no news";
    f.it.acked({3}, 3, f.events);
    EXPECT_EQ(f.last().sequence, 3u);
    EXPECT_EQ(f.last().holders, 1u);
    EXPECT_EQ(f.last().awaited, 1u);
    f.it.acked({2}, 3, f.events);
    EXPECT_EQ(f.last().holders, 2u);
    EXPECT_EQ(f.last().awaited, 0u);
}

TEST(Replicator, APeerThatLeavesIsNoLongerAwaited) {
    fixture f;
    f.it.connected({2}, f.events);
    f.it.connected({3}, f.events);
    f.publish();
    f.publish();
    f.flush();
    f.it.acked({2}, 1, f.events);
    f.events.clear();
    f.it.disconnected({2}, f.events);
    ASSERT_EQ(f.events.size(), 1u);
    EXPECT_EQ(f.last().sequence, 2u);
    EXPECT_EQ(f.last().holders, 0u);
    EXPECT_EQ(f.last().awaited, 1u);
    f.it.disconnected({2}, f.events);
    f.it.disconnected({3}, f.events);
    EXPECT_EQ(f.events.size(), 3u);
    EXPECT_EQ(f.last().awaited, 0u);
}

TEST(Replicator, AnAcknowledgementOnANewLinkSaysNothingAboutTheOldOne) {
    fixture f;
    f.it.connected({2}, f.events);
    f.publish();
    f.flush();
    f.it.connected({2}, f.events);
    EXPECT_EQ(f.last().holders, 0u);
    EXPECT_EQ(f.last().awaited, 0u);
    f.events.clear();
    f.it.acked({2}, 1, f.events);
    EXPECT_TRUE(f.events.empty());
    EXPECT_EQ(f.it.counters().wrong_acks, 1u);
    f.publish();
    f.flush();
    f.it.acked({2}, 2, f.events);
    ASSERT_EQ(f.events.size(), 1u);
    EXPECT_EQ(f.last().sequence, 2u);
}

TEST(Replicator, AcknowledgementsOfWhatWasNotSentAreCounted) {
    fixture f;
    f.it.connected({2}, f.events);
    f.publish();
    f.it.acked({2}, 1, f.events);
    f.flush();
    f.it.acked({2}, 2, f.events);
    f.it.acked({2}, UINT64_MAX, f.events);
    f.it.acked({9}, 1, f.events);
    f.it.acked({3}, 1, f.events);
    EXPECT_EQ(f.it.counters().wrong_acks, 3u);
    EXPECT_TRUE(f.events.empty());
}

TEST(Replicator, OversizedRecordsAreRefusedAndTakeNoSequence) {
    fixture f;
    EXPECT_EQ(f.publish(max_record_size + 1), 0u);
    EXPECT_EQ(f.it.counters().oversized, 1u);
    EXPECT_EQ(f.publish(max_record_size), 1u);
}

TEST(Replicator, ManyRecordsAreSplitIntoBoundedFrames) {
    fixture f;
    f.it.connected({2}, f.events);
    for (int i = 0; i < 100; ++i) {
        f.publish(max_record_size);
    }
    for (int i = 0; i < 1000; ++i) {
        f.publish(0);
    }
    std::uint64_t next = 1;
    for (const auto& [to, what] : f.flush()) {
        const auto& part = std::get<records>(what);
        EXPECT_EQ(part.first_sequence, next);
        next += part.list.size();
    }
    EXPECT_EQ(next, 1101u);
    for (const auto& entry : f.out.entries()) {
        EXPECT_LE(entry.size, max_records_bytes + frame_prefix_size + 16);
    }
}

TEST(Replicator, BeyondTheLimitTheOldestIsGivenUp) {
    fixture f;
    f.it.connected({2}, f.events);
    for (std::size_t i = 0; i < max_tracked_records; ++i) {
        f.publish(1);
    }
    f.flush();
    EXPECT_TRUE(f.events.empty());
    f.publish(1);
    f.flush();
    ASSERT_EQ(f.events.size(), 1u);
    EXPECT_EQ(f.last().sequence, 1u);
    EXPECT_EQ(f.last().awaited, 0u);
    EXPECT_EQ(f.it.counters().untracked, 1u);
    f.events.clear();
    f.it.acked({2}, max_tracked_records + 1, f.events);
    EXPECT_EQ(f.events.size(), max_tracked_records);
}

TEST(Replicator, ReceivedRecordsAreMergedAndAcknowledgedOncePerFlush) {
    fixture f;
    f.it.connected({2}, f.events);
    EXPECT_TRUE(f.it.received({}, {2}, f.batch(1, 3)));
    EXPECT_TRUE(f.it.received({}, {2}, f.batch(4, 2)));
    EXPECT_EQ(f.store.size(), 5u);
    EXPECT_TRUE(f.it.has_work());
    const auto sent = f.flush();
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].first, node_id{2});
    EXPECT_EQ(std::get<ack>(sent[0].second).sequence, 5u);
    EXPECT_FALSE(f.it.has_work());
}

TEST(Replicator, ALinkMayBeginAtAnySequence) {
    fixture f;
    f.it.connected({2}, f.events);
    EXPECT_TRUE(f.it.received({}, {2}, f.batch(1000, 2)));
    EXPECT_EQ(f.it.applied({2}), 1001u);
    f.it.connected({2}, f.events);
    EXPECT_EQ(f.it.applied({2}), 0u);
    EXPECT_TRUE(f.it.received({}, {2}, f.batch(1, 1)));
    EXPECT_EQ(f.it.applied({2}), 1u);
}

TEST(Replicator, AGapStopsTheAcknowledgementUntilItIsRepaired) {
    fixture f;
    f.it.connected({2}, f.events);
    f.it.received({}, {2}, f.batch(1, 2));
    EXPECT_FALSE(f.it.received({}, {2}, f.batch(5, 2)));
    EXPECT_TRUE(f.it.received({}, {2}, f.batch(7, 1))) << "no gap before this one";
    EXPECT_EQ(f.it.counters().gaps, 2u);
    EXPECT_EQ(f.store.size(), 5u) << "merged all the same";
    EXPECT_EQ(f.it.applied({2}), 2u);
    EXPECT_EQ(f.it.highest({2}), 7u);
    f.it.repaired({2}, 6);
    EXPECT_EQ(f.it.applied({2}), 7u) << "7 followed without a gap";
    EXPECT_EQ(std::get<ack>(f.flush()[0].second).sequence, 7u);
    EXPECT_TRUE(f.it.received({}, {2}, f.batch(8, 1)));
    EXPECT_EQ(f.it.applied({2}), 8u);
}

TEST(Replicator, ARepairOfTheFirstGapDoesNotCoverTheSecond) {
    fixture f;
    f.it.connected({2}, f.events);
    f.it.received({}, {2}, f.batch(1, 2));
    f.it.received({}, {2}, f.batch(5, 2));
    EXPECT_FALSE(f.it.received({}, {2}, f.batch(10, 1)));
    f.it.repaired({2}, 6);
    EXPECT_EQ(f.it.applied({2}), 6u);
    f.it.repaired({2}, 10);
    EXPECT_EQ(f.it.applied({2}), 10u);
}

TEST(Replicator, DuplicatesAndOldSequencesAreHarmless) {
    fixture f;
    f.it.connected({2}, f.events);
    f.it.received({}, {2}, f.batch(1, 5));
    const auto digest = f.store.digest();
    EXPECT_TRUE(f.it.received({}, {2}, f.batch(1, 5)));
    EXPECT_TRUE(f.it.received({}, {2}, f.batch(2, 2)));
    EXPECT_EQ(f.store.digest(), digest);
    EXPECT_EQ(f.it.applied({2}), 5u);
    EXPECT_EQ(f.it.counters().duplicates, 7u);
    EXPECT_TRUE(f.it.received({}, {2}, f.batch(4, 4)));
    EXPECT_EQ(f.it.applied({2}), 7u);
}

TEST(Replicator, UnknownKindsAreSkippedCountedAndAcknowledged) {
    fixture f;
    f.it.connected({2}, f.events);
    auto what = f.batch(1, 2);
    what.list[0].kind = record_kind{777};
    f.it.received({}, {2}, what);
    EXPECT_EQ(f.store.size(), 1u);
    EXPECT_EQ(f.it.counters().unknown_kinds, 1u);
    EXPECT_EQ(std::get<ack>(f.flush()[0].second).sequence, 2u);
}

TEST(Replicator, RecordsOfANodeThatIsNotConnectedAreIgnored) {
    fixture f;
    EXPECT_TRUE(f.it.received({}, {2}, f.batch(1, 1)));
    EXPECT_TRUE(f.it.received({}, {99}, f.batch(1, 1)));
    EXPECT_EQ(f.store.size(), 0u);
    EXPECT_FALSE(f.it.has_work());
}

}  // namespace
}  // namespace sipha::cluster
