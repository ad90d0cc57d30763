#include "proxy/cluster/sync.hpp"

#include <gtest/gtest.h>

#include "proxy/cluster/codec.hpp"
#include "tests/proxy/cluster/support/map_store.hpp"

namespace sipha::cluster {
namespace {

using namespace std::chrono_literals;
using test::map_store;

const timing::time_point t0{1h};
constexpr auto key_value = record_kind::key_value;

timing::instant at(timing::duration since) {
    return {t0 + since, 0};
}

struct fixture {
    map_store store;
    map_store other_store{record_kind::registration};
    store_set stores{{&store, &other_store}};
    synchronizer it{std::vector<node_id>{{4}, {2}, {3}}, stores, timings{}};
    bus_outbox out;
    std::vector<event> events;

    void connect(timing::duration when, std::uint16_t node) { it.connected(at(when), {node}); }
    void beat(timing::duration when, std::uint16_t node, bool is_ready, std::uint64_t digest = 0) {
        heartbeat what;
        what.is_ready = is_ready;
        what.digests = {{record_kind::registration, 0}, {key_value, digest}};
        it.heard(at(when), {node}, what);
    }
    /// Runs what is due; @returns the one question sent, if any.
    std::optional<std::pair<std::uint16_t, sync_request>> advance(timing::duration when) {
        it.advance(at(when), out, events);
        return taken();
    }
    std::optional<std::pair<std::uint16_t, sync_request>> answer(
        timing::duration when, std::uint16_t from, const sync_chunk& what
    ) {
        it.answered(at(when), {from}, what, out);
        return taken();
    }
    std::optional<std::pair<std::uint16_t, sync_request>> taken() {
        std::optional<std::pair<std::uint16_t, sync_request>> asked;
        for (const auto& entry : out.entries()) {
            EXPECT_FALSE(asked) << "one question at a time";
            const auto what = decode(out.bytes(entry).substr(frame_prefix_size))->what;
            asked.emplace(entry.to.value, std::get<sync_request>(what));
        }
        out.clear();
        return asked;
    }
    static sync_chunk end_of(const sync_request& question, std::vector<std::string> payloads = {}) {
        return {question.pull, question.kind, std::move(payloads), ""};
    }
    std::optional<ready_cause> cause() const {
        for (const auto& one : events) {
            if (const auto* what = std::get_if<ready>(&one)) {
                return what->cause;
            }
        }
        return std::nullopt;
    }
    /// A node that is ready with three connected ready peers of equal content.
    void settle() {
        advance(0s);
        advance(2s);
        ASSERT_EQ(cause(), ready_cause::cold);
        for (const std::uint16_t node : {std::uint16_t{2}, std::uint16_t{3}, std::uint16_t{4}}) {
            connect(2s, node);
            beat(2s, node, true);
        }
        ASSERT_FALSE(advance(2s));
    }
};

TEST(Synchronizer, PullsEveryKindFromTheFirstReadyPeerThatConnected) {
    fixture f;
    f.advance(0s);
    f.connect(10ms, 4);
    f.connect(20ms, 2);
    f.beat(20ms, 2, true);
    f.beat(20ms, 4, true);
    auto asked = f.advance(20ms);
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->first, 4);
    EXPECT_EQ(asked->second.kind, record_kind::registration);
    EXPECT_EQ(asked->second.cursor, "");
    asked = f.answer(21ms, 4, f.end_of(asked->second));
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->second.kind, key_value);
    asked = f.answer(22ms, 4, {asked->second.pull, key_value, {}, "somewhere"});
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->second.cursor, "somewhere");
    EXPECT_FALSE(f.it.is_ready());
    EXPECT_FALSE(f.answer(23ms, 4, f.end_of(asked->second)));
    f.advance(23ms);
    EXPECT_EQ(f.cause(), ready_cause::joined);
    f.advance(24ms);
    EXPECT_EQ(f.events.size(), 1u) << "ready comes once";
}

