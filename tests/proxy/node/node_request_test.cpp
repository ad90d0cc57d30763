// Single messages: what is answered here, what is refused, what is dropped and counted.
#include "tests/proxy/node/phones.hpp"

namespace sipha::proxy {
namespace {

TEST(NodeRequest, OneMessageOneAnswer) {
    struct row {
        const char* claim;
        const char* method;
        const char* uri;
        const char* max_forwards;
        std::vector<std::string> headers;
        const char* answer;
    };
    const row rows[] = {
        {"OPTIONS for us", "OPTIONS", "sip:example.org", "70", {}, "200"},
        {"OPTIONS at its last hop", "OPTIONS", "sip:example.org", "0", {}, "200"},
        {"OPTIONS for a phone", "OPTIONS", "sip:bob@example.org", "70", {}, "OPTIONS"},
        {"OPTIONS for a phone without hops", "OPTIONS", "sip:bob@example.org", "0", {}, "483"},
        {"the last hop", "INVITE", "sip:bob@example.org", "0", {}, "483"},
        {"one hop left", "INVITE", "sip:bob@example.org", "1", {}, "100 INVITE"},
        {"no Max-Forwards", "INVITE", "sip:bob@example.org", "", {}, "100 INVITE"},
        {"an extension", "INVITE", "sip:bob@example.org", "70", {"Proxy-Require: foo"}, "420"},
        {"an extension for the callee",
         "INVITE",
         "sip:bob@example.org",
         "70",
         {"Require: foo"},
         "100 INVITE"},
        {"another scheme", "INVITE", "tel:+4930123", "70", {}, "416"},
        {"a malformed Request-URI", "INVITE", "sip:bob@exa mple", "70", {}, "400"},
        {"a malformed Route", "INVITE", "sip:bob@example.org", "70", {"Route: nonsense"}, "400"},
        {"Max-Forwards 256", "INVITE", "sip:bob@example.org", "256", {}, "400"},
        {"a second Call-ID", "INVITE", "sip:bob@example.org", "70", {"Call-ID: x"}, "400"},
        {"an unknown method", "FOO", "sip:bob@example.org", "70", {}, "FOO"},
        {"a foreign domain", "INVITE", "sip:bob@example.com", "70", {}, "403"},
        {"a foreign registrar", "REGISTER", "sip:example.com", "70", {}, "403"},
        {"no user", "INVITE", "sip:example.org", "70", {}, "404"},
        {"a way over others",
         "INVITE",
         "sip:bob@example.org",
         "70",
         {"Route: <sip:10.0.0.1;lr>, <sip:198.51.100.9;lr>"},
         "403"},
        {"too many of our Routes",
         "INVITE",
         "sip:bob@example.org",
         "70",
         {9, "Route: <sip:10.0.0.1;lr>"},
         "400"},
    };
    for (const auto& [claim, method, uri, max_forwards, headers, answer] : rows) {
        SCOPED_TRACE(claim);
        node_world world(1);
        enroll(world, 1, bob);
        auto request = stranger.request(method, uri, 1);
        request.max_forwards = max_forwards;
        request.headers = headers;
        world.receive(1, stranger.from, request.text());
        const auto messages = world.take(1);
        EXPECT_EQ(kinds(messages), answer);
        if (std::string_view(answer) == "420") {
            EXPECT_EQ(parsed(messages[0].text).value(sip::header_id::unsupported), "foo");
        }
        expect_quiet(world, 1);
    }
}

TEST(NodeRequest, AnswersGoToTheSourceOnTheSocketThatWasAsked) {
    // RFC 3581 4.
    node_world world(1);
    auto request = stranger.request("OPTIONS", "sip:example.org", 1);
    request.via = "SIP/2.0/UDP 10.9.9.9:5070;rport;branch=z9hG4bK-x";
    world.receive(1, hop_to("udp:198.51.100.1:4444"), request.text());
    const auto messages = world.take(1);
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_EQ(messages[0].to, hop_to("udp:198.51.100.1:4444"));
    const parsed answer(messages[0].text);
    EXPECT_EQ(
        answer.value(sip::header_id::via),
        "SIP/2.0/UDP 10.9.9.9:5070;rport=4444;branch=z9hG4bK-x;received=198.51.100.1"
    );
    EXPECT_NE(answer.value(sip::header_id::to).find(";tag="), std::string::npos);
    EXPECT_NE(answer.value(sip::header_id::allow), "");
}

TEST(NodeRequest, WhatCannotBeAnsweredIsDroppedAndCounted) {
    node_world world(1);
    const auto& counters = world.node(1).counters();
    const auto drop = [&](std::string_view bytes) {
        world.receive(1, stranger.from, bytes);
        EXPECT_EQ(kinds(world.take(1)), "") << bytes;
    };
    for (const auto* bytes : {"\r\n\r\n", "\r\n", ""}) {
        drop(bytes);
    }
    drop(std::string_view("\0\0\0\0", 4));
    EXPECT_EQ(counters.keepalives, 4u);

    drop("hello");
    drop("INVITE sip:bob@example.org SIP/2.0");
    drop("SIP/2.0 99999 x\r\n\r\n");
    EXPECT_EQ(counters.dropped_unparsable, 3u);

    drop("INVITE sip:bob@example.org SIP/2.0\r\nCall-ID: x\r\n\r\n");
    auto bad_ack = stranger.request("ACK", "sip:bob@example.org", 1);
    bad_ack.call_id.clear();
    drop(bad_ack.text());
    EXPECT_EQ(counters.dropped_invalid_request, 2u);

    drop("SIP/2.0 200 OK\r\nCall-ID: x\r\n\r\n");
    EXPECT_EQ(counters.dropped_invalid_response, 1u);

    drop(stranger.request("ACK", "sip:bob@example.org", 1).text());
    EXPECT_EQ(counters.dropped_stray_ack, 1u);
    EXPECT_EQ(world.node(1).transactions().server_count(), 0u);
}

TEST(NodeRequest, ACutBodyIsAnsweredWith400) {
    node_world world(1);
    auto text = stranger.request("MESSAGE", "sip:bob@example.org", 1);
    text.body = "hello";
    const auto whole = text.text();
    world.receive(1, stranger.from, std::string_view(whole).substr(0, whole.size() - 1));
    EXPECT_EQ(kinds(world.take(1)), "400");
}

TEST(NodeRequest, ResponsesThatNobodyAskedForAreDropped) {
    node_world world(2);
    enroll(world, 1, bob);
    world.receive(1, alice.from, alice.request("INVITE", bob.uri(), 1).text());
    const auto invite = of_kind(world.take(1), "INVITE").at(0);

    const auto& first = world.node(1).counters();
    world.receive(
        1, bob.from, test::response_to(alice.request("INVITE", bob.uri(), 9).text(), 200)
    );
    EXPECT_EQ(first.dropped_forged_response, 1u);
    auto forged = test::response_to(invite.text, 200);
    const auto at = forged.find("z9hG4bK") + 20;
    forged[at] = forged[at] == 'a' ? 'b' : 'a';
    world.receive(1, bob.from, forged);
    EXPECT_EQ(first.dropped_forged_response, 2u);
    // A peer has no reason to send another node's answer here: it is not passed round.
    world.receive(2, hop_to("udp:10.0.0.1:5060"), test::response_to(invite.text, 200));
    EXPECT_EQ(world.node(2).counters().dropped_foreign_response, 1u);
    world.receive(1, bob.from, test::response_to(invite.text, 486));
    EXPECT_EQ(kinds(world.take(1)), "ACK 486");
    world.pass(1min);
    world.take(1);
    world.receive(1, bob.from, test::response_to(invite.text, 486));
    EXPECT_EQ(first.dropped_stray_response, 1u);
    EXPECT_EQ(kinds(world.take(1)), "");
}

TEST(NodeRequest, AnAckAtItsLastHopIsDropped) {
    node_world world(1);
    enroll(world, 1, bob);
    call one(world, 1, alice, 1, bob);
    one.set_up();
    auto ack = alice.request("ACK", bob.contact(), 1);
    ack.to = parsed(one.accepted).value(sip::header_id::to);
    ack.headers = {"Route: " + parsed(one.accepted).value(sip::header_id::record_route)};
    ack.max_forwards = "0";
    world.take(1);
    world.receive(1, alice.from, ack.text());
    EXPECT_EQ(kinds(world.take(1)), "");
    EXPECT_EQ(world.node(1).counters().dropped_exhausted_ack, 1u);
    ack.max_forwards = "1";
    world.receive(1, alice.from, ack.text());
    const auto passed = world.take(1);
    ASSERT_EQ(kinds(passed), "ACK");
    EXPECT_EQ(parsed(passed[0].text).value(sip::header_id::max_forwards), "0");
}

TEST(NodeRequest, AStolenTokenOpensNoOtherCall) {
    node_world world(1);
    enroll(world, 1, nat_bob);
    call one(world, 1, alice, 1, nat_bob);
    one.set_up();
    auto probe = stranger.request("BYE", "sip:victim@198.51.100.9", 1);
    probe.to = parsed(one.accepted).value(sip::header_id::to);
    probe.headers = {"Route: " + parsed(one.accepted).value(sip::header_id::record_route)};
    world.take(1);
    world.receive(1, stranger.from, probe.text());
    EXPECT_EQ(kinds(world.take(1)), "403");
}

TEST(NodeRequest, AFullTableIsAnsweredWithoutATransaction) {
    node_world world(1, [](node_options& options) {
        options.transactions.max_transactions = 1;
        options.gate.is_on = false;  // a stranger's answer would take no transaction
    });
    auto first = stranger.request("OPTIONS", "sip:example.org", 1);
    world.receive(1, stranger.from, first.text());
    EXPECT_EQ(kinds(world.take(1)), "200");
    world.receive(1, stranger.from, stranger.request("OPTIONS", "sip:example.org", 2).text());
    const auto messages = world.take(1);
    ASSERT_EQ(kinds(messages), "503");
    const auto delay = parsed(messages[0].text).value(sip::header_id::retry_after);
    EXPECT_TRUE(delay.size() == 1 && delay >= "1" && delay <= "5") << delay;
    world.receive(1, stranger.from, first.text());
    EXPECT_EQ(kinds(world.take(1)), "200") << "what is known is still served";
}

TEST(NodeRequest, InboundCallsCanBeLimitedToTrustedNetworks) {
    node_world world(1, [](node_options& options) {
        options.policy.inbound = route::policy_options::inbound::trusted;
        options.policy.trusted = {*geo::ip_prefix::parse("203.0.113.0/24")};
    });
    enroll(world, 1, bob);
    world.receive(1, stranger.from, stranger.request("INVITE", bob.uri(), 1).text());
    EXPECT_EQ(kinds(world.take(1)), "403");
    world.receive(
        1, hop_to("udp:203.0.113.7:5060"), stranger.request("INVITE", bob.uri(), 2).text()
    );
    EXPECT_EQ(kinds(world.take(1)), "100 INVITE");
}

}  // namespace
}  // namespace sipha::proxy
