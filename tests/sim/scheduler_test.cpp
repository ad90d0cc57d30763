#include "tests/sim/scheduler.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/sim/retransmission.hpp"

namespace sipha::sim {
namespace {

using namespace std::chrono_literals;

TEST(Scheduler, EventsOfOneMomentHappenInTheOrderOfPlanning) {
    scheduler time;
    std::string order;
    time.after(2s, [&] { order += 'c'; });
    time.after(1s, [&] { order += 'a'; });
    time.after(1s, [&] {
        order += 'b';
        time.after(0s, [&] { order += '!'; });
    });
    time.run_for(5s);
    EXPECT_EQ(order, "ab!c");
    EXPECT_EQ(time.elapsed(), 5s);
    EXPECT_EQ(time.events_run(), 4u);
}

TEST(Scheduler, TheClockStandsAtTheEventWhileItHappens) {
    scheduler time;
    duration seen{};
    time.after(1500ms, [&] { seen = time.elapsed(); });
    EXPECT_FALSE(time.run_one(scheduler::start + 1s));
    EXPECT_EQ(time.elapsed(), 1s);
    EXPECT_TRUE(time.run_one(scheduler::start + 2s));
    EXPECT_EQ(seen, 1500ms);
}

TEST(Scheduler, AMomentInThePastIsNow) {
    scheduler time;
    time.run_for(10s);
    duration seen{};
    time.at(scheduler::start, [&] { seen = time.elapsed(); });
    time.run_for(1s);
    EXPECT_EQ(seen, 10s);
}

TEST(Retransmission, FollowsTimerEUntilGivenUp) {
    scheduler time;
    std::vector<double> sent;
    bool is_given_up = false;
    retransmission::plan plan;
    plan.send = [&] { sent.push_back(std::chrono::duration<double>(time.elapsed()).count()); };
    plan.give_up = [&] { is_given_up = true; };
    const retransmission running(time, plan);
    time.run_for(31900ms);
    EXPECT_FALSE(is_given_up);
    time.run_for(200ms);
    EXPECT_TRUE(is_given_up);
    // RFC 3261 17.1.2.2: 500 ms doubling to T2.
    const std::vector<double> expected = {
        0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5};
    EXPECT_EQ(sent, expected);
}

TEST(Retransmission, AStoppedOneIsSilent) {
    scheduler time;
    int sent = 0;
    retransmission::plan plan;
    plan.send = [&] { ++sent; };
    plan.give_up = [&] { sent = 100; };
    {
        const retransmission running(time, plan);
        time.run_for(600ms);
    }
    time.run_for(60s);
    EXPECT_EQ(sent, 2);
}

}  // namespace
}  // namespace sipha::sim
