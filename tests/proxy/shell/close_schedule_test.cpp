#include "proxy/shell/close_schedule.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <numeric>
#include <vector>

namespace sipha::shell {
namespace {

using namespace std::chrono_literals;
using flows = std::vector<sip::flow_id>;

constexpr timing::time_point begin{std::chrono::hours(1)};

TEST(CloseSchedule, SpreadsEvenly) {
    close_schedule schedule(begin, 10s, {5, 6, 7, 8, 9});
    EXPECT_EQ(schedule.next_deadline(), begin);
    EXPECT_EQ(schedule.take_due(begin), flows{5});
    EXPECT_EQ(schedule.next_deadline(), begin + 2s);
    EXPECT_EQ(schedule.take_due(begin + 2s - 1ms), flows{});
    EXPECT_EQ(schedule.take_due(begin + 6s), (flows{6, 7, 8}));
    EXPECT_EQ(schedule.size(), 1U);
    EXPECT_EQ(schedule.take_due(begin + 8s), flows{9});
    EXPECT_EQ(schedule.next_deadline(), timing::never);
    EXPECT_EQ(schedule.take_due(begin + 1h), flows{});
}

TEST(CloseSchedule, WithoutTimeAllAreDueAtOnce) {
    close_schedule schedule(begin, 0s, {5, 6});
    EXPECT_EQ(schedule.take_due(begin), (flows{5, 6}));
}

TEST(CloseSchedule, EmptyNeverAsks) {
    close_schedule schedule;
    EXPECT_EQ(schedule.next_deadline(), timing::never);
    EXPECT_EQ(schedule.take_due(begin), flows{});
    EXPECT_EQ(close_schedule(begin, 10s, {}).next_deadline(), timing::never);
}

TEST(CloseSchedule, ManyConnectionsOverAnHourFit) {
    flows many(1'000'000);
    std::iota(many.begin(), many.end(), 1);
    close_schedule schedule(begin, 1h, many);
    EXPECT_EQ(schedule.take_due(begin + 30min - 1ms).size(), 500'000U);
    EXPECT_EQ(schedule.take_due(begin + 1h).size(), 500'000U);
}

}  // namespace
}  // namespace sipha::shell
