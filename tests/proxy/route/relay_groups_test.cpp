// Targets by preference (RFC 3261 16.6), flows of one phone (RFC 5626 7), Max-Breadth and loops
// (RFC 5393), merged answers (RFC 3261 16.7 step 7), hops that failed (RFC 3263 4.3).
#include <gtest/gtest.h>

#include "tests/proxy/route/relay_bench.hpp"

namespace sipha::route {
namespace {

const std::string first = "udp:192.0.2.20:5060";
const std::string second = "udp:192.0.2.21:5060";
const std::string third = "udp:192.0.2.22:5060";

std::vector<sent> invites_of(relay_bench& bench) {
    return of_kind(bench.take(), "INVITE");
}

std::string breadth_of(const sent& what) {
    return parsed(what.text).value(sip::header_id::max_breadth);
}

TEST(RelayGroups, ALowerQIsTriedOnlyAfterAllOfTheHigherFailed) {
    relay_bench bench;
    bench.start_targets(
        {}, {bench.phone_at(first, 500), bench.phone_at(second, 1000), bench.phone_at(third, 1000)}
    );
    const auto high = invites_of(bench);
    ASSERT_EQ(high.size(), 2u);
    EXPECT_EQ(high[0].to.remote, test::at(second));
    bench.answer(high[0], 486);
    EXPECT_TRUE(invites_of(bench).empty()) << "one of the group still rings";
    bench.answer(high[1], 404);
    const auto low = invites_of(bench);
    ASSERT_EQ(low.size(), 1u);
    EXPECT_EQ(low[0].to.remote, test::at(first));
    bench.answer(low[0], 200);
    EXPECT_EQ(kinds(bench.take()), "200");
    bench.expect_empty_after(long_after);
}

TEST(RelayGroups, ADecisionLeavesLowerQUntried) {
    for (const int status : {200, 603}) {
        relay_bench bench;
        bench.start_targets({}, {bench.phone_at(first, 1000), bench.phone_at(second, 500)});
        bench.answer(invites_of(bench).at(0), status);
        const auto messages = bench.take();
        EXPECT_TRUE(of_kind(messages, "INVITE").empty());
        EXPECT_EQ(of_kind(messages, std::to_string(status)).size(), 1u);
        bench.expect_empty_after(long_after);
    }
}

TEST(RelayGroups, ACancelLeavesLowerQUntried) {
    relay_bench bench;
    bench.start_targets({}, {bench.phone_at(first, 1000), bench.phone_at(second, 500)});
    const auto invite = invites_of(bench).at(0);
    bench.answer(invite, 180);
    bench.cancel();
    bench.take();
    bench.answer(invite, 487);
    EXPECT_EQ(kinds(bench.take()), "ACK 487");
    bench.expect_empty_after(long_after);
}

TEST(RelayGroups, TimerCLeadsToTheNextQ) {
    relay_bench bench;
    bench.start_targets({}, {bench.phone_at(first, 1000), bench.phone_at(second, 500)});
    const auto invite = invites_of(bench).at(0);
    bench.answer(invite, 180);
    bench.pass(181s);
    EXPECT_EQ(of_kind(bench.take(), "CANCEL").size(), 1u);
    bench.answer(invite, 487);
    EXPECT_EQ(invites_of(bench).size(), 1u);
    bench.expect_empty_after(long_after);
}

TEST(RelayGroups, FlowsOfOnePhoneAreTriedOneAtATime) {
    struct row {
        int status;
        std::size_t further;
    };
    // RFC 5626 7: after 408 and 430 another flow, after any other answer none.
    for (const auto& [status, further] : {row{430, 1}, row{408, 1}, row{486, 0}, row{503, 0}}) {
        SCOPED_TRACE(status);
        relay_bench bench;
        bench.start_targets({}, {bench.phone_at(first, 1000, 7), bench.phone_at(second, 1000, 7)});
        const auto invites = invites_of(bench);
        ASSERT_EQ(invites.size(), 1u);
        bench.answer(invites[0], status);
        EXPECT_EQ(invites_of(bench).size(), further);
        bench.expect_empty_after(long_after);
    }
}

TEST(RelayGroups, TheNextFlowIsTriedWhenOneCannotBeReached) {
    relay_bench bench;
    bench.start_targets({}, {bench.phone_at(first, 1000, 7), bench.phone_at(second, 1000, 7)});
    bench.fail(invites_of(bench).at(0));
    EXPECT_EQ(invites_of(bench).size(), 1u);
    bench.expect_empty_after(long_after);
}

TEST(RelayGroups, WithoutAFlowLeftA430GoesUpAs480) {
    relay_bench bench;
    bench.start_targets({}, {bench.phone_at(first, 1000, 7)});
    bench.answer(invites_of(bench).at(0), 430);
    EXPECT_EQ(kinds(bench.take()), "ACK 480");
    bench.expect_empty_after(long_after);
}

TEST(RelayBreadth, SixtyIsAssumedAndShared) {
    relay_bench bench;
    bench.start({{first}, {second}, {third}});
    const auto invites = invites_of(bench);
    ASSERT_EQ(invites.size(), 3u);
    for (const auto& invite : invites) {
        EXPECT_EQ(breadth_of(invite), "20");
    }
    bench.expect_empty_after(long_after);
}

TEST(RelayBreadth, TheSharesNeverExceedWhatCameIn) {
    relay_bench bench;
    request_text request;
    request.headers = {"Max-Breadth: 3"};
    bench.start(request, {5, {first}});
    const auto at_once = invites_of(bench);
    ASSERT_EQ(at_once.size(), 3u);
    EXPECT_EQ(breadth_of(at_once[0]), "1");
    bench.answer(at_once[0], 486);
    const auto next = invites_of(bench);
    ASSERT_EQ(next.size(), 1u) << "its share is free again";
    EXPECT_EQ(breadth_of(next[0]), "1");
    bench.expect_empty_after(long_after);
}

TEST(RelayBreadth, ASingleTargetKeepsItAll) {
    relay_bench bench;
    request_text request;
    request.headers = {"Max-Breadth: 7"};
    bench.start(request, {{first}});
    EXPECT_EQ(breadth_of(invites_of(bench).at(0)), "7");
    bench.expect_empty_after(long_after);
}

TEST(RelayBreadth, NothingLeftIs440) {
    relay_bench bench;
    request_text request;
    request.headers = {"Max-Breadth: 0"};
    bench.start(request, {{first}});
    EXPECT_EQ(kinds(bench.take()), "100 440");
    EXPECT_EQ(bench.counters().too_broad, 1u);
    bench.expect_empty_after(long_after);
}

TEST(RelayLoop, AForkedRequestThatComesBackUnchangedIs482) {
    relay_bench bench;
    bench.start({{first}, {second}});
    const auto copy = invites_of(bench).at(0);
    const auto own_via = parsed(copy.text).values(sip::header_id::via).at(0);
    request_text back;
    back.via = "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-2;rport, " + own_via;
    bench.start(back, {{first}, {second}});
    EXPECT_EQ(kinds(bench.take()), "100 482");
    EXPECT_EQ(bench.counters().loops, 1u);

    request_text spiral = back;
    spiral.uri = "sip:carol@example.org";
    spiral.via = "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-3;rport, " + own_via;
    bench.start(spiral, {{first}, {second}});
    EXPECT_EQ(invites_of(bench).size(), 2u) << "RFC 5393 4.2: another Request-URI, no loop";
    bench.expect_empty_after(long_after);
}

TEST(RelayFork, AllChallengesGoUpInOneAnswer) {
    relay_bench bench;
    bench.start({{first}, {second}});
    const auto invites = invites_of(bench);
    bench.answer(invites[0], 401, "a", "WWW-Authenticate: Digest realm=\"a\"\r\n");
    bench.answer(invites[1], 407, "b", "Proxy-Authenticate: Digest realm=\"b\"\r\n");
    const auto up = of_kind(bench.take(), "401");
    ASSERT_EQ(up.size(), 1u);
    const parsed both(up[0].text);
    EXPECT_EQ(both.value(sip::header_id::www_authenticate), "Digest realm=\"a\"");
    EXPECT_EQ(both.value(sip::header_id::proxy_authenticate), "Digest realm=\"b\"");
    bench.expect_empty_after(long_after);
}

TEST(RelayFork, TheContactsOfAllRedirectionsGoUp) {
    relay_bench bench;
    bench.start({{first}, {second}});
    const auto invites = invites_of(bench);
    bench.answer(invites[0], 302, "a", "Contact: <sip:a@example.net>\r\n");
    bench.answer(invites[1], 301, "b", "Contact: <sip:b@example.net>\r\n");
    const auto up = of_kind(bench.take(), "302");
    ASSERT_EQ(up.size(), 1u);
    EXPECT_EQ(parsed(up[0].text).values(sip::header_id::contact).size(), 2u);
    bench.expect_empty_after(long_after);
}

TEST(RelayFailover, AHopThatFailedIsTriedLastForAWhile) {
    relay_bench bench;
    bench.start({{first, second}});
    bench.answer(invites_of(bench).at(0), 503, "a", "Retry-After: 60\r\n");
    bench.answer(invites_of(bench).at(0), 486);
    bench.take();
    const auto next_call = [&](const char* branch) {
        request_text request;
        request.via = std::string("SIP/2.0/UDP 192.0.2.10:5060;rport;branch=z9hG4bK-") + branch;
        bench.start(request, {{first, second}});
        return invites_of(bench).at(0).to.remote;
    };
    EXPECT_EQ(next_call("two"), test::at(second));
    bench.pass(59s);
    bench.take();
    EXPECT_EQ(next_call("three"), test::at(first)) << "the second was silent in the meantime";
}

}  // namespace
}  // namespace sipha::route
