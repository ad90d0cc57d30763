// What an administrator changes while a node runs, and what its next process asks of it.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/proxy/node/phones.hpp"

namespace sipha::proxy {
namespace {

/// A node whose options are changed by `adjust` while it runs.
void reconfigure(node_world& world, const node_world::adjust_options& adjust) {
    auto options = world.node(1).options();
    adjust(options);
    world.node(1).reconfigure(options);
}

std::string answer_to(node_world& world, const phone& who, const request_text& request) {
    world.take(1);
    world.receive(1, who.from, request.text());
    return kinds(world.take(1));
}

TEST(NodeReconfigure, RegistrarsRulesHoldForTheNextRegister) {
    node_world world(1);
    enroll(world, 1, bob);
    reconfigure(world, [](node_options& options) {
        options.registrar.min_expires = 700s;
        options.registrar.max_expires = 800s;
    });
    EXPECT_TRUE(world.node(1).location().has_live("sip:bob@example.org", world.now().mono))
        << "what is registered stays";
    EXPECT_EQ(answer_to(world, bob, bob.registration(2)), "423");
    EXPECT_EQ(answer_to(world, bob, bob.registration(3, "700")), "200");
    reconfigure(world, [](node_options& options) { options.registrar.allow_from.clear(); });
    EXPECT_EQ(answer_to(world, bob, bob.registration(4, "700")), "403");
}

TEST(NodeReconfigure, PolicyHoldsForTheNextRequest) {
    node_world world(1);
    enroll(world, 1, bob);
    EXPECT_NE(answer_to(world, stranger, stranger.request("MESSAGE", bob.uri(), 1)), "403");
    reconfigure(world, [](node_options& options) {
        options.policy.inbound = route::policy_options::inbound::trusted;
    });
    EXPECT_EQ(answer_to(world, stranger, stranger.request("MESSAGE", bob.uri(), 2)), "403");
    reconfigure(world, [](node_options& options) {
        options.policy.trusted = {*geo::ip_prefix::parse("198.51.100.0/24")};
    });
    EXPECT_NE(answer_to(world, stranger, stranger.request("MESSAGE", bob.uri(), 3)), "403");
}

TEST(NodeReconfigure, UpstreamTakesTheNextCall) {
    node_world world(1);
    enroll(world, 1, alice);
    const auto elsewhere = std::string("sip:+15550100@elsewhere.example");
    EXPECT_EQ(answer_to(world, alice, alice.request("INVITE", elsewhere, 1)), "403");
    reconfigure(world, [](node_options& options) {
        options.upstream = {"sip:203.0.113.7:5080"};
        options.policy.has_upstream = true;
    });
    world.receive(1, alice.from, alice.request("INVITE", elsewhere, 2).text());
    const auto sent = of_kind(world.take(1), "INVITE");
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].to.remote, test::at("udp:203.0.113.7:5080"));
}

TEST(NodeReconfigure, LimitsRefuseNewWorkOnly) {
    node_world world(1);
    enroll(world, 1, bob);
    reconfigure(world, [](node_options& options) { options.transactions.max_transactions = 1; });
    EXPECT_EQ(world.node(1).transactions().server_count(), 1U);
    EXPECT_EQ(answer_to(world, alice, alice.registration(1)), "503");
    reconfigure(world, [](node_options& options) {
        options.transactions.max_transactions = 100;
        options.location.max_bindings = 1;
    });
    EXPECT_EQ(answer_to(world, alice, alice.registration(2)), "503");
    EXPECT_TRUE(world.node(1).location().has_live("sip:bob@example.org", world.now().mono));
    reconfigure(world, [](node_options& options) { options.location.max_bindings = 100; });
    EXPECT_EQ(answer_to(world, alice, alice.registration(3)), "200");
}

TEST(NodeReconfigure, PingsTakeTheirNewDistance) {
    node_world world(1);
    enroll(world, 1, nat_bob);
    world.pass(25s);
    world.take(1);
    reconfigure(world, [](node_options& options) { options.pinger.interval = 5s; });
    world.pass(25s);  // the ping that was planned
    world.take(1);
    world.pass(20s);
    EXPECT_EQ(world.take(1).size(), 4U);
}

TEST(NodeReconfigure, KeysThatNeedARestartStay) {
    node_world world(1);
    reconfigure(world, [](node_options& options) {
        options.name = "another";
        options.domains = {"else.example"};
        options.listeners.clear();
    });
    EXPECT_NE(world.node(1).options().name, "another");
    EXPECT_EQ(answer_to(world, bob, bob.registration(1)), "200");
}

bool is_known(node_world& world, const sip::hop& from, const std::string& text) {
    return world.node(1).is_known({from, text});
}

TEST(NodeHandover, KnowsWhatGoesOnWithItsTransactions) {
    node_world world(1);
    enroll(world, 1, bob);
    const auto invite = alice.request("INVITE", bob.uri(), 1);
    EXPECT_FALSE(is_known(world, alice.from, invite.text()));
    world.receive(1, alice.from, invite.text());
    const auto arrived = of_kind(world.take(1), "INVITE");
    ASSERT_EQ(arrived.size(), 1U);
    EXPECT_TRUE(is_known(world, alice.from, invite.text())) << "a retransmission";
    EXPECT_TRUE(is_known(world, bob.from, test::response_to(arrived[0].text, 180)));
    auto cancel = invite;
    cancel.method = "CANCEL";
    EXPECT_TRUE(is_known(world, alice.from, cancel.text()));
    auto ack = invite;
    ack.method = "ACK";
    EXPECT_TRUE(is_known(world, alice.from, ack.text()));

    EXPECT_FALSE(is_known(world, alice.from, alice.request("OPTIONS", bob.uri(), 2).text()));
    auto other = cancel;
    other.via += "x";
    EXPECT_FALSE(is_known(world, alice.from, other.text()));
    EXPECT_FALSE(is_known(world, bob.from, test::response_to(invite.text(), 180)));
    for (const std::string wrong : {"", "\r\n\r\n", "SIP/2.0 200 OK\r\n\r\n", "\xff\xfe"}) {
        EXPECT_FALSE(is_known(world, alice.from, wrong)) << wrong;
    }
    EXPECT_EQ(kinds(world.take(1)), "") << "asking changes nothing";
}

TEST(NodeHandover, RegistrationsGoOnInTheNextProcess) {
    node_world before(1);
    enroll(before, 1, alice);
    enroll(before, 1, nat_bob);
    node_world after(1);
    std::string cursor;
    do {
        const auto chunk = before.node(1).location().snapshot(before.now(), cursor, 1);
        for (const auto& record : chunk.payloads) {
            after.node(1).adopt_registration(after.now(), record);
        }
        cursor = chunk.next_cursor;
    } while (!cursor.empty());
    EXPECT_EQ(after.node(1).gate().known_sources(), 0U);
    after.node(1).finish_adoption(after.now());
    EXPECT_EQ(after.node(1).gate().known_sources(), 2U) << "they need not prove themselves again";
    EXPECT_EQ(after.node(1).location().size(), 2U);
    EXPECT_EQ(after.node(1).location().digest(), before.node(1).location().digest());
    after.receive(1, alice.from, alice.request("INVITE", nat_bob.uri(), 1).text());
    const auto sent = of_kind(after.take(1), "INVITE");
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].to.remote, nat_bob.from.remote);
    after.node(1).adopt_registration(after.now(), "not a record");
    EXPECT_EQ(after.node(1).location().size(), 2U);
}

}  // namespace
}  // namespace sipha::proxy
