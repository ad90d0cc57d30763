// The invariants must be able to fail: each is shown a world that breaks it.
#include "tests/sim/invariants.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace sipha::sim {
namespace {

using namespace std::chrono_literals;
using place = world::phone_plan::place;

class BrokenWorld : public testing::Test {
  protected:
    BrokenWorld() {
        in.start_all();
        in.run_for(3s);
        phone = &in.add_phone({.where = place::behind_nat});
        phone->register_at(world::edge(1));
        in.run_for(1s);
    }
    bool is_reported(const std::string& words) const {
        return std::ranges::any_of(in.log().violations(), [&](const auto& text) {
            return text.find(words) != std::string::npos;
        });
    }

    world in;
    sim::phone* phone = nullptr;
};

TEST_F(BrokenWorld, NodesThatCannotMeetDoNotConverge) {
    in.partition({{1}, {2, 3}});
    in.run_for(2s);
    expect_convergence(in);
    EXPECT_TRUE(is_reported("no convergence"));
}

TEST_F(BrokenWorld, LostRegistrationIsReported) {
    // The phone believes in its registration for longer than the edge does.
    in.partition({{1}, {2}, {3}});
    in.run_for(2s);
    in.node(3).kill(death::power);
    in.node(3).start();
    ASSERT_TRUE(in.run_until([&] { return in.node(3).is_ready(); }, 10s));
    ASSERT_TRUE(in.ledger().is_promised(*phone));
    expect_promises_kept(in);
    EXPECT_TRUE(is_reported("node3 lost the registered p1"));
    EXPECT_FALSE(is_reported("node1 lost"));
    expect_callable(in);
    EXPECT_TRUE(is_reported("p1 called through node3: refused 404"));
}

TEST_F(BrokenWorld, RevivedRegistrationIsReported) {
    in.partition({{1, 2}, {3}});
    in.run_for(2s);
    phone->unregister();
    in.run_for(1s);
    expect_promises_kept(in);
    EXPECT_TRUE(is_reported("node3 revived the removed p1"));
}

TEST_F(BrokenWorld, SecondPingerAndMissingPingsAreReported) {
    in.partition({{1}, {2}, {3}});
    in.run_for(2s);
    expect_one_pinger(in);
    EXPECT_TRUE(is_reported("pinged twice in an interval"));
    in.heal();
    in.run_for(15s);
    in.datagrams().set_quality({.loss = 1000});
    expect_one_pinger(in);
    EXPECT_TRUE(is_reported("was not pinged for the last two intervals"));
}

TEST_F(BrokenWorld, DeadPhonesPromiseEndsWithTheLastProcessThatHeldIt) {
    for (unsigned number = 1; number <= 3; ++number) {
        EXPECT_TRUE(in.ledger().is_promised(*phone));
        in.node(number).kill(death::process);
        in.node(number).start();  // before it could learn anything
    }
    EXPECT_FALSE(in.ledger().is_promised(*phone));
}

TEST(RelayGuard, RequestToAnAddressThatNeverRegisteredIsReported) {
    scheduler time;
    event_log log;
    relay_guard guard(time, log);
    const sip::endpoint node{sip::transport::udp, ip(10, 0, 0, 1), 5060};
    const sip::endpoint phone{sip::transport::udp, ip(198, 51, 100, 1), 5060};
    guard.add_node(node);
    guard.watch(phone, node, "REGISTER sip:example.com SIP/2.0\r\n");
    guard.watch(node, phone, "SIP/2.0 403 Forbidden\r\nCSeq: 1 REGISTER\r\n");
    EXPECT_TRUE(log.violations().empty());
    guard.watch(node, phone, "INVITE sip:x@198.51.100.1 SIP/2.0\r\n");
    EXPECT_EQ(log.violations().size(), 1u);
    guard.watch(node, phone, "SIP/2.0 200 OK\r\nCSeq: 2 REGISTER\r\n");
    guard.watch(node, phone, "INVITE sip:x@198.51.100.1 SIP/2.0\r\n");
    EXPECT_EQ(log.violations().size(), 1u);
}

}  // namespace
}  // namespace sipha::sim
