#include "tests/sim/datagram_net.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/sim/nat.hpp"
#include "tests/sim/world.hpp"

namespace sipha::sim {
namespace {

using namespace std::chrono_literals;

struct recorder final : host {
    struct arrival {
        sip::endpoint to;
        sip::endpoint from;
        std::string bytes;
    };
    void on_datagram(const sip::endpoint& to, const sip::endpoint& from, std::string_view bytes)
        override {
        arrived.push_back({to, from, std::string(bytes)});
    }
    std::vector<arrival> arrived;
};

class Datagrams : public testing::Test {
  protected:
    Datagrams() { net.attach(there.ip, receiver); }

    void send_many(int count) {
        for (int i = 0; i < count; ++i) {
            net.send(here, there, std::to_string(i));
            time.run_for(1ms);
        }
        time.run_for(10s);
    }

    scheduler time;
    crypto::random dice{"datagrams"};
    event_log log;
    datagram_net net{time, dice, log};
    recorder receiver;
    const sip::endpoint here{sip::transport::udp, ip(198, 51, 100, 1), 5060};
    const sip::endpoint there{sip::transport::udp, ip(10, 0, 0, 1), 5060};
};

TEST_F(Datagrams, GoodNetworkDeliversEachOnceInOrderAfterTheDelay) {
    net.send(here, there, "x");
    time.run_for(1999us);
    EXPECT_TRUE(receiver.arrived.empty());
    time.run_for(1us);
    ASSERT_EQ(receiver.arrived.size(), 1u);
    EXPECT_EQ(receiver.arrived[0].from, here);
    send_many(100);
    ASSERT_EQ(receiver.arrived.size(), 101u);
    EXPECT_EQ(receiver.arrived[100].bytes, "99");
}

TEST_F(Datagrams, LossIsAsLargeAsAskedFor) {
    net.set_quality({.loss = 100});
    send_many(10'000);
    // 10 % of 10,000, five standard deviations of 30 to either side.
    EXPECT_NEAR(static_cast<double>(net.counters().lost), 1000, 150);
    EXPECT_EQ(receiver.arrived.size() + net.counters().lost, 10'000u);
}

TEST_F(Datagrams, DuplicatesAndOvertakingHappen) {
    net.set_quality({.duplicated = 200, .reordered = 200});
    send_many(1000);
    EXPECT_EQ(receiver.arrived.size(), 1000 + net.counters().duplicated);
    EXPECT_GT(net.counters().duplicated, 100u);
    int overtaken = 0;
    for (std::size_t i = 1; i < receiver.arrived.size(); ++i) {
        overtaken +=
            std::stoi(receiver.arrived[i].bytes) < std::stoi(receiver.arrived[i - 1].bytes);
    }
    EXPECT_GT(overtaken, 50);
}

TEST_F(Datagrams, BlockedDirectionIsSilentAndTheOtherIsNot) {
    recorder back;
    net.attach(here.ip, back);
    net.block(here.ip, there.ip);
    net.send(here, there, "x");
    net.send(there, here, "y");
    time.run_for(1s);
    EXPECT_TRUE(receiver.arrived.empty());
    EXPECT_EQ(back.arrived.size(), 1u);
    net.unblock_all();
    net.send(here, there, "z");
    time.run_for(1s);
    EXPECT_EQ(receiver.arrived.size(), 1u);
}

TEST_F(Datagrams, NatTranslatesBothWaysAndForgetsWhatIsIdle) {
    recorder inside;
    nat box({net, time, inside}, ip(203, 0, 113, 7), 60s);
    const sip::endpoint hidden{sip::transport::udp, ip(192, 168, 0, 2), 5060};
    box.send(hidden, there, "out");
    time.run_for(1s);
    ASSERT_EQ(receiver.arrived.size(), 1u);
    const auto mapped = receiver.arrived[0].from;
    EXPECT_EQ(mapped.ip, ip(203, 0, 113, 7));
    // Inbound traffic keeps the mapping open.
    for (int i = 0; i < 3; ++i) {
        time.run_for(50s);
        net.send(there, mapped, "ping");
        time.run_for(1s);
    }
    EXPECT_EQ(inside.arrived.size(), 3u);
    EXPECT_EQ(inside.arrived[0].to, hidden);
    time.run_for(60s);
    EXPECT_FALSE(box.is_open(hidden));
    net.send(there, mapped, "too late");
    time.run_for(1s);
    EXPECT_EQ(inside.arrived.size(), 3u);
    EXPECT_EQ(box.refused(), 1u);
    box.send(hidden, there, "out");
    time.run_for(1s);
    EXPECT_NE(receiver.arrived[1].from.port, mapped.port);
}

}  // namespace
}  // namespace sipha::sim
