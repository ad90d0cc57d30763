// Calls from end to end: the life of an INVITE, its ACK and its BYE.
#include "tests/proxy/node/phones.hpp"

namespace sipha::proxy {
namespace {

TEST(NodeCall, BothPhonesReachEachOtherForTheWholeCall) {
    struct row {
        const char* claim;
        const phone& caller;
        const phone& callee;
    };
    for (const auto& [claim, caller, callee] :
         {row{"no NAT", alice, bob},
          row{"callee behind NAT", alice, nat_bob},
          row{"caller behind NAT", nat_alice, bob},
          row{"both behind NAT", nat_alice, nat_bob},
          row{"callee on TCP", alice, tcp_bob},
          row{"caller on TCP", tcp_bob, nat_alice},
          row{"a stranger calls", stranger, nat_bob}}) {
        SCOPED_TRACE(claim);
        node_world world(1);
        if (&caller != &stranger) {
            enroll(world, 1, caller);
        }
        enroll(world, 1, callee);
        call one(world, 1, caller, 1, callee);
        one.set_up();
        EXPECT_EQ(parsed(one.arrived)->request_uri(), callee.contact());
        one.send_from_callee("INFO");
        one.send_from_caller("INFO");
        one.send_from_callee("BYE");
        expect_quiet(world, 1);
    }
}

TEST(NodeCall, AChangeOfTransportIsRecordedTwice) {
    node_world world(1);
    enroll(world, 1, tcp_bob);
    call one(world, 1, alice, 1, tcp_bob);
    one.set_up();
    const auto recorded = parsed(one.arrived).values(sip::header_id::record_route);
    ASSERT_EQ(recorded.size(), 2u);  // RFC 5658
    EXPECT_TRUE(recorded[0].ends_with("@10.0.0.1:5060;transport=tcp;lr>"));
    EXPECT_TRUE(recorded[1].ends_with("@10.0.0.1:5060;transport=udp;lr>"));
}

TEST(NodeCall, ACallerHangsUpWhileItRings) {
    node_world world(1);
    enroll(world, 1, bob);
    const auto invite = alice.request("INVITE", bob.uri(), 1);
    world.receive(1, alice.from, invite.text());
    const auto at_bob = of_kind(world.take(1), "INVITE").at(0);
    world.receive(1, bob.from, test::response_to(at_bob.text, 180));
    const auto ringing = world.take(1);
    auto cancel = invite;
    cancel.method = "CANCEL";
    cancel.headers = {"Reason: SIP;cause=487"};
    world.receive(1, alice.from, cancel.text());
    const auto messages = world.take(1);
    ASSERT_EQ(kinds(messages), "200 CANCEL");
    EXPECT_EQ(parsed(messages[1].text).value(sip::header_id::reason), "SIP;cause=487");
    world.receive(1, bob.from, test::response_to(messages[1].text, 200));
    world.receive(1, bob.from, test::response_to(at_bob.text, 487));
    EXPECT_EQ(kinds(world.take(1)), "ACK 487");
    auto ack = invite;
    ack.method = "ACK";
    world.receive(1, alice.from, ack.text());
    EXPECT_EQ(kinds(world.take(1)), "");
    expect_quiet(world, 1);
}

TEST(NodeCall, TheTagOfACancelsAnswerIsThatOfTheInvites) {
    // RFC 3261 9.2, when the final response is made here.
    node_world world(1);
    auto far = bob;
    far.address = "host.example.net";
    world.receive(1, far.from, [&] {
        auto request = bob.registration(1);
        request.headers[0] = "Contact: <sip:bob@host.example.net>";
        return request.text();
    }());
    world.take(1);
    const auto invite = alice.request("INVITE", bob.uri(), 1);
    world.receive(1, alice.from, invite.text());
    ASSERT_EQ(world.take_lookups(1).size(), 1u);
    world.take(1);
    auto cancel = invite;
    cancel.method = "CANCEL";
    world.receive(1, alice.from, cancel.text());
    const auto messages = world.take(1);
    ASSERT_EQ(kinds(messages), "200 487");
    EXPECT_EQ(
        parsed(messages[0].text).value(sip::header_id::to),
        parsed(messages[1].text).value(sip::header_id::to)
    );
    expect_quiet(world, 1);
}

TEST(NodeCall, ACancelOfNothingIs481AndOneAfterThe2xxDoesNothing) {
    node_world world(1);
    enroll(world, 1, bob);
    auto cancel = alice.request("INVITE", bob.uri(), 1);
    cancel.method = "CANCEL";
    world.receive(1, alice.from, cancel.text());
    EXPECT_EQ(kinds(world.take(1)), "481");

    const auto invite = alice.request("INVITE", bob.uri(), 2);
    world.receive(1, alice.from, invite.text());
    world.receive(1, bob.from, test::response_to(of_kind(world.take(1), "INVITE").at(0).text, 200));
    world.take(1);
    cancel = invite;
    cancel.method = "CANCEL";
    world.receive(1, alice.from, cancel.text());
    EXPECT_EQ(kinds(world.take(1)), "200");
    expect_quiet(world, 1);
}

TEST(NodeCall, BothContactsOfAUserRing) {
    node_world world(1);
    enroll(world, 1, bob);
    auto desk = bob;
    desk.from = hop_to("udp:192.0.2.21:5060");
    desk.address = "192.0.2.21:5060";
    enroll(world, 1, desk, 2);
    world.receive(1, alice.from, alice.request("INVITE", bob.uri(), 1).text());
    const auto invites = of_kind(world.take(1), "INVITE");
    ASSERT_EQ(invites.size(), 2u);
    world.receive(1, desk.from, test::response_to(invites[1].text, 180));
    world.receive(1, bob.from, test::response_to(invites[0].text, 200));
    EXPECT_EQ(kinds(world.take(1)), "180 200 CANCEL");
}

TEST(NodeCall, AContactThatCannotBeSentToCountsAs503) {
    node_world world(1);
    enroll(world, 1, tcp_bob);
    world.receive(1, alice.from, alice.request("INVITE", bob.uri(), 1).text());
    const auto invite = of_kind(world.take(1), "INVITE").at(0);
    EXPECT_NE(invite.token, 0u);
    world.fail(1, invite);
    EXPECT_EQ(kinds(world.take(1)), "500");
    expect_quiet(world, 1);
}

TEST(NodeCall, PhonesCallUpstreamAndTheUpstreamCallsPhones) {
    node_world world(1, [](node_options& options) {
        options.groups = {route::default_group({"sip:203.0.113.1"})};
        options.policy.has_upstream = true;
        options.policy.trusted = {*geo::ip_prefix::parse("203.0.113.0/24")};
    });
    const phone pbx{"pbx", hop_to("udp:203.0.113.1:5060"), "203.0.113.1:5060"};
    enroll(world, 1, nat_alice);
    unsigned number = 0;
    for (const auto* uri : {"sip:+4930123@example.org", "sip:+4930123@carrier.example.net"}) {
        SCOPED_TRACE(uri);
        auto invite = nat_alice.request("INVITE", uri, ++number);
        world.receive(1, nat_alice.from, invite.text());
        const auto up = of_kind(world.take(1), "INVITE");
        ASSERT_EQ(up.size(), 1u);
        EXPECT_EQ(up[0].to.remote, pbx.from.remote);
        EXPECT_EQ(parsed(up[0].text)->request_uri(), uri);
        world.receive(1, pbx.from, test::response_to(up[0].text, 404));
        EXPECT_EQ(kinds(world.take(1)), "ACK 404");
    }
    call inbound(world, 1, pbx, 1, nat_alice);
    inbound.set_up();
    inbound.send_from_callee("BYE");
    expect_quiet(world, 1);
}

TEST(NodeCall, AnUpstreamNameIsLookedUp) {
    node_world world(1, [](node_options& options) {
        options.groups = {route::default_group({"sip:pbx.example.net"})};
        options.policy.has_upstream = true;
    });
    enroll(world, 1, alice);
    world.receive(1, alice.from, alice.request("INVITE", "sip:123@example.org", 1).text());
    EXPECT_EQ(kinds(world.take(1)), "100");
    const auto lookups = world.take_lookups(1);
    ASSERT_EQ(lookups.size(), 1u);
    EXPECT_EQ(lookups[0].uri, "sip:pbx.example.net");
    world.resolve(1, lookups[0].query, {test::at("udp:203.0.113.1:5060")});
    EXPECT_EQ(of_kind(world.take(1), "INVITE").at(0).to.remote, test::at("udp:203.0.113.1:5060"));
    expect_quiet(world, 1);
}

}  // namespace
}  // namespace sipha::proxy