TEST(Synchronizer, WithoutAReadyPeerTheLowestIdIsTheDonor) {
    fixture f;
    f.advance(0s);
    f.connect(0s, 4);
    f.connect(0s, 3);
    f.beat(0s, 4, false);
    f.beat(0s, 3, false);
    EXPECT_FALSE(f.advance(0s)) << "node 2 may still come, and be ready";
    EXPECT_EQ(f.it.next_deadline(), t0 + 500ms);
    EXPECT_FALSE(f.advance(499ms));
    auto asked = f.advance(500ms);
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->first, 3);
    asked = f.answer(501ms, 3, f.end_of(asked->second));
    f.answer(502ms, 3, f.end_of(asked->second));
    f.advance(502ms);
    EXPECT_EQ(f.cause(), ready_cause::cold);
}

TEST(Synchronizer, WhenAllHaveReportedNobodyWaits) {
    fixture f;
    f.advance(0s);
    for (const std::uint16_t node : {std::uint16_t{2}, std::uint16_t{3}, std::uint16_t{4}}) {
        f.connect(1ms, node);
        f.beat(1ms, node, false);
    }
    const auto asked = f.advance(1ms);
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->first, 2);
}

TEST(Synchronizer, ASilentDonorIsReplacedAfterASecondWhereItStopped) {
    fixture f;
    f.advance(0s);
    f.connect(0s, 2);
    f.connect(0s, 3);
    f.beat(0s, 2, true);
    f.beat(0s, 3, true);
    auto asked = f.advance(0s);
    asked = f.answer(0s, 2, {asked->second.pull, asked->second.kind, {}, "half"});
    const auto lost = asked->second;
    EXPECT_EQ(f.it.next_deadline(), t0 + 1s);
    EXPECT_FALSE(f.advance(999ms));
    asked = f.advance(1s);
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->first, 3);
    EXPECT_EQ(asked->second.cursor, "half");
    EXPECT_NE(asked->second.pull, lost.pull);
    EXPECT_FALSE(f.answer(1s, 2, f.end_of(lost))) << "too late";
    EXPECT_EQ(f.it.counters().chunks_ignored, 1u);
    EXPECT_EQ(f.it.counters().donors_changed, 1u);
    EXPECT_EQ(f.it.counters().pulls_failed, 1u);
}

TEST(Synchronizer, WithoutAnyDonorLeftTheJoinEndsCold) {
    fixture f;
    f.advance(0s);
    f.connect(0s, 2);
    f.beat(0s, 2, true);
    ASSERT_TRUE(f.advance(0s));
    f.it.disconnected(at(100ms), {2});
    EXPECT_FALSE(f.advance(100ms));
    EXPECT_EQ(f.it.next_deadline(), t0 + 2100ms);
    f.advance(2099ms);
    EXPECT_FALSE(f.it.is_ready());
    f.advance(2100ms);
    EXPECT_EQ(f.cause(), ready_cause::cold);
}

TEST(Synchronizer, ADonorWhoseCursorStandsStillIsBroken) {
    fixture f;
    f.advance(0s);
    f.connect(0s, 2);
    f.beat(0s, 2, true);
    auto asked = f.advance(0s);
    asked = f.answer(0s, 2, {asked->second.pull, asked->second.kind, {}, "here"});
    ASSERT_TRUE(asked);
    EXPECT_FALSE(f.answer(0s, 2, {asked->second.pull, asked->second.kind, {}, "here"}));
    EXPECT_EQ(f.it.counters().pulls_failed, 1u);
    EXPECT_FALSE(f.advance(1999ms));
    EXPECT_TRUE(f.advance(2s)) << "asked again, later";
}

TEST(Synchronizer, APullThatNeverEndsIsGivenUp) {
    fixture f;
    f.advance(0s);
    f.connect(0s, 2);
    f.beat(0s, 2, true);
    auto asked = f.advance(0s);
    std::uint64_t chunks = 0;
    while (asked) {
        asked =
            f.answer(0s, 2, {asked->second.pull, asked->second.kind, {}, std::to_string(++chunks)});
    }
    EXPECT_EQ(chunks, max_chunks_per_pull);
    EXPECT_EQ(f.it.counters().pulls_failed, 1u);
}

