#include "tests/sim/link_net.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace sipha::sim {
namespace {

using namespace std::chrono_literals;

constexpr node_id low{1};
constexpr node_id high{2};

/// Two nodes that write down what they hear of their links.
class Links : public testing::Test {
  protected:
    struct heard {
        link_id link = 0;
        std::string bytes;
        duration last_at{};
        int opened = 0;
        int closed = 0;
        int dial_failures = 0;
    };

    Links() {
        start(low, at_low);
        start(high, at_high);
    }
    void start(node_id node, heard& by) {
        net.start(
            node,
            {[&by](link_id link, node_id) {
                 by.link = link;
                 ++by.opened;
             },
             [this, &by](link_id, std::string_view bytes) {
                 by.bytes += bytes;
                 by.last_at = time.elapsed();
             },
             [&by](link_id link, node_id) { ++(link == 0 ? by.dial_failures : by.closed); }}
        );
    }
    void connect() {
        net.dial(high, low);
        time.run_for(1s);
        ASSERT_EQ(at_low.opened, 1);
        ASSERT_EQ(at_high.opened, 1);
    }

    scheduler time;
    crypto::random dice{"links"};
    event_log log;
    link_net net{time, dice, log};
    heard at_low;
    heard at_high;
};

TEST_F(Links, BytesKeepTheirOrderUnderJitter) {
    net.set_quality({.jitter = 100ms});
    connect();
    std::string sent;
    for (int i = 0; i < 500; ++i) {
        const auto piece = std::to_string(i) + ' ';
        sent += piece;
        net.send(high, at_high.link, piece);
        time.run_for(1ms);
    }
    net.close(high, at_high.link);
    time.run_for(1s);
    EXPECT_EQ(at_low.bytes, sent);
    EXPECT_EQ(at_low.closed, 1);
    EXPECT_EQ(at_high.closed, 0);  // who closes knows
    EXPECT_EQ(net.connection_count(), 0u);
}

TEST_F(Links, KilledProcessIsHeardOfAfterOneDelayAndAfterItsLastBytes) {
    connect();
    net.send(high, at_high.link, "last words");
    net.stop(high, death::process);
    time.run_for(500us);
    EXPECT_EQ(at_low.bytes, "last words");
    EXPECT_EQ(at_low.closed, 1);
}

TEST_F(Links, LostPowerIsHeardOfAtTheKeepaliveLimitOnly) {
    connect();
    net.stop(high, death::power);
    time.run_for(9900ms);
    EXPECT_EQ(at_low.closed, 0);
    time.run_for(200ms);
    EXPECT_EQ(at_low.closed, 1);
    EXPECT_EQ(net.connection_count(), 0u);
}

TEST_F(Links, NodeBackFromLostPowerResetsItsOldLinks) {
    connect();
    net.stop(high, death::power);
    time.run_for(1s);
    start(high, at_high);
    time.run_for(10ms);
    EXPECT_EQ(at_low.closed, 1);
    EXPECT_EQ(at_high.closed, 0);  // the new process never had that link
}

TEST_F(Links, ShortPartitionDelaysBytesAndLosesNone) {
    connect();
    net.block(low, high);
    net.send(high, at_high.link, "abc");
    time.run_for(5s);
    net.send(high, at_high.link, "def");
    time.run_for(1s);
    EXPECT_EQ(at_low.bytes, "");
    net.unblock_all();
    time.run_for(1s);
    EXPECT_EQ(at_low.bytes, "abcdef");
    EXPECT_EQ(at_low.closed + at_high.closed, 0);
}

TEST_F(Links, LongPartitionBreaksTheLinkAtBothEnds) {
    connect();
    net.block(low, high);
    net.send(high, at_high.link, "abc");
    time.run_for(11s);
    EXPECT_EQ(at_low.closed, 1);
    EXPECT_EQ(at_high.closed, 1);
    EXPECT_EQ(at_low.bytes, "");
    EXPECT_EQ(net.counters().broken, 1u);
}

TEST_F(Links, EachStallHasItsOwnKeepaliveLimit) {
    connect();
    for (int i = 0; i < 3; ++i) {
        net.block(low, high);
        net.send(high, at_high.link, "x");
        time.run_for(6s);
        net.unblock_all();
        time.run_for(100ms);
    }
    EXPECT_EQ(at_low.bytes, "xxx");
    EXPECT_EQ(at_low.closed, 0);
}

TEST_F(Links, DialToADeadNodeIsRefusedAtOnce) {
    net.stop(low, death::process);
    net.dial(high, low);
    time.run_for(10ms);
    EXPECT_EQ(at_high.dial_failures, 1);
}

TEST_F(Links, DialIntoAPartitionTimesOut) {
    net.block(high, low);
    net.dial(high, low);
    time.run_for(2900ms);
    EXPECT_EQ(at_high.dial_failures, 0);
    time.run_for(200ms);
    EXPECT_EQ(at_high.dial_failures, 1);
    EXPECT_EQ(at_low.opened, 0);
}

TEST_F(Links, RestartedNodeHearsNothingOfItsFormerDials) {
    net.block(high, low);
    net.dial(high, low);
    time.run_for(1s);
    net.stop(high, death::process);
    start(high, at_high);
    time.run_for(10s);
    EXPECT_EQ(at_high.dial_failures, 0);
}

}  // namespace
}  // namespace sipha::sim
