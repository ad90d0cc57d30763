// The life of a REGISTER: replication before the answer, and what the location service then says.
#include "tests/proxy/node/phones.hpp"

namespace sipha::proxy {
namespace {

TEST(NodeRegister, AloneTheAnswerComesAtOnce) {
    for (const auto ack : {register_ack::none, register_ack::one, register_ack::all}) {
        node_world world(1, [&](node_options& options) { options.ack = ack; });
        world.receive(1, bob.from, bob.registration(1).text());
        const auto messages = world.take(1);
        ASSERT_EQ(kinds(messages), "200");
        EXPECT_EQ(
            parsed(messages[0].text).value(sip::header_id::contact),
            "<sip:bob@192.0.2.20:5060>;expires=600"
        );
    }
}

TEST(NodeRegister, TheAnswerWaitsUntilAPeerHoldsTheBinding) {
    struct row {
        register_ack ack;
        unsigned nodes;
        const char* while_held;
    };
    for (const auto& [ack, nodes, while_held] :
         {row{register_ack::none, 2, "200"},
          row{register_ack::one, 2, ""},
          row{register_ack::one, 3, ""},
          row{register_ack::all, 3, ""}}) {
        SCOPED_TRACE(std::to_string(static_cast<int>(ack)) + " of " + std::to_string(nodes));
        node_world world(nodes, [&](node_options& options) { options.ack = ack; });
        world.hold_links();
        world.receive(1, bob.from, bob.registration(1).text());
        world.pass(100ms);
        EXPECT_EQ(kinds(world.take(1)), while_held);
        world.receive(1, bob.from, bob.registration(1).text());
        EXPECT_EQ(kinds(world.take(1)), while_held) << "a retransmission changes nothing";
        world.release_links();
        EXPECT_EQ(kinds(world.take(1)), *while_held == '\0' ? "200" : "");
        EXPECT_EQ(world.node(1).counters().registers, 1u);
        EXPECT_EQ(world.node(1).counters().registers_unconfirmed, 0u);
        for (unsigned id = 1; id <= nodes; ++id) {
            EXPECT_TRUE(world.node(id).location().has_live(bob.uri(), world.now().mono));
        }
    }
}

TEST(NodeRegister, AfterTheLimitTheAnswerComesWithoutConfirmation) {
    node_world world(2);
    world.hold_links();
    world.receive(1, bob.from, bob.registration(1).text());
    world.pass(249ms);
    EXPECT_EQ(kinds(world.take(1)), "");
    world.pass(1ms);
    EXPECT_EQ(kinds(world.take(1)), "200");
    EXPECT_EQ(world.node(1).counters().registers_unconfirmed, 1u);
    world.release_links();
    EXPECT_EQ(kinds(world.take(1)), "") << "answered once";
}

TEST(NodeRegister, ADyingPeerIsNotWaitedFor) {
    node_world world(2);
    world.hold_links();
    world.receive(1, bob.from, bob.registration(1).text());
    world.kill(2);
    world.pass(249ms);
    EXPECT_EQ(kinds(world.take(1)), "200");
    EXPECT_EQ(world.node(1).counters().registers_unconfirmed, 0u);
}

TEST(NodeRegister, RefusalsAreNotHeld) {
    node_world world(2);
    world.hold_links();
    world.receive(1, bob.from, bob.registration(1, "5").text());
    auto messages = world.take(1);
    ASSERT_EQ(kinds(messages), "423");
    EXPECT_EQ(parsed(messages[0].text).value(sip::header_id::min_expires), "60");
    auto query = bob.registration(2);
    query.headers.clear();
    world.receive(1, bob.from, query.text());
    EXPECT_EQ(kinds(world.take(1)), "200");
}

TEST(NodeRegister, ALaterRegistrationOnAnotherNodeWins) {
    node_world world(2);
    enroll(world, 1, nat_bob);
    auto moved = nat_bob;
    moved.from = hop_to("udp:192.0.2.99:9999");
    enroll(world, 2, moved, 2);
    EXPECT_EQ(world.node(1).location().digest(), world.node(2).location().digest());
    for (unsigned id = 1; id <= 2; ++id) {
        world.receive(id, stranger.from, stranger.request("INVITE", bob.uri(), id).text());
        // Node 2 accepted it and alone passes the phone's NAT.
        EXPECT_EQ(of_kind(world.take(2), "INVITE").at(0).to.remote, moved.from.remote);
    }
}

TEST(NodeRegister, UnknownUsersAre404KnownOnes480) {
    node_world world(2);
    const auto answer_to = [&](unsigned node, unsigned number) {
        world.take(node);  // retransmissions of earlier answers
        world.receive(node, stranger.from, stranger.request("INVITE", bob.uri(), number).text());
        return kinds(world.take(node));
    };
    EXPECT_EQ(answer_to(1, 1), "404");
    enroll(world, 1, bob);
    EXPECT_EQ(answer_to(2, 2), "100 INVITE");
    enroll(world, 1, bob, 2);
    world.receive(1, bob.from, bob.registration(3, "0").text());
    EXPECT_EQ(kinds(world.take(1)), "200");
    EXPECT_EQ(answer_to(1, 3), "480") << "unregistered";
    EXPECT_EQ(answer_to(2, 4), "480") << "on every node";

    world.receive(1, bob.from, bob.registration(4, "60").text());
    world.pass(61s);
    EXPECT_EQ(answer_to(1, 5), "480") << "expired";
    EXPECT_EQ(answer_to(2, 6), "480");
    world.pass(20min);
    EXPECT_EQ(answer_to(1, 7), "404") << "forgotten";
    EXPECT_EQ(world.node(1).location().size(), 0u);
    EXPECT_EQ(world.node(2).location().size(), 0u);
}

TEST(NodeRegister, AStoredUserAgentNeedNotBeUtf8) {
    node_world world(2);
    auto request = bob.registration(1);
    request.headers.push_back("User-Agent: Ger\xe4t");
    world.receive(1, bob.from, request.text());
    EXPECT_TRUE(world.node(2).location().has_live(bob.uri(), world.now().mono));
}

TEST(NodeRegister, ANodeThatStartsLaterHoldsAll) {
    node_world world(2);
    world.kill(2);
    world.pass(3s);
    for (unsigned i = 0; i < 300; ++i) {
        auto one = bob;
        one.user = "user" + std::to_string(i);
        world.receive(1, one.from, one.registration(1).text());
    }
    world.start(2);
    world.pass(5s);
    EXPECT_EQ(world.node(2).location().size(), 300u);
    EXPECT_EQ(world.node(2).location().digest(), world.node(1).location().digest());
}

TEST(NodeRegister, AfterEverythingNothingIsLeft) {
    node_world world(2);
    enroll(world, 1, bob);
    enroll(world, 2, nat_alice);
    world.pass(20min);
    expect_quiet(world, 2);
    for (unsigned id = 1; id <= 2; ++id) {
        EXPECT_EQ(world.node(id).location().size(), 0u);
        EXPECT_EQ(world.node(id).location().digest(), 0u);
    }
}

}  // namespace
}  // namespace sipha::proxy
