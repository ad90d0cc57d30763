#include "proxy/txn/timers.hpp"

#include <gtest/gtest.h>

#include "proxy/txn/response_class.hpp"
#include "tests/proxy/txn/drive.hpp"

namespace sipha::txn {
namespace {

TEST(TimerValues, DefaultsAreTheTableOfRfc3261AppendixA) {
    EXPECT_EQ(defaults.t1, 500ms);
    EXPECT_EQ(defaults.t2, 4s);
    EXPECT_EQ(defaults.t4, 5s);
    EXPECT_EQ(defaults.first_retransmission(), 500ms);
    for (const auto value :
         {defaults.b(), defaults.f(), defaults.h(), defaults.l(), defaults.m()}) {
        EXPECT_EQ(value, 32s);
    }
    EXPECT_EQ(defaults.d(udp), 32s);
    EXPECT_EQ(defaults.i(udp), 5s);
    EXPECT_EQ(defaults.j(udp), 32s);
    EXPECT_EQ(defaults.k(udp), 5s);
    for (const auto value : {defaults.d(tcp), defaults.i(tcp), defaults.j(tcp), defaults.k(tcp)}) {
        EXPECT_EQ(value, 0s);
    }
}

TEST(TimerValues, FollowTheConfiguredBaseValues) {
    constexpr timer_values slow{.t1 = 1s, .t2 = 8s, .t4 = 10s, .timer_d = 64s};
    EXPECT_EQ(slow.b(), 64s);
    EXPECT_EQ(slow.j(udp), 64s);
    EXPECT_EQ(slow.i(udp), 10s);
    EXPECT_EQ(slow.d(udp), 64s);
    EXPECT_EQ(slow.longest(), 64s);
    EXPECT_EQ((timer_values{.timer_d = 40s}.longest()), 40s);
}

TEST(TimerValues, TryingDelayIsWhenTimerEReachesT2) {
    EXPECT_EQ(defaults.trying_delay(), 3500ms);
    EXPECT_EQ((timer_values{.t1 = 500ms, .t2 = 500ms}.trying_delay()), 500ms);
    EXPECT_EQ((timer_values{.t1 = 500ms, .t2 = 3s}.trying_delay()), 3500ms);
    EXPECT_EQ((timer_values{.t1 = 500ms, .t2 = 32s}.trying_delay()), 31500ms);
}

TEST(TimerValues, ValidityEndsExactlyAtItsBounds) {
    EXPECT_TRUE(defaults.is_valid());
    EXPECT_TRUE((timer_values{.t1 = timer_values::min_t1, .t2 = 64ms}.is_valid()));
    EXPECT_FALSE((timer_values{.t1 = timer_values::min_t1, .t2 = 65ms}.is_valid()));
    EXPECT_FALSE((timer_values{.t1 = timer_values::min_t1 - 1ns, .t2 = 1ms}.is_valid()));
    EXPECT_TRUE((timer_values{.t1 = timer_values::max_t1, .t2 = 64min}.is_valid()));
    EXPECT_FALSE((timer_values{.t1 = timer_values::max_t1 + 1ns, .t2 = 64min}.is_valid()));
    EXPECT_TRUE((timer_values{.t1 = 500ms, .t2 = 500ms}.is_valid()));
    EXPECT_FALSE((timer_values{.t1 = 500ms, .t2 = 499ms}.is_valid()));
    EXPECT_TRUE((timer_values{.t4 = 0s, .timer_d = 0s}.is_valid()));
    EXPECT_TRUE((timer_values{.t4 = 1h, .timer_d = 1h}.is_valid()));
    EXPECT_FALSE((timer_values{.t4 = -1ns}.is_valid()));
    EXPECT_FALSE((timer_values{.timer_d = -1ns}.is_valid()));
    EXPECT_FALSE((timer_values{.t4 = 1h + 1ns}.is_valid()));
    EXPECT_FALSE((timer_values{.timer_d = 1h + 1ns}.is_valid()));
}

TEST(ResponseClass, ChangesAtTheHundredsOfTheFigures) {
    EXPECT_EQ(classify(-1), response_class::invalid);
    EXPECT_EQ(classify(99), response_class::invalid);
    EXPECT_EQ(classify(100), response_class::provisional);
    EXPECT_EQ(classify(199), response_class::provisional);
    EXPECT_EQ(classify(200), response_class::success);
    EXPECT_EQ(classify(299), response_class::success);
    EXPECT_EQ(classify(300), response_class::failure);
    EXPECT_EQ(classify(699), response_class::failure);
    EXPECT_EQ(classify(700), response_class::invalid);
}

}  // namespace
}  // namespace sipha::txn
