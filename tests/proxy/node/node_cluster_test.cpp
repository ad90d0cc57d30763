// Phones whose connection or registration is at another node.
#include "tests/proxy/node/phones.hpp"

namespace sipha::proxy {
namespace {

TEST(NodeCluster, APhoneOnAConnectionIsCalledThroughItsNode) {
    node_world world(2);
    enroll(world, 1, tcp_bob);
    call one(world, 2, stranger, 1, tcp_bob);
    one.set_up();
    const auto between = world.take_between();
    ASSERT_FALSE(of_kind(between, "INVITE").empty());
    const auto invite = of_kind(between, "INVITE").at(0);
    EXPECT_EQ(invite.to.remote, test::at("udp:10.0.0.1:5060"));
    const parsed on_the_way(invite.text);
    EXPECT_EQ(on_the_way->request_uri(), tcp_bob.contact());
    ASSERT_EQ(on_the_way.values(sip::header_id::route).size(), 1u);
    EXPECT_TRUE(
        on_the_way.values(sip::header_id::route)[0].ends_with("@10.0.0.1:5060;transport=udp;lr>")
    );
    EXPECT_EQ(parsed(one.arrived)->request_uri(), tcp_bob.contact());
    EXPECT_TRUE(parsed(one.arrived).values(sip::header_id::route).empty());
    one.send_from_callee("INFO");
    one.send_from_caller("INFO");
    one.send_from_caller("BYE");
    expect_quiet(world, 2);
}

TEST(NodeCluster, APhoneBehindNatCallsAPhoneOnAnothersConnection) {
    node_world world(2);
    enroll(world, 1, tcp_bob);
    enroll(world, 2, nat_alice);
    call one(world, 2, nat_alice, 1, tcp_bob);
    one.set_up();
    one.send_from_callee("BYE");
    expect_quiet(world, 2);
}

TEST(NodeCluster, TheRelayedTokenIsWorthNothingInOtherCalls) {
    node_world world(2);
    enroll(world, 1, tcp_bob);
    world.receive(2, stranger.from, stranger.request("INVITE", bob.uri(), 1).text());
    const auto invite = of_kind(world.take_between(), "INVITE").at(0);
    auto probe = stranger.request("INVITE", "sip:victim@198.51.100.9", 2);
    probe.call_id = "another-call";
    probe.headers = {"Route: " + parsed(invite.text).value(sip::header_id::route)};
    world.take(1);
    world.receive(1, stranger.from, probe.text());
    EXPECT_EQ(kinds(world.take(1)), "403");
}

TEST(NodeCluster, APhoneBehindNatIsCalledThroughTheNodeItRegisteredAt) {
    node_world world(2);
    enroll(world, 1, nat_bob);
    call one(world, 2, stranger, 1, nat_bob);
    one.set_up();
    EXPECT_FALSE(of_kind(world.take_between(), "INVITE").empty());
    one.send_from_callee("INFO");
    one.send_from_caller("BYE");
    expect_quiet(world, 2);
}

TEST(NodeCluster, APhoneWithoutNatIsCalledDirectly) {
    node_world world(2);
    enroll(world, 1, bob);
    world.receive(2, stranger.from, stranger.request("INVITE", bob.uri(), 1).text());
    EXPECT_EQ(of_kind(world.take(2), "INVITE").at(0).to.remote, bob.from.remote);
    EXPECT_TRUE(world.take_between().empty());
}

TEST(NodeCluster, TheSurvivorServesTheDeadNodesPhones) {
    node_world world(2);
    enroll(world, 1, nat_bob);
    world.kill(1);
    world.pass(3s);
    world.take(2);
    world.receive(2, stranger.from, stranger.request("INVITE", bob.uri(), 1).text());
    EXPECT_EQ(of_kind(world.take(2), "INVITE").at(0).to.remote, nat_bob.from.remote);
}

TEST(NodeCluster, ADialogContinuesOnTheSurvivor) {
    // Both nodes have the shared address; only one of them gets its packets at a time.
    node_world world(2, [](node_options& options) {
        options.listeners.push_back(test::at("udp:10.0.0.100:5060"));
    });
    auto shared_bob = nat_bob;
    shared_bob.from.listener = 2;
    auto shared_caller = stranger;
    shared_caller.from.listener = 2;
    enroll(world, 1, shared_bob);
    call one(world, 1, shared_caller, 1, shared_bob);
    one.set_up();
    ASSERT_FALSE(HasFatalFailure());
    world.kill(1);
    world.pass(3s);
    auto bye = stranger.request("BYE", shared_bob.contact(), 20);
    bye.to = parsed(one.accepted).value(sip::header_id::to);
    for (const auto& route : parsed(one.accepted).values(sip::header_id::record_route)) {
        EXPECT_NE(route.find("@10.0.0.100:5060"), std::string::npos);
        bye.headers.push_back("Route: " + route);
    }
    world.take(2);
    world.receive(2, shared_caller.from, bye.text());
    const auto there = of_kind(world.take(2), "BYE");
    ASSERT_EQ(there.size(), 1u);
    EXPECT_EQ(there[0].to.remote, shared_bob.from.remote);
    EXPECT_EQ(there[0].to.listener, 2) << "from the address that the NAT knows";
}

TEST(NodeCluster, ExactlyOneNodePingsAndTheOtherTakesOver) {
    node_world world(2);
    enroll(world, 1, nat_bob);
    const auto pings = [&](unsigned id) {
        std::size_t count = 0;
        for (const auto& message : world.take(id)) {
            count += message.text == "\r\n\r\n" && message.to.remote == nat_bob.from.remote;
        }
        return count;
    };
    world.pass(100s);
    EXPECT_EQ(pings(1), 4u);
    EXPECT_EQ(pings(2), 0u);
    world.kill(1);
    world.pass(103s);
    EXPECT_GE(pings(2), 4u);
}

TEST(NodeCluster, CallsOfManyPhonesLeaveNothing) {
    node_world world(3);
    std::vector<phone> phones;
    for (unsigned i = 0; i < 12; ++i) {
        phone one{
            "user" + std::to_string(i),
            hop_to("udp:192.0.2.50:" + std::to_string(2000 + i)),
            "10.1.1.1:5060"};
        phones.push_back(one);
        enroll(world, 1 + i % 3, one);
    }
    for (unsigned i = 0; i + 1 < 12; ++i) {
        call one(world, 1 + (i + 1) % 3, phones[i], 1 + (i + 1) % 3, phones[i + 1]);
        one.set_up();
        one.send_from_callee("BYE");
    }
    expect_quiet(world, 3);
}

}  // namespace
}  // namespace sipha::proxy
