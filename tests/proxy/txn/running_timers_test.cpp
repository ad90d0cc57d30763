#include "proxy/txn/running_timers.hpp"

#include <gtest/gtest.h>

#include "tests/proxy/txn/drive.hpp"

namespace sipha::txn {
namespace {

constexpr timer_rules both{.retransmits = true, .expires = true};

TEST(RunningTimers, NothingRunsAtFirstAndAfterStop) {
    running_timers timers;
    EXPECT_EQ(timers.deadline(), never);
    EXPECT_FALSE(timers.has_expired(start));
    timers.start_retransmitting(start, 1s);
    timers.expire_at(start + 9s);
    timers.stop();
    EXPECT_EQ(timers.deadline(), never);
    EXPECT_EQ(timers.save(3, start), (snapshot{.state = 3}));
}

TEST(RunningTimers, IntervalsDoubleUpToTheCap) {
    running_timers timers;
    timers.start_retransmitting(start, 1s);
    EXPECT_EQ(timers.deadline(), start + 1s);
    timers.retransmit_again(start + 1s, 3s);
    EXPECT_EQ(timers.deadline(), start + 3s);
    timers.retransmit_again(start + 3s, 3s);
    EXPECT_EQ(timers.deadline(), start + 6s);
}

TEST(RunningTimers, AChangedIntervalCountsFromTheNextRetransmission) {
    running_timers timers;
    timers.set_interval(4s);
    EXPECT_EQ(timers.save(0, start), snapshot{}) << "nothing is pending";
    timers.start_retransmitting(start, 1s);
    timers.set_interval(4s);
    EXPECT_EQ(timers.deadline(), start + 1s);
    timers.retransmit_again(start + 1s, 4s);
    EXPECT_EQ(timers.deadline(), start + 5s);
}

TEST(RunningTimers, LateServiceGivesOneRetransmissionAndNoBurst) {
    running_timers timers;
    timers.start_retransmitting(start, 1s);
    const auto late = start + 10s;
    EXPECT_TRUE(timers.retransmission_is_due(late));
    timers.retransmit_again(late, 4s);
    EXPECT_FALSE(timers.retransmission_is_due(late));
    EXPECT_EQ(timers.deadline(), late + 2s);
}

TEST(RunningTimers, SnapshotHoldsRemainingTimesAndOverdueOnesAsZero) {
    running_timers timers;
    timers.start_retransmitting(start, 1s);
    timers.expire_at(start + 9s);
    const snapshot early{.state = 2, .retransmit_in = 600ms, .interval = 1s, .expires_in = 8600ms};
    EXPECT_EQ(timers.save(2, start + 400ms), early);
    const snapshot late{.state = 2, .retransmit_in = 0s, .interval = 1s, .expires_in = 0s};
    EXPECT_EQ(timers.save(2, start + 20s), late);
}

TEST(RunningTimers, RestoringNeedsTheTimerThatEndsTheState) {
    const snapshot endless{.retransmit_in = 1s, .interval = 1s};
    EXPECT_FALSE(running_timers::restore(endless, both, defaults, start));
    EXPECT_TRUE(running_timers::restore(endless, {.retransmits = true}, defaults, start));
}

TEST(RunningTimers, RestoringDropsTimersThatTheStateDoesNotRun) {
    const snapshot full{.retransmit_in = 1s, .interval = 1s, .expires_in = 2s};
    EXPECT_EQ(running_timers::restore(full, {}, defaults, start)->deadline(), never);
    const auto expiring = running_timers::restore(full, {.expires = true}, defaults, start);
    EXPECT_EQ(expiring->deadline(), start + 2s);
}

TEST(RunningTimers, RestoringBringsForeignValuesIntoRange) {
    const snapshot huge{
        .retransmit_in = duration::max(), .interval = duration::max(), .expires_in = 33s};
    const snapshot clamped_huge{.retransmit_in = 32s, .interval = 32s, .expires_in = 32s};
    EXPECT_EQ(running_timers::restore(huge, both, defaults, start)->save(0, start), clamped_huge);

    const snapshot negative{
        .retransmit_in = duration::min(), .interval = duration::min(), .expires_in = -1ns};
    const snapshot clamped_negative{.retransmit_in = 0s, .interval = 500ms, .expires_in = 0s};
    EXPECT_EQ(
        running_timers::restore(negative, both, defaults, start)->save(0, start), clamped_negative
    );
}

TEST(RunningTimers, AFullMinuteOfT1StaysInRange) {
    constexpr timer_values slowest{.t1 = timer_values::max_t1, .t2 = 64min};
    const snapshot huge{
        .retransmit_in = duration::max(),
        .interval = duration::max(),
        .expires_in = duration::max()};
    auto timers = running_timers::restore(huge, both, slowest, start);
    EXPECT_EQ(timers->deadline(), start + 64min);
    timers->retransmit_again(start, slowest.b());
    EXPECT_EQ(timers->save(0, start).interval, 64min);
}

}  // namespace
}  // namespace sipha::txn
