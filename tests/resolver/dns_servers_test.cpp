#include "resolver/src/dns_servers.hpp"

#include <gtest/gtest.h>

namespace sipha::resolver::detail {
namespace {

using std::chrono::milliseconds;
using servers = std::vector<std::size_t>;

const time_point start{std::chrono::hours(1)};
const race_timing timing{milliseconds(800), milliseconds(250), milliseconds(5000)};

TEST(ServerRace, SilentServerIsHedgedAndThenAskedAgain) {
    server_race race(start, {0, 1}, timing);
    EXPECT_EQ(race.advance(start), servers{0});
    EXPECT_EQ(race.next_deadline(), start + milliseconds(250));
    EXPECT_TRUE(race.advance(start + milliseconds(249)).empty());
    EXPECT_EQ(race.advance(start + milliseconds(250)), servers{1});
    EXPECT_TRUE(race.advance(start + milliseconds(500)).empty());  // both are open
    EXPECT_EQ(race.silent(start + milliseconds(300)), servers{0});
    EXPECT_EQ(race.advance(start + milliseconds(800)), servers{0});
}

TEST(ServerRace, FailureMovesOnAtOnceAndIsFinalForThatServer) {
    server_race race(start, {0, 1}, timing);
    EXPECT_EQ(race.advance(start), servers{0});
    race.report_failure(0, attempt_failure::refused);
    EXPECT_EQ(race.advance(start), servers{1});
    race.report_failure(1, attempt_failure::unreachable);
    EXPECT_TRUE(race.advance(start).empty());
    EXPECT_TRUE(race.is_lost(start));
    EXPECT_EQ(race.error(), errc::dns_temporary);
}

TEST(ServerRace, SingleSilentServerIsAskedUntilTheBudgetEnds) {
    server_race race(start, {0}, timing);
    int attempts = 0;
    auto now = start;
    while (!race.is_lost(now)) {
        attempts += static_cast<int>(race.advance(now).size());
        ASSERT_GT(race.next_deadline(), now);
        now = race.next_deadline();
    }
    EXPECT_EQ(attempts, 7);  // at 0, 0.8, ... 4.8 s
    EXPECT_EQ(now, start + timing.budget);
    EXPECT_EQ(race.error(), errc::dns_timeout);
}

TEST(ServerRace, AtMostTwoServersAreAskedAtATime) {
    server_race race(start, {0, 1, 2, 3}, timing);
    EXPECT_EQ(race.advance(start), servers{0});
    EXPECT_EQ(race.advance(start + milliseconds(250)), servers{1});
    EXPECT_TRUE(race.advance(start + milliseconds(799)).empty());
    EXPECT_EQ(race.advance(start + milliseconds(800)), servers{2});
}

TEST(ServerRace, WithoutServersIsLostAtOnce) {
    server_race race(start, {}, timing);
    EXPECT_TRUE(race.advance(start).empty());
    EXPECT_TRUE(race.is_lost(start));
    EXPECT_EQ(race.error(), errc::dns_unreachable);
}

TEST(ServerHealth, SilentServerGoesLastUntilItAnswersOrTimePasses) {
    server_health health(3);
    EXPECT_EQ(health.order(start), (servers{0, 1, 2}));
    health.report_silence(start, 0);
    EXPECT_EQ(health.order(start), (servers{1, 2, 0}));
    EXPECT_EQ(health.order(start + server_health::suspect_base), (servers{0, 1, 2}));
    health.report_silence(start + server_health::suspect_base, 0);
    EXPECT_EQ(health.order(start + 2 * server_health::suspect_base), (servers{1, 2, 0}));
    health.report_answer(0);
    EXPECT_EQ(health.order(start + server_health::suspect_base), (servers{0, 1, 2}));
}

TEST(ServerHealth, SuspicionDoublesUpToItsCap) {
    server_health health(2);
    auto now = start;
    for (int round = 0; round < 10; ++round) {
        health.report_silence(now, 0);
        now += server_health::suspect_cap;
        EXPECT_EQ(health.order(now), (servers{0, 1})) << round;
    }
    health.report_silence(now, 0);
    EXPECT_EQ(
        health.order(now + server_health::suspect_cap - std::chrono::seconds(1)), (servers{1, 0})
    );
}

}  // namespace
}  // namespace sipha::resolver::detail
