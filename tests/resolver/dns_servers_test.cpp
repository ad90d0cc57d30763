#include "resolver/src/dns_servers.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace sipha::resolver::detail {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const time_point start{std::chrono::hours(1)};

TEST(ServerTable, NearlyEqualSpeedsKeepTheConfiguredOrder) {
    server_table table(2, {});
    table.note_answer(start, 0, milliseconds(11));
    table.note_answer(start, 1, milliseconds(8));
    EXPECT_EQ(table.order(start), (std::vector<std::size_t>{0, 1}));
    table.note_answer(start, 1, milliseconds(0));
    EXPECT_EQ(table.order(start), (std::vector<std::size_t>{1, 0}));
}

TEST(ServerTable, AttemptTimeoutFollowsTheRoundTripWithinLimits) {
    server_table table(1, {});
    EXPECT_EQ(table.attempt_timeout(0), milliseconds(800));
    table.note_answer(start, 0, milliseconds(100));  // RFC 6298 2.2: deviation is half of it
    EXPECT_EQ(table.attempt_timeout(0), milliseconds(300));
    table.note_answer(start, 0, milliseconds(100));
    EXPECT_EQ(table.attempt_timeout(0), milliseconds(250));
    table.note_silence(start + seconds(1), 0, start + milliseconds(500));
    EXPECT_EQ(table.attempt_timeout(0), milliseconds(500));
    for (int round = 0; round < 40; ++round) {
        table.note_silence(start + seconds(2), 0, start + seconds(1));
    }
    EXPECT_EQ(table.attempt_timeout(0), seconds(2));
}

TEST(ServerTable, SuspicionDoublesUpToItsCap) {
    server_table table(1, {});
    auto now = start;
    table.note_error(now, 0);
    for (const int pause : {30, 60, 120, 240, 300, 300}) {
        EXPECT_FALSE(table.take_probe(now + seconds(pause) - milliseconds(1))) << pause;
        now += seconds(pause);
        EXPECT_EQ(table.take_probe(now), 0u) << pause;
        EXPECT_FALSE(table.take_probe(now)) << "one at a time";
        table.note_error(now, 0);
    }
}

TEST(ServerTable, HedgesAfterTwiceTheRoundTripWithinLimits) {
    server_table table(1, {});
    EXPECT_EQ(table.hedge_delay(0), milliseconds(250));
    table.note_answer(start, 0, milliseconds(10));
    EXPECT_EQ(table.hedge_delay(0), milliseconds(50));
    server_table far(1, {});
    far.note_answer(start, 0, milliseconds(400));
    EXPECT_EQ(far.hedge_delay(0), milliseconds(800));
}

TEST(ServerTable, AServerIsAsSlowAsTheTimeItOwesAnAnswer) {
    server_table table(2, {});
    table.note_answer(start, 0, milliseconds(10));
    table.note_answer(start, 1, milliseconds(100));
    table.note_sent(start, 0);
    EXPECT_EQ(table.order(start + milliseconds(90)), (std::vector<std::size_t>{0, 1}));
    EXPECT_EQ(table.order(start + milliseconds(110)), (std::vector<std::size_t>{1, 0}));
    table.note_answer(start + milliseconds(110), 0, std::nullopt);
    EXPECT_EQ(table.order(start + milliseconds(110)), (std::vector<std::size_t>{0, 1}));
}

TEST(ServerTable, SilenceBeforeTheLastAnswerDoesNotCount) {
    server_table table(1, {});
    table.note_answer(start + milliseconds(500), 0, milliseconds(10));
    for (int round = 0; round < 3; ++round) {
        table.note_silence(start + seconds(1), 0, start);
    }
    EXPECT_EQ(table.standing(0), server_standing::good);
    for (int round = 0; round < 2; ++round) {
        table.note_silence(start + seconds(2), 0, start + seconds(1));
    }
    EXPECT_EQ(table.standing(0), server_standing::suspect);
}

TEST(ServerTable, EdnsIsOffForItsPeriod) {
    server_table table(1, {});
    EXPECT_TRUE(table.uses_edns(start, 0));
    table.note_edns_rejected(start, 0);
    EXPECT_FALSE(table.uses_edns(start + server_table::plain_period - milliseconds(1), 0));
    EXPECT_TRUE(table.uses_edns(start + server_table::plain_period, 0));
}

}  // namespace
}  // namespace sipha::resolver::detail
