// CANCEL (RFC 3261 9, 16.10) and Timer C (16.8).
#include <gtest/gtest.h>

#include "tests/proxy/route/relay_bench.hpp"

namespace sipha::route {
namespace {

const std::vector<std::vector<std::string>> one = {{"udp:192.0.2.20:5060"}};
const std::vector<std::vector<std::string>> two = {
    {"udp:192.0.2.20:5060"}, {"udp:192.0.2.21:5060"}};

TEST(RelayCancel, ARingingBranchIsCancelledAtOnce) {
    relay_bench bench;
    bench.start(one);
    const auto invite = of_kind(bench.take(), "INVITE").at(0);
    bench.answer(invite, 180);
    bench.take();
    bench.cancel("Reason: Q.850;cause=16\r\nReason: SIP;cause=487\r\n");
    const auto cancel = bench.take();
    ASSERT_EQ(kinds(cancel), "CANCEL");
    EXPECT_EQ(
        parsed(cancel[0].text).values(sip::header_id::reason),
        (std::vector<std::string>{"Q.850;cause=16", "SIP;cause=487"})
    );
    bench.answer(cancel[0], 200);
    EXPECT_EQ(kinds(bench.take()), "");
    bench.answer(invite, 487);
    EXPECT_EQ(kinds(bench.take()), "ACK 487");
    bench.receive_again("ACK");
    bench.expect_empty_after(long_after);
}

TEST(RelayCancel, ASilentBranchIsCancelledWithItsFirstProvisional) {
    // RFC 3261 9.1.
    relay_bench bench;
    bench.start(one);
    const auto invite = of_kind(bench.take(), "INVITE").at(0);
    bench.cancel("Reason: SIP;cause=1\r\n");
    EXPECT_EQ(kinds(bench.take()), "");
    bench.answer(invite, 100);
    const auto cancel = bench.take();
    ASSERT_EQ(kinds(cancel), "CANCEL");
    EXPECT_EQ(parsed(cancel[0].text).value(sip::header_id::reason), "SIP;cause=1");
    bench.answer(invite, 180);
    EXPECT_TRUE(of_kind(bench.take(), "CANCEL").empty()) << "once";
    bench.answer(invite, 487);
    EXPECT_EQ(kinds(bench.take()), "ACK 487");
    bench.expect_empty_after(long_after);
}

TEST(RelayCancel, AFinalResponseBeforeAnyProvisionalNeedsNoCancel) {
    relay_bench bench;
    bench.start(one);
    const auto invite = of_kind(bench.take(), "INVITE").at(0);
    bench.cancel();
    bench.answer(invite, 486);
    EXPECT_EQ(kinds(bench.take()), "ACK 486");
    bench.expect_empty_after(long_after);
}

TEST(RelayCancel, ABranchThatNeverAnswersEndsAs487) {
    relay_bench bench;
    bench.start(one);
    bench.take();
    bench.cancel();
    bench.pass(32s);
    EXPECT_EQ(of_kind(bench.take(), "487").size(), 1u);
    bench.expect_empty_after(long_after);
}

TEST(RelayCancel, A2xxThatCrossedTheCancelPasses) {
    relay_bench bench;
    bench.start(one);
    const auto invite = of_kind(bench.take(), "INVITE").at(0);
    bench.answer(invite, 180);
    bench.cancel();
    bench.take();
    bench.answer(invite, 200);
    EXPECT_EQ(kinds(bench.take()), "200");
    bench.expect_empty_after(long_after);
}

TEST(RelayCancel, AfterThe2xxACancelDoesNothing) {
    relay_bench bench;
    bench.start(two);
    const auto invites = of_kind(bench.take(), "INVITE");
    bench.answer(invites[0], 200);
    bench.take();
    bench.cancel();
    EXPECT_EQ(kinds(bench.take()), "");
}

TEST(RelayCancel, DuringALookupTheCallEndsAtOnce) {
    relay_bench bench;
    bench.start({{"sip:bob@host.example.net"}});
    const auto lookups = bench.take_lookups();
    ASSERT_EQ(lookups.size(), 1u);
    bench.take();
    bench.cancel();
    EXPECT_EQ(kinds(bench.take()), "487");
    bench.locate(lookups[0].query, {"udp:192.0.2.20:5060"});
    EXPECT_TRUE(of_kind(bench.take(), "INVITE").empty()) << "the answer comes too late";
    bench.expect_empty_after(long_after);
}

TEST(RelayCancel, NoFurtherNextHopAfterACancel) {
    for (const bool fails_by_503 : {true, false}) {
        relay_bench bench;
        bench.start({{"udp:192.0.2.20:5060", "udp:192.0.2.21:5060"}});
        const auto invite = of_kind(bench.take(), "INVITE").at(0);
        bench.cancel();
        if (fails_by_503) {
            bench.answer(invite, 503);
        } else {
            bench.fail(invite);
        }
        EXPECT_TRUE(of_kind(bench.take(), "INVITE").empty());
        bench.expect_empty_after(long_after);
    }
}

TEST(RelayCancel, ACancelledCallThatStaysSilentIsGivenUp) {
    // RFC 3261 9.1: 64*T1 after the CANCEL, however often it rings on.
    relay_bench bench;
    bench.start(one);
    const auto invite = of_kind(bench.take(), "INVITE").at(0);
    bench.answer(invite, 180);
    bench.cancel();
    for (int i = 0; i < 6; ++i) {
        bench.pass(5s);
        bench.answer(invite, 180);
    }
    EXPECT_TRUE(of_kind(bench.take(), "487").empty());
    bench.pass(2s);
    EXPECT_EQ(of_kind(bench.take(), "487").size(), 1u);
    bench.answer(invite, 200);
    EXPECT_EQ(bench.last_match, txn::table::match::unknown);
    bench.expect_empty_after(long_after);
}

TEST(RelayCancel, TimerCCancelsACallThatRingsTooLong) {
    relay_bench bench;
    bench.start(one);
    const auto invite = of_kind(bench.take(), "INVITE").at(0);
    bench.answer(invite, 180);
    bench.pass(180s);
    bench.answer(invite, 180);  // RFC 3261 16.7 step 2: starts Timer C anew
    bench.pass(180s);
    EXPECT_TRUE(of_kind(bench.take(), "CANCEL").empty());
    bench.pass(1s);
    EXPECT_EQ(kinds(bench.take()), "CANCEL");
    bench.answer(invite, 487);
    EXPECT_EQ(kinds(bench.take()), "ACK 487");
    bench.expect_empty_after(long_after);
}

TEST(RelayCancel, A100DoesNotExtendTimerC) {
    relay_bench bench;
    bench.start(one);
    const auto invite = of_kind(bench.take(), "INVITE").at(0);
    for (int i = 0; i < 18; ++i) {
        bench.answer(invite, 100);
        bench.pass(10s);
    }
    bench.take();
    bench.pass(1s);
    EXPECT_EQ(kinds(bench.take()), "CANCEL");
}

TEST(RelayCancel, AfterTimerCASilentPhoneIsGivenUp) {
    relay_bench bench;
    bench.start(one);
    bench.answer(of_kind(bench.take(), "INVITE").at(0), 180);
    bench.pass(181s);
    bench.take();
    bench.pass(32s);
    EXPECT_EQ(of_kind(bench.take(), "487").size(), 1u);
    bench.expect_empty_after(long_after);
}

}  // namespace
}  // namespace sipha::route
