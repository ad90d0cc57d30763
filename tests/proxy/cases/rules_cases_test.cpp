// Cases of messages and transactions: what a whole node does with them.
#include "proxy/sip/via.hpp"
#include "tests/proxy/node/phones.hpp"

namespace sipha::proxy {
namespace {

using sip::header_id;

std::string via_of(const sent& message) {
    return parsed(message.text).values(header_id::via).at(0);
}

TEST(ProxyCases, Case07_AnUnknownProxyRequireIs420AndNamesIt) {
    // RFC 3261 16.3 step 5, 21.4.15.
    node_world world(1);
    enroll(world, 1, bob);
    auto request = stranger.request("INVITE", bob.uri(), 1);
    request.headers.push_back("Proxy-Require: foo, bar");
    request.headers.push_back("proxy-require: baz");
    world.receive(1, stranger.from, request.text());
    const auto messages = world.take(1);
    ASSERT_EQ(kinds(messages), "420");
    EXPECT_EQ(parsed(messages[0].text).value(header_id::unsupported), "foo, bar, baz");
}

TEST(ProxyCases, Case07_ProxyRequireInCancelAndAckIsIgnored) {
    // RFC 3261 8.2.2.3: neither can be refused, so the header says nothing there.
    node_world world(1);
    enroll(world, 1, bob);
    const auto invite = alice.request("INVITE", bob.uri(), 1);
    world.receive(1, alice.from, invite.text());
    const auto out = of_kind(world.take(1), "INVITE").at(0);
    world.receive(1, bob.from, test::response_to(out.text, 180));
    world.take(1);
    auto cancel = invite;
    cancel.method = "CANCEL";
    cancel.headers = {"Proxy-Require: foo"};
    world.receive(1, alice.from, cancel.text());
    const auto cancelled = world.take(1);
    ASSERT_EQ(kinds(cancelled), "200 CANCEL");
    world.receive(1, bob.from, test::response_to(cancelled[1].text, 200));
    world.receive(1, bob.from, test::response_to(out.text, 487));
    const auto final = world.take(1);
    ASSERT_EQ(kinds(final), "ACK 487");
    auto ack = invite;
    ack.method = "ACK";
    ack.to = parsed(final[1].text).value(header_id::to);
    ack.headers = {"Proxy-Require: foo"};
    world.receive(1, alice.from, ack.text());
    world.pass(3s);
    EXPECT_EQ(kinds(world.take(1)), "");  // the ACK stopped Timer G
}

TEST(ProxyCases, Case16_AnUnknownUserOfOurDomainIs404) {
    // RFC 3261 16.5, 21.4.5.
    node_world world(1);
    world.receive(1, stranger.from, stranger.request("INVITE", "sip:nobody@example.org", 1).text());
    EXPECT_EQ(kinds(world.take(1)), "404");
}

TEST(ProxyCases, Case17_AKnownUserWithoutABindingIs480) {
    // RFC 3261 16.5, 21.4.18: by its own word, and by the end of its time.
    node_world world(1);
    enroll(world, 1, bob);
    world.receive(1, bob.from, bob.registration(2, "0").text());
    EXPECT_EQ(kinds(world.take(1)), "200");
    world.receive(1, stranger.from, stranger.request("INVITE", bob.uri(), 1).text());
    EXPECT_EQ(kinds(world.take(1)), "480");

    enroll(world, 1, alice);
    world.pass(601s);
    world.take(1);
    world.receive(1, stranger.from, stranger.request("MESSAGE", alice.uri(), 2).text());
    EXPECT_EQ(kinds(world.take(1)), "480");
}

TEST(ProxyCases, Case58_WithoutRportTheReplyGoesToTheSourceAtTheSentByPort) {
    // RFC 3261 18.2.1, 18.2.2.
    struct row {
        const char* sent_by;
        const char* remote;
        const char* received;  ///< as added; "" where sent-by says the same
    };
    const row rows[] = {
        {"10.9.9.9:5070", "udp:198.51.100.1:5070", ";received=198.51.100.1"},
        {"10.9.9.9", "udp:198.51.100.1:5060", ";received=198.51.100.1"},
        {"phone.example.net:5070", "udp:198.51.100.1:5070", ";received=198.51.100.1"},
        {"198.51.100.1:5070", "udp:198.51.100.1:5070", ""},
    };
    for (const auto& [sent_by, remote, received] : rows) {
        SCOPED_TRACE(sent_by);
        node_world world(1);
        auto request = stranger.request("OPTIONS", "sip:example.org", 1);
        request.via = std::string("SIP/2.0/UDP ") + sent_by + ";branch=z9hG4bK-58";
        world.receive(1, hop_to("udp:198.51.100.1:4444"), request.text());
        const auto messages = world.take(1);
        ASSERT_EQ(kinds(messages), "200");
        EXPECT_EQ(messages[0].to, hop_to(remote));
        EXPECT_EQ(via_of(messages[0]), request.via + received);
    }
}

TEST(ProxyCases, Case58_AReceivedThatTheSenderWroteIsReplaced) {
    // RFC 3261 18.2.1: only what the packet shows counts.
    node_world world(1);
    auto request = stranger.request("OPTIONS", "sip:example.org", 1);
    request.via = "SIP/2.0/UDP 10.9.9.9:5070;received=203.0.113.9;branch=z9hG4bK-58";
    world.receive(1, hop_to("udp:198.51.100.1:4444"), request.text());
    const auto messages = world.take(1);
    ASSERT_EQ(kinds(messages), "200");
    EXPECT_EQ(messages[0].to, hop_to("udp:198.51.100.1:5070"));
    EXPECT_EQ(messages[0].text.find("203.0.113.9"), std::string::npos);
}

TEST(ProxyCases, Case59_RportAndReceivedAreFilledAndTheReplyGoesBackTheSameWay) {
    // RFC 3581 4: even when both say what sent-by says, and from the socket that was asked.
    node_world world(1, [](node_options& options) {
        options.listeners.push_back(test::at("udp:10.0.0.1:5080"));
    });
    for (const auto* source : {"udp:198.51.100.1:5070", "udp:203.0.113.4:1234"}) {
        SCOPED_TRACE(source);
        const sip::hop from{2, test::at(source), 0};
        auto request = stranger.request("OPTIONS", "sip:example.org", from.remote.port);
        request.via = "SIP/2.0/UDP 198.51.100.1:5070;rport;branch=z9hG4bK-59-" +
                      std::to_string(from.remote.port);
        world.receive(1, from, request.text());
        const auto messages = world.take(1);
        ASSERT_EQ(kinds(messages), "200");
        EXPECT_EQ(messages[0].to, from);
        const auto value = via_of(messages[0]);
        const auto via = sip::parse_via(value);
        ASSERT_TRUE(via);
        EXPECT_EQ(via->rport, from.remote.port);
        EXPECT_EQ(via->received, from.remote.ip.to_string());
    }
}

TEST(ProxyCases, Case59_ARelayedResponseTakesTheSameWay) {
    // RFC 3581 4 through the proxy: the phone below sees received and rport, the caller gets its
    // own Via back with both.
    node_world world(1);
    enroll(world, 1, bob);
    auto invite = alice.request("INVITE", bob.uri(), 1);
    const auto from = hop_to("udp:192.0.2.10:33333");
    world.receive(1, from, invite.text());
    const auto out = of_kind(world.take(1), "INVITE").at(0);
    const auto vias = parsed(out.text).values(header_id::via);
    ASSERT_EQ(vias.size(), 2u);
    const auto below = sip::parse_via(vias[1]);
    ASSERT_TRUE(below);
    EXPECT_EQ(below->rport, 33333);
    EXPECT_EQ(below->received, "192.0.2.10");
    world.receive(1, bob.from, test::response_to(out.text, 180));
    const auto up = of_kind(world.take(1), "180");
    ASSERT_EQ(up.size(), 1u);
    EXPECT_EQ(up[0].to, from);
}

TEST(ProxyCases, Case60_OurViaAsksForRportAndNamesTheSocketThatSends) {
    // RFC 3581 3: answers come back to the sending socket, through a NAT of ours too.
    node_world world(1);
    enroll(world, 1, bob);
    world.receive(1, alice.from, alice.request("INVITE", bob.uri(), 1).text());
    const auto out = of_kind(world.take(1), "INVITE").at(0);
    const auto value = via_of(out);
    const auto via = sip::parse_via(value);
    ASSERT_TRUE(via);
    EXPECT_TRUE(via->has_rport);
    EXPECT_FALSE(via->rport);  // the receiver fills it
    const auto& listener = world.node(1).options().listeners.at(out.to.listener);
    EXPECT_EQ(via->host, listener.ip.to_string());
    EXPECT_EQ(via->port.value_or(5060), listener.port);
    // The receiver fills both: the answer is ours all the same.
    auto answer = test::response_to(out.text, 180);
    answer.replace(answer.find(";rport"), 6, ";rport=40000;received=203.0.113.1");
    world.receive(1, bob.from, answer);
    EXPECT_EQ(kinds(world.take(1)), "180");
}

TEST(ProxyCases, Case89_AReplyAtAnotherNodeOfTheAddressIsHandedToItsOwner) {
    // RFC 3261 18.1.2: the branch tells whose transaction it is.
    node_world world(2);
    enroll(world, 1, bob);
    world.receive(1, alice.from, alice.request("INVITE", bob.uri(), 1).text());
    const auto out = of_kind(world.take(1), "INVITE").at(0);
    world.take_between();
    const auto reply = test::response_to(out.text, 486);
    world.receive(2, bob.from, reply);
    EXPECT_EQ(kinds(world.take(2)), "");
    const auto between = world.take_between();
    ASSERT_EQ(between.size(), 1u);
    EXPECT_EQ(between[0].text, reply);
    EXPECT_EQ(world.node(2).counters().handed_over_responses, 1u);
    EXPECT_EQ(kinds(world.take(1)), "ACK 486");
}

TEST(ProxyCases, Case89_AReplyOfADeadOwnerIsDroppedAndCounted) {
    node_world world(2);
    enroll(world, 1, bob);
    world.receive(1, alice.from, alice.request("INVITE", bob.uri(), 1).text());
    const auto reply = test::response_to(of_kind(world.take(1), "INVITE").at(0).text, 486);
    world.kill(1);
    world.pass(10s);
    world.take(2);
    world.receive(2, bob.from, reply);
    EXPECT_EQ(kinds(world.take(2)), "");
    EXPECT_EQ(world.node(2).counters().dropped_foreign_response, 1u);
    // Started again it is another owner: what it asked in its former life is nobody's.
    world.start(1);
    world.pass(10s);
    world.receive(1, bob.from, reply);
    EXPECT_EQ(kinds(world.take(1)), "");
    EXPECT_EQ(world.node(1).counters().dropped_foreign_response, 1u);
}

TEST(ProxyCases, Case91_AMergedRequestToARegistrarOrForUsIs482) {
    // RFC 3261 8.2.2.2.
    node_world world(1);
    auto request = bob.registration(1);
    world.receive(1, bob.from, request.text());
    EXPECT_EQ(kinds(world.take(1)), "200");
    request.via = "SIP/2.0/UDP 192.0.2.20:5060;rport;branch=z9hG4bK-other-way";
    world.receive(1, bob.from, request.text());
    EXPECT_EQ(kinds(world.take(1)), "482");
    // Its retransmission belongs to the same transaction.
    world.receive(1, bob.from, request.text());
    EXPECT_EQ(kinds(world.take(1)), "482");

    auto options = stranger.request("OPTIONS", "sip:example.org", 1);
    world.receive(1, stranger.from, options.text());
    options.via = "SIP/2.0/UDP 198.51.100.1:5060;rport;branch=z9hG4bK-other-way";
    world.receive(1, stranger.from, options.text());
    EXPECT_EQ(kinds(world.take(1)), "200 482");
}

TEST(ProxyCases, Case91_OtherRequestsAreNotMerged) {
    struct row {
        const char* claim;
        void (*change)(request_text&);
    };
    const row rows[] = {
        {"the next CSeq", [](request_text& r) { r.cseq = 2; }},
        {"another Call-ID", [](request_text& r) { r.call_id = "another"; }},
        {"another From tag", [](request_text& r) { r.from = "<sip:bob@example.org>;tag=x"; }},
        {"a To tag", [](request_text& r) { r.to = "<sip:example.org>;tag=x"; }},
    };
    for (const auto& [claim, change] : rows) {
        SCOPED_TRACE(claim);
        node_world world(1);
        auto request = stranger.request("OPTIONS", "sip:example.org", 1);
        world.receive(1, stranger.from, request.text());
        request.via = "SIP/2.0/UDP 198.51.100.1:5060;rport;branch=z9hG4bK-other";
        change(request);
        world.receive(1, stranger.from, request.text());
        EXPECT_EQ(kinds(world.take(1)), "200 200");
    }
}

TEST(ProxyCases, Case91_AfterTheTransactionNothingIsRememberedAndProxiedCopiesPass) {
    node_world world(1);
    auto request = stranger.request("OPTIONS", "sip:example.org", 1);
    world.receive(1, stranger.from, request.text());
    world.pass(33s);  // Timer J
    request.via = "SIP/2.0/UDP 198.51.100.1:5060;rport;branch=z9hG4bK-later";
    world.receive(1, stranger.from, request.text());
    EXPECT_EQ(kinds(world.take(1)), "200 200");

    // RFC 3261 8.2.2.2 speaks of a UAS: to a proxy two copies are two requests.
    enroll(world, 1, bob);
    auto invite = stranger.request("INVITE", bob.uri(), 2);
    world.receive(1, stranger.from, invite.text());
    invite.via = "SIP/2.0/UDP 198.51.100.1:5060;rport;branch=z9hG4bK-other-way";
    world.receive(1, stranger.from, invite.text());
    EXPECT_EQ(kinds(world.take(1)), "100 INVITE 100 INVITE");
}

/// One INVITE for bob in the forms that RFC 3261 7.3 calls equal.
struct spelling {
    const char* claim;
    const char* text;
};
constexpr spelling spellings[] = {
    {"long names",
     "INVITE sip:bob@example.org SIP/2.0\r\n"
     "Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKsp;rport\r\n"
     "Via: SIP/2.0/UDP [2001:db8::9]:5070;branch=z9hG4bKlow\r\n"
     "Max-Forwards: 70\r\nFrom: <sip:alice@example.org>;tag=a\r\nTo: <sip:bob@example.org>\r\n"
     "Call-ID: spelled\r\nCSeq: 1 INVITE\r\nContact: <sip:alice@192.0.2.10:5060>\r\n"
     "Content-Length: 0\r\n\r\n"},
    {"compact names, no case",
     "INVITE sip:bob@example.org SIP/2.0\r\n"
     "v: sip/2.0/udp 192.0.2.10:5060;Branch=z9hG4bKsp;RPORT\r\n"
     "V: SIP/2.0/UDP [2001:DB8::9]:5070;branch=z9hG4bKlow\r\n"
     "MAX-FORWARDS: 70\r\nf: <sip:alice@example.org>;TAG=a\r\nt: <sip:bob@example.org>\r\n"
     "i: spelled\r\ncseq: 1 INVITE\r\nm: <sip:alice@192.0.2.10:5060>\r\nl: 0\r\n\r\n"},
    {"one line of Vias, folded lines, much white space",
     "INVITE sip:bob@example.org SIP/2.0\r\n"
     "Via  :\tSIP / 2.0 / UDP\r\n 192.0.2.10 : 5060 ;\r\n\tbranch = z9hG4bKsp ; rport ,\r\n"
     "  SIP/2.0/UDP [2001:db8::9]:5070 ;branch=z9hG4bKlow\r\n"
     "Max-Forwards:  0070\r\nFrom:\r\n <sip:alice@example.org>\r\n ; tag = a\r\n"
     "To :    <sip:bob@example.org>\r\nCall-ID:\r\n spelled\r\nCSeq: 0000000001\r\n INVITE\r\n"
     "Contact:<sip:alice@192.0.2.10:5060>\r\nContent-Length:\t0\r\n\r\n"},
    {"escapes and the host's case in the Request-URI",
     "INVITE sip:%62o%62@EXAMPLE.org SIP/2.0\r\n"
     "Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKsp;rport\r\n"
     "Via: SIP/2.0/UDP [2001:db8:0:0::9]:5070;branch=z9hG4bKlow\r\n"
     "Max-Forwards: 70\r\nFrom: sip:alice@example.org;tag=a\r\nTo: sip:bob@example.org\r\n"
     "Call-ID: spelled\r\nCSeq: 1 INVITE\r\nContact: sip:alice@192.0.2.10:5060\r\n\r\n"},
};

TEST(ProxyCases, Case94_EqualSpellingsAreOneRequest) {
    // RFC 3261 7.3.1, 7.3.3, 19.1.4; RFC 5118 4.
    for (const auto& first : spellings) {
        for (const auto& second : spellings) {
            SCOPED_TRACE(std::string(first.claim) + ", then " + second.claim);
            node_world world(1);
            enroll(world, 1, bob);
            world.receive(1, alice.from, first.text);
            const auto messages = world.take(1);
            ASSERT_EQ(kinds(messages), "100 INVITE");
            const parsed out(messages[1].text);
            EXPECT_EQ(out->request_uri(), bob.contact());
            EXPECT_EQ(out.value(header_id::max_forwards), "69");
            EXPECT_EQ(out.values(header_id::via).size(), 3u);
            // The other form is its retransmission: the last response comes again, no second call.
            world.receive(1, alice.from, second.text);
            EXPECT_EQ(kinds(world.take(1)), "100");
            world.receive(1, bob.from, test::response_to(messages[1].text, 180));
            const auto up = world.take(1);
            ASSERT_EQ(kinds(up), "180");
            EXPECT_EQ(up[0].to, alice.from);
            EXPECT_EQ(parsed(up[0].text).values(header_id::via).size(), 2u);
        }
    }
}

TEST(ProxyCases, Case94_WhatIsNotUnderstoodIsForwardedAsItCame) {
    // RFC 3261 16.6 step 1, 16.7: no header is dropped, reordered or repaired.
    node_world world(1);
    enroll(world, 1, bob);
    auto invite = alice.request("INVITE", bob.uri(), 1);
    const std::string odd =
        "X-Odd :  \"a\\\"b\" ,,;; \t\xc3\xa4\r\n\tfolded\r\nsUbJeCt:\r\nX-Odd: again\r\n";
    auto text = invite.text();
    text.insert(text.find("Contact:"), odd);
    world.receive(1, alice.from, text);
    const auto out = of_kind(world.take(1), "INVITE").at(0);
    EXPECT_NE(out.text.find(odd), std::string::npos);
    auto answer = test::response_to(out.text, 180);
    answer.insert(answer.find("To:"), odd);
    world.receive(1, bob.from, answer);
    const auto up = of_kind(world.take(1), "180");
    ASSERT_EQ(up.size(), 1u);
    EXPECT_NE(up[0].text.find(odd), std::string::npos);
}

}  // namespace
}  // namespace sipha::proxy
