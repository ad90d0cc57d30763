#include "tests/proxy/shell/echo_machine.hpp"

#include <gtest/gtest.h>

namespace sipha::shell::test {

TEST(EchoMachine, SendsAMessageBackWhereItCameFrom) {
    echo_machine machine;
    proxy::effects out;
    const sip::hop from{3, {sip::transport::udp, *geo::ip_address::parse("192.0.2.1"), 5060}, 0};
    machine.step({}, proxy::sip_received{from, "hello"}, out);
    ASSERT_EQ(out.messages.entries().size(), 1U);
    EXPECT_EQ(out.messages.entries()[0].to, from);
    EXPECT_EQ(out.messages.bytes(out.messages.entries()[0]), "hello");
    EXPECT_EQ(machine.snapshot().messages.at(0).bytes, "hello");
}

TEST(EchoMachine, KeepsItsDeadlineUntilTheTick) {
    echo_machine machine;
    proxy::effects out;
    const auto due = timing::time_point(std::chrono::seconds(5));
    machine.set_deadline(due);
    machine.step({}, proxy::flow_closed{7}, out);
    EXPECT_EQ(machine.next_deadline(), due);
    machine.step({}, proxy::tick{}, out);
    EXPECT_EQ(machine.next_deadline(), timing::never);
    EXPECT_EQ(machine.snapshot().ticks, 1U);
    EXPECT_EQ(machine.snapshot().closed_flows, std::vector<sip::flow_id>{7});
}

TEST(EchoMachine, WaitTellsWhenTheClaimNeverHolds) {
    echo_machine machine;
    const auto never = [](const journal& seen) { return seen.steps > 0; };
    EXPECT_FALSE(machine.wait_for(never, std::chrono::milliseconds(1)));
}

}  // namespace sipha::shell::test
