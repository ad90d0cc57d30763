// One target, one next hop: RFC 3261 16.6 and 16.7 over the transactions of 17.
#include <gtest/gtest.h>

#include "tests/proxy/route/relay_bench.hpp"

namespace sipha::route {
namespace {

const std::vector<std::vector<std::string>> one = {{"udp:192.0.2.20:5060"}};

TEST(Relay, AnInviteIsTryingAtOnceAndForwarded) {
    relay_bench bench;
    bench.start(one);
    const auto messages = bench.take();
    ASSERT_EQ(kinds(messages), "100 INVITE");
    EXPECT_EQ(messages[0].to, bench.caller);
    EXPECT_EQ(messages[1].to.remote, test::at("udp:192.0.2.20:5060"));
    const parsed invite(messages[1].text);
    EXPECT_EQ(sip::validate(*invite).status, 0);
    EXPECT_EQ(invite.value(sip::header_id::max_forwards), "69");
    const auto vias = invite.values(sip::header_id::via);
    ASSERT_EQ(vias.size(), 2u);
    EXPECT_TRUE(vias[0].starts_with("SIP/2.0/UDP 10.0.0.1:5060;rport;branch=z9hG4bK"));
    // RFC 3581 4: received and rport, even when they say nothing new.
    EXPECT_EQ(
        vias[1], "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-1;rport=5060;received=192.0.2.10"
    );
    EXPECT_EQ(invite.values(sip::header_id::record_route).size(), 1u);
}

TEST(Relay, ResponsesPassWithoutOurViaAnd100DoesNot) {
    relay_bench bench;
    bench.start(one);
    const auto invite = of_kind(bench.take(), "INVITE").at(0);
    bench.answer(invite, 100);
    EXPECT_EQ(kinds(bench.take()), "");
    bench.answer(invite, 180);
    const auto ringing = bench.take();
    ASSERT_EQ(kinds(ringing), "180");
    EXPECT_EQ(ringing[0].to, bench.caller);
    EXPECT_EQ(parsed(ringing[0].text).values(sip::header_id::via).size(), 1u);
    bench.answer(invite, 183);
    bench.answer(invite, 200);
    EXPECT_EQ(kinds(bench.take()), "183 200");
    bench.expect_empty_after(long_after);
}

TEST(Relay, ARetransmittedInviteGetsTheLastProvisional) {
    relay_bench bench;
    bench.start(one);
    const auto invite = of_kind(bench.take(), "INVITE").at(0);
    bench.receive_again("INVITE");
    EXPECT_EQ(kinds(bench.take()), "100");
    bench.answer(invite, 180);
    bench.take();
    bench.receive_again("INVITE");
    EXPECT_EQ(kinds(bench.take()), "180");
}

TEST(Relay, AProvisionalResponseStopsRetransmissions) {
    relay_bench bench;
    bench.start(one);
    const auto invite = of_kind(bench.take(), "INVITE").at(0);
    bench.pass(600ms);
    EXPECT_EQ(kinds(bench.take()), "INVITE");
    bench.answer(invite, 100);
    bench.pass(1min);
    EXPECT_EQ(kinds(bench.take()), "");
}

TEST(Relay, Every2xxPassesAndARetransmittedInviteIsAbsorbed) {
    // RFC 6026 7.1, 7.2.
    relay_bench bench;
    bench.start(one);
    const auto invite = of_kind(bench.take(), "INVITE").at(0);
    bench.answer(invite, 200);
    bench.pass(1s);
    bench.answer(invite, 200);
    bench.pass(30s);
    bench.answer(invite, 200);
    EXPECT_EQ(kinds(bench.take()), "200 200 200");
    bench.receive_again("INVITE");
    EXPECT_EQ(kinds(bench.take()), "");
    bench.pass(2s);
    bench.answer(invite, 200);
    EXPECT_EQ(bench.last_match, txn::table::match::unknown) << "after Timer M it is a stray";
    EXPECT_EQ(kinds(bench.take()), "");
    bench.expect_empty_after(long_after);
}

TEST(Relay, AFailureIsAcknowledgedPassedOnceAndRepeatedUntilItsAck) {
    relay_bench bench;
    bench.start(one);
    const auto invite = of_kind(bench.take(), "INVITE").at(0);
    bench.answer(invite, 486);
    auto messages = bench.take();
    ASSERT_EQ(kinds(messages), "ACK 486");
    EXPECT_EQ(messages[0].to.remote, test::at("udp:192.0.2.20:5060"));
    EXPECT_EQ(parsed(messages[0].text).values(sip::header_id::via).size(), 1u);
    EXPECT_EQ(messages[1].to, bench.caller);
    bench.answer(invite, 486);
    EXPECT_EQ(kinds(bench.take()), "ACK");
    bench.pass(600ms);
    EXPECT_EQ(kinds(bench.take()), "486") << "Timer G";
    bench.receive_again("ACK");
    bench.pass(10s);
    EXPECT_EQ(kinds(bench.take()), "");
    bench.expect_empty_after(long_after);
}

TEST(Relay, WithoutAnAckTheTransactionEnds) {
    relay_bench bench;
    bench.start(one);
    bench.answer(of_kind(bench.take(), "INVITE").at(0), 404);
    bench.pass(33s);
    EXPECT_EQ(bench.context_count(), 0u);
    bench.expect_empty_after(long_after);
}

TEST(Relay, A503GoesUpAs500) {
    // RFC 3261 16.7 step 6.
    relay_bench bench;
    bench.start(one);
    bench.answer(of_kind(bench.take(), "INVITE").at(0), 503);
    const auto messages = bench.take();
    ASSERT_EQ(kinds(messages), "ACK 500");
    EXPECT_EQ(parsed(messages[1].text).value(sip::header_id::to), "<sip:bob@example.org>;tag=ours");
}

TEST(Relay, AnUnansweredNonInviteGetsNo408) {
    // RFC 4320 4.2.
    relay_bench bench;
    bench.start(message_request(), one);
    const auto message = of_kind(bench.take(), "MESSAGE").at(0);
    bench.pass(3499ms);
    EXPECT_TRUE(of_kind(bench.take(), "100").empty()) << "RFC 4320 4.1: not before Timer E's T2";
    bench.pass(1ms);
    EXPECT_EQ(of_kind(bench.take(), "100").size(), 1u);
    bench.pass(40s);
    for (const auto& sent : bench.take()) {
        EXPECT_EQ(sent.kind(), "MESSAGE");
    }
    EXPECT_EQ(bench.context_count(), 0u);
    bench.answer(message, 200);
    EXPECT_EQ(bench.last_match, txn::table::match::unknown);
    EXPECT_EQ(kinds(bench.take()), "") << "a late final response is dropped";
    bench.expect_empty_after(long_after);
}

TEST(Relay, ANonInviteAnswerIsKeptForRetransmissions) {
    relay_bench bench;
    bench.start(message_request(), one);
    const auto message = of_kind(bench.take(), "MESSAGE").at(0);
    bench.answer(message, 180);
    EXPECT_EQ(kinds(bench.take()), "") << "RFC 4320: no 1xx but 100";
    bench.answer(message, 404);
    EXPECT_EQ(kinds(bench.take()), "404");
    bench.receive_again("MESSAGE");
    EXPECT_EQ(kinds(bench.take()), "404");
    bench.pass(31s);
    bench.receive_again("MESSAGE");
    EXPECT_EQ(kinds(bench.take()), "404") << "Timer J";
    bench.expect_empty_after(long_after);
}

TEST(Relay, AResponseWithoutAViaForTheCallerIsConsumed) {
    // RFC 3261 16.7 step 3.
    relay_bench bench;
    bench.start(one);
    const auto invite = of_kind(bench.take(), "INVITE").at(0);
    const auto cut = [&](int status) {
        auto text = test::response_to(invite.text, status);
        const auto second = text.find("Via:", text.find("Via:") + 1);
        return text.erase(second, text.find("\r\n", second) + 2 - second);
    };
    bench.receive(cut(180));
    EXPECT_EQ(kinds(bench.take()), "");
    bench.receive(cut(200));
    EXPECT_EQ(kinds(bench.take()), "502") << "the branch is over and the caller must know";
    EXPECT_EQ(bench.counters().dropped_viafree, 2u);
    bench.expect_empty_after(long_after);
}

TEST(Relay, NothingIsSentToOurselves) {
    for (const auto* own : {"udp:10.0.0.1:5060", "udp:10.0.0.2:5060", "tcp:10.0.0.1:5060"}) {
        relay_bench bench;
        bench.start({{own}});
        EXPECT_EQ(kinds(bench.take()), "100 482") << own;
        bench.expect_empty_after(long_after);
    }
}

TEST(Relay, WithoutRoomForATransactionTheCallerIsToldSo) {
    relay_bench bench(1);
    bench.start(one);
    EXPECT_EQ(kinds(bench.take()), "100 500");
    EXPECT_EQ(bench.counters().dropped_overload, 1u);
    bench.expect_empty_after(long_after);
}

}  // namespace
}  // namespace sipha::route