TEST(Synchronizer, DigestsMustDifferForHalfASecond) {
    fixture f;
    f.settle();
    f.beat(3s, 2, true, 77);
    EXPECT_EQ(f.it.has_equal_digest({2}), false);
    EXPECT_FALSE(f.advance(3499ms));
    f.beat(3499ms, 2, true, 0);
    f.beat(3600ms, 2, true, 77);
    EXPECT_EQ(f.it.next_deadline(), t0 + 4100ms);
    EXPECT_FALSE(f.advance(4099ms));
    const auto asked = f.advance(4100ms);
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->first, 2);
    EXPECT_EQ(asked->second.kind, key_value) << "only the kind that differs";
    EXPECT_FALSE(f.answer(4100ms, 2, f.end_of(asked->second)));
    EXPECT_EQ(f.it.counters().pulls_finished, 1u);
    EXPECT_EQ(f.it.counters().divergences, 1u);
}

TEST(Synchronizer, OnePullAtATimeAndFruitlessOnesBackOff) {
    fixture f;
    f.settle();
    std::vector<std::int64_t> times;
    std::uint16_t current = 0;
    for (auto now = 3s + 0ms; now < 200s; now += 100ms) {
        f.beat(now, 2, true, 77);
        const auto asked = f.advance(now);
        if (asked) {
            EXPECT_EQ(current, 0);
            times.push_back(std::chrono::duration_cast<std::chrono::seconds>(now).count());
            f.answer(now, asked->first, f.end_of(asked->second));
        }
    }
    const std::vector<std::int64_t> expected = {3, 7, 15, 31, 63, 95, 127, 159, 191};
    EXPECT_EQ(times, expected);
    // Equal once: quick again.
    f.beat(200s, 2, true, 0);
    f.beat(300s, 2, true, 77);
    auto asked = f.advance(300500ms);
    ASSERT_TRUE(asked);
    f.answer(300500ms, 2, f.end_of(asked->second));
    f.beat(301s, 2, true, 77);
    EXPECT_EQ(f.it.next_deadline(), t0 + 304500ms);
}

TEST(Synchronizer, AFruitfulPullMayBeRepeatedAfterTwoSeconds) {
    fixture f;
    f.settle();
    f.beat(3s, 2, true, 77);
    const auto asked = f.advance(3500ms);
    ASSERT_TRUE(asked);
    map_store scratch;
    f.answer(3500ms, 2, f.end_of(asked->second, {scratch.put("a", 1, "x")}));
    EXPECT_EQ(f.store.value("a"), "x");
    f.beat(4s, 2, true, 77);
    EXPECT_FALSE(f.advance(5499ms));
    EXPECT_TRUE(f.advance(5500ms));
}

TEST(Synchronizer, NothingIsPulledFromAPeerThatIsItselfJoining) {
    fixture f;
    f.settle();
    f.beat(3s, 2, false, 77);
    EXPECT_FALSE(f.advance(10s));
    EXPECT_EQ(f.it.next_deadline(), timing::never);
}

TEST(Synchronizer, RequiredRecordsArePulledAtOnceAndReported) {
    fixture f;
    f.settle();
    f.it.require({3}, 17);
    auto asked = f.advance(3s);
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->first, 3);
    EXPECT_EQ(asked->second.kind, record_kind::registration) << "all kinds";
    f.it.require({3}, 20);
    asked = f.answer(3s, 3, f.end_of(asked->second));
    EXPECT_TRUE(f.it.take_repairs().empty());
    f.answer(3s, 3, f.end_of(asked->second));
    const auto repairs = f.it.take_repairs();
    ASSERT_EQ(repairs.size(), 1u);
    EXPECT_EQ(repairs[0].node, node_id{3});
    EXPECT_EQ(repairs[0].through, 17u) << "20 was missed after the pull began";
    EXPECT_TRUE(f.it.take_repairs().empty());
    EXPECT_FALSE(f.advance(3s));
    EXPECT_TRUE(f.advance(10s));
}

