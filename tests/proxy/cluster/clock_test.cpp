#include "proxy/cluster/clock.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace sipha::cluster {
namespace {

constexpr std::int64_t wall = 1'700'000'000'000;

TEST(HybridClock, FollowsTheWallClockAndCountsWithinAMillisecond) {
    hybrid_clock clock;
    const auto first = clock.next(wall);
    EXPECT_EQ(wall_ms_of(first), wall);
    EXPECT_EQ(clock.next(wall), first + 1);
    EXPECT_EQ(clock.next(wall + 5), hlc_from_wall_ms(wall + 5));
}

TEST(HybridClock, IsMonotoneWhenTheWallClockGoesBack) {
    hybrid_clock clock;
    const auto before = clock.next(wall);
    EXPECT_EQ(clock.next(wall - 3'600'000), before + 1);
}

TEST(HybridClock, AFullCounterCarriesIntoTheNextMillisecond) {
    hybrid_clock clock;
    auto last = clock.next(wall);
    for (int i = 0; i < 65536; ++i) {
        const auto next = clock.next(wall);
        ASSERT_GT(next, last);
        last = next;
    }
    EXPECT_EQ(wall_ms_of(last), wall + 1);
}

TEST(HybridClock, AnObservedStampIsBehindTheNextOwnOne) {
    hybrid_clock clock;
    const auto remote = hlc_from_wall_ms(wall + 1000);
    EXPECT_EQ(clock.observe(remote, wall), remote);
    EXPECT_GT(clock.next(wall), remote);
    EXPECT_EQ(clock.observe(5, wall), 5u);
    EXPECT_GT(clock.latest(), remote);
    EXPECT_EQ(clock.skewed(), 0u);
}

TEST(HybridClock, AStampTwoSecondsAheadIsTakenAndOneBeyondIsClamped) {
    hybrid_clock clock;
    const auto limit = hlc_from_wall_ms(wall + max_clock_skew_ms) | 0xffff;
    EXPECT_EQ(clock.observe(limit, wall), limit);
    EXPECT_EQ(clock.skewed(), 0u);
    EXPECT_EQ(clock.observe(limit + 1, wall), limit);
    EXPECT_EQ(clock.skewed(), 1u);
    EXPECT_EQ(clock.observe(std::numeric_limits<hlc>::max(), wall), limit);
    EXPECT_EQ(clock.latest(), limit);
}

TEST(HybridClock, ImpossibleWallTimesAreClamped) {
    hybrid_clock clock;
    EXPECT_EQ(clock.next(std::numeric_limits<std::int64_t>::min()), 1u);
    EXPECT_EQ(hlc_from_wall_ms(-1), 0u);
    const auto last = clock.next(std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(wall_ms_of(last), (std::int64_t{1} << 47) - 1);
    EXPECT_GT(clock.next(0), last);
    EXPECT_EQ(clock.observe(7, std::numeric_limits<std::int64_t>::max()), 7u);
}

}  // namespace
}  // namespace sipha::cluster
