#include "proxy/admin/rate_history.hpp"

#include <gtest/gtest.h>

namespace sipha::admin {
namespace {

rate_sample totals(std::uint64_t requests, std::uint64_t gauge = 0) {
    rate_sample out{};
    out.front() = requests;
    out.back() = gauge;
    return out;
}

TEST(RateHistory, ShowsWhatWasAddedInEachSecond) {
    rate_history history;
    history.add(100, totals(1000, 5));
    EXPECT_EQ(history.size(), 0U) << "one sample is no rate";
    history.add(101, totals(1010, 7));
    history.add(102, totals(1010, 6));
    ASSERT_EQ(history.size(), 2U);
    EXPECT_EQ(history.rate(0), totals(10, 7));
    EXPECT_EQ(history.rate(1), totals(0, 6)) << "the last series is shown as it is";
    EXPECT_EQ(history.newest_s(), 102);
}

TEST(RateHistory, SecondsWithoutASampleShareTheGrowth) {
    rate_history history;
    history.add(100, totals(0));
    history.add(104, totals(40));
    ASSERT_EQ(history.size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(history.rate(i).front(), 10U);
    }
}

TEST(RateHistory, KeepsTenMinutes) {
    rate_history history;
    for (std::int64_t second = 0; second <= 700; ++second) {
        history.add(second, totals(static_cast<std::uint64_t>(second * second)));
    }
    ASSERT_EQ(history.size(), rate_history::capacity);
    // From second n-1 to n the square grows by 2n-1.
    EXPECT_EQ(history.rate(0).front(), 2U * 101 - 1);
    EXPECT_EQ(history.rate(rate_history::capacity - 1).front(), 2U * 700 - 1);
}

TEST(RateHistory, AClockThatJumpsBreaksNothing) {
    rate_history history;
    history.add(100, totals(10));
    history.add(50, totals(20));
    EXPECT_EQ(history.size(), 0U);
    history.add(1'000'000'000'000, totals(30));
    EXPECT_EQ(history.size(), rate_history::capacity);
    history.add(1'000'000'000'001, totals(5));
    EXPECT_EQ(history.rate(rate_history::capacity - 1).front(), 0U) << "a total never falls";
}

}  // namespace
}  // namespace sipha::admin