TEST(Synchronizer, ARepairEndsWithItsDonorsLink) {
    fixture f;
    f.settle();
    f.beat(3s, 2, true, 77);
    const auto asked = f.advance(3500ms);
    ASSERT_TRUE(asked);
    f.connect(3600ms, 2);  // replaced
    EXPECT_EQ(f.it.counters().pulls_failed, 1u);
    EXPECT_FALSE(f.answer(3600ms, 2, f.end_of(asked->second)));
    EXPECT_EQ(f.it.counters().chunks_ignored, 1u);
    EXPECT_EQ(f.it.has_equal_digest({2}), std::nullopt);
}

TEST(Synchronizer, ServesChunksWithinTheirLimitAndUnknownKindsAsEmpty) {
    fixture f;
    for (int i = 0; i < 2000; ++i) {
        f.store.put("key" + std::to_string(i), 1, std::string(100, 'v'));
    }
    map_store copy;
    sync_request question{9, key_value, ""};
    do {
        f.out.clear();
        f.it.asked(at(0s), {2}, question, f.out);
        ASSERT_EQ(f.out.entries().size(), 1u);
        EXPECT_LE(f.out.entries()[0].size, max_chunk_bytes + 8192);
        const auto what = decode(f.out.bytes(f.out.entries()[0]).substr(frame_prefix_size))->what;
        const auto& part = std::get<sync_chunk>(what);
        EXPECT_EQ(part.pull, 9u);
        for (const auto& payload : part.payloads) {
            copy.merge({}, {2}, payload);
        }
        question.cursor = part.next_cursor;
    } while (!question.cursor.empty());
    EXPECT_EQ(copy.digest(), f.store.digest());
    EXPECT_EQ(f.it.counters().chunks_served, 4u);

    f.out.clear();
    f.it.asked(at(0s), {2}, {10, record_kind{777}, "x"}, f.out);
    const auto what = decode(f.out.bytes(f.out.entries()[0]).substr(frame_prefix_size))->what;
    EXPECT_EQ(what, frame(sync_chunk{10, record_kind{777}, {}, ""}));
}

/// Breaks the port's promises about sizes.
class careless_store final : public store {
  public:
    store::chunk answer;
    record_kind kind() const override { return record_kind::tag; }
    std::uint64_t digest() const override { return 0; }
    void merge(timing::instant, node_id, std::string_view) override {}
    chunk snapshot(timing::instant, std::string_view, std::size_t) const override { return answer; }
};

TEST(Synchronizer, WhatAStoreGivesAboveItsLimitsIsCountedNotSent) {
    careless_store careless;
    store_set stores({&careless});
    synchronizer it(std::vector<node_id>{{2}}, stores, timings{});
    bus_outbox out;
    careless.answer.payloads = {
        std::string(max_record_size, 'x'), std::string(max_record_size + 1, 'x')};
    it.asked(at(0s), {2}, {1, record_kind::tag, ""}, out);
    ASSERT_EQ(out.entries().size(), 1u);
    EXPECT_EQ(it.counters().payloads_unsent, 1u);
    out.clear();
    careless.answer = {{"a"}, std::string(max_cursor_size + 1, 'c')};
    it.asked(at(0s), {2}, {1, record_kind::tag, ""}, out);
    careless.answer = {std::vector<std::string>(18, std::string(max_record_size, 'x')), ""};
    it.asked(at(0s), {2}, {1, record_kind::tag, ""}, out);
    EXPECT_TRUE(out.entries().empty());
    EXPECT_EQ(it.counters().payloads_unsent, 20u);
}

}  // namespace
}  // namespace sipha::cluster
