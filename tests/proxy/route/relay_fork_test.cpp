// Several targets at once (RFC 3261 16.6, 16.7).
#include <gtest/gtest.h>

#include <set>

#include "tests/proxy/route/relay_bench.hpp"

namespace sipha::route {
namespace {

const std::vector<std::vector<std::string>> two = {
    {"udp:192.0.2.20:5060"}, {"udp:192.0.2.21:5060"}};
const std::vector<std::vector<std::string>> three = {
    {"udp:192.0.2.20:5060"}, {"udp:192.0.2.21:5060"}, {"udp:192.0.2.22:5060"}};

TEST(RelayFork, EachCopyHasItsOwnBranchAndTheSameDialogFields) {
    relay_bench bench;
    bench.start(three);
    const auto invites = of_kind(bench.take(), "INVITE");
    ASSERT_EQ(invites.size(), 3u);
    std::set<std::string> branches;
    for (const auto& invite : invites) {
        const parsed copy(invite.text);
        branches.insert(copy.values(sip::header_id::via).at(0));
        EXPECT_EQ(copy.value(sip::header_id::call_id), bench.request.call_id);
        EXPECT_EQ(copy.value(sip::header_id::cseq), "1 INVITE");
        EXPECT_EQ(copy.value(sip::header_id::from), bench.request.from);
    }
    EXPECT_EQ(branches.size(), 3u);
}

TEST(RelayFork, TheFirst2xxCancelsTheOthers) {
    relay_bench bench;
    bench.start(three);
    const auto invites = of_kind(bench.take(), "INVITE");
    bench.answer(invites[0], 180, "a");
    bench.answer(invites[1], 180, "b");
    EXPECT_EQ(kinds(bench.take()), "180 180");
    bench.answer(invites[1], 200, "b");
    const auto messages = bench.take();
    ASSERT_EQ(kinds(messages), "200 CANCEL") << "the third has not answered yet";
    EXPECT_EQ(messages[1].to.remote, test::at("udp:192.0.2.20:5060"));
    EXPECT_EQ(
        parsed(messages[1].text).value(sip::header_id::reason),
        "SIP;cause=200;text=\"Call completed elsewhere\""
    );
    bench.answer(invites[0], 487, "a");
    EXPECT_EQ(kinds(bench.take()), "ACK");
    bench.answer(invites[2], 180, "c");
    const auto late = of_kind(bench.take(), "CANCEL");
    ASSERT_EQ(late.size(), 1u);
    EXPECT_EQ(
        parsed(late[0].text).value(sip::header_id::reason),
        "SIP;cause=200;text=\"Call completed elsewhere\""
    ) << "a CANCEL that had to wait says the same";
    bench.answer(invites[2], 487, "c");
    bench.take();
    bench.expect_empty_after(long_after);
}

TEST(RelayFork, A2xxOfAnotherBranchPassesToo) {
    relay_bench bench;
    bench.start(two);
    const auto invites = of_kind(bench.take(), "INVITE");
    bench.answer(invites[0], 200, "a");
    bench.answer(invites[1], 200, "b");
    EXPECT_EQ(kinds(bench.take()), "200 200");
    bench.expect_empty_after(long_after);
}

TEST(RelayFork, OnlyTheBestFailureGoesUp) {
    struct row {
        int first;
        int second;
        const char* answer;
    };
    for (const auto& [first, second, answer] :
         {row{486, 404, "486"},
          row{404, 486, "404"},
          row{500, 486, "486"},
          row{486, 500, "486"},
          row{486, 302, "302"},
          row{486, 407, "407"},
          row{503, 486, "486"},
          row{503, 500, "500"},
          row{503, 503, "500"},
          row{603, 486, "603"},
          row{486, 603, "603"},
          row{408, 480, "408"}}) {
        SCOPED_TRACE(std::to_string(first) + " then " + std::to_string(second));
        relay_bench bench;
        bench.start(two);
        const auto invites = of_kind(bench.take(), "INVITE");
        bench.answer(invites[0], first, "a");
        EXPECT_EQ(kinds(bench.take()), "ACK") << "the other may still answer";
        bench.answer(invites[1], second, "b");
        EXPECT_EQ(kinds(bench.take()), std::string("ACK ") + answer);
        bench.expect_empty_after(long_after);
    }
}

TEST(RelayFork, A6xxCancelsTheOthersAndWaitsForThem) {
    relay_bench bench;
    bench.start(two);
    const auto invites = of_kind(bench.take(), "INVITE");
    bench.answer(invites[0], 180, "a");
    bench.take();
    bench.answer(invites[1], 603, "b");
    const auto messages = bench.take();
    ASSERT_EQ(kinds(messages), "ACK CANCEL");
    EXPECT_EQ(parsed(messages[1].text).value(sip::header_id::reason), "SIP;cause=603")
        << "nobody took the call";
    bench.answer(invites[0], 487, "a");
    EXPECT_EQ(kinds(bench.take()), "ACK 603");
    bench.expect_empty_after(long_after);
}

TEST(RelayFork, A2xxAfterA6xxStillWins) {
    relay_bench bench;
    bench.start(two);
    const auto invites = of_kind(bench.take(), "INVITE");
    bench.answer(invites[1], 603, "b");
    bench.take();
    bench.answer(invites[0], 200, "a");
    EXPECT_EQ(kinds(bench.take()), "200");
    bench.expect_empty_after(long_after);
}

TEST(RelayFork, NothingNewIsTriedAfterA6xxOrA2xx) {
    // RFC 3261 16.7 step 5.
    for (const int decisive : {603, 200}) {
        for (const bool fails_by_503 : {true, false}) {
            relay_bench bench;
            bench.start({{"udp:192.0.2.20:5060", "udp:192.0.2.29:5060"}, {"udp:192.0.2.21:5060"}});
            const auto invites = of_kind(bench.take(), "INVITE");
            bench.answer(invites[1], decisive, "b");
            bench.take();
            if (fails_by_503) {
                bench.answer(invites[0], 503, "a");
            } else {
                bench.fail(invites[0]);
            }
            EXPECT_TRUE(of_kind(bench.take(), "INVITE").empty()) << decisive;
            bench.expect_empty_after(long_after);
        }
    }
}

TEST(RelayFork, ALookupIsGivenUpWhenTheCallIsDecided) {
    for (const int decisive : {603, 200}) {
        relay_bench bench;
        bench.start({{"sip:host.example.net"}, {"udp:192.0.2.21:5060"}});
        const auto invite = of_kind(bench.take(), "INVITE").at(0);
        const auto query = bench.take_lookups().at(0).query;
        bench.answer(invite, decisive);
        EXPECT_EQ(of_kind(bench.take(), std::to_string(decisive)).size(), 1u);
        bench.locate(query, {"udp:192.0.2.20:5060"});
        EXPECT_EQ(kinds(bench.take()), "");
        bench.expect_empty_after(long_after);
    }
}

TEST(RelayFork, ASilentBranchCountsAs408) {
    relay_bench bench;
    bench.start(two);
    const auto invites = of_kind(bench.take(), "INVITE");
    bench.answer(invites[0], 486);
    bench.pass(32s);
    EXPECT_EQ(of_kind(bench.take(), "486").size(), 1u) << "the first of equal class";
    bench.expect_empty_after(long_after);
}

TEST(RelayFork, ACancelReachesEveryBranch) {
    relay_bench bench;
    bench.start(three);
    const auto invites = of_kind(bench.take(), "INVITE");
    bench.answer(invites[0], 180, "a");
    bench.answer(invites[1], 180, "b");
    bench.take();
    bench.cancel();
    EXPECT_EQ(kinds(bench.take()), "CANCEL CANCEL");
    bench.answer(invites[2], 180, "c");
    EXPECT_EQ(of_kind(bench.take(), "CANCEL").size(), 1u);
    for (const auto& invite : invites) {
        bench.answer(invite, 487);
    }
    EXPECT_EQ(of_kind(bench.take(), "487").size(), 1u);
    bench.expect_empty_after(long_after);
}

TEST(RelayFork, CopiesAreLimited) {
    relay_bench bench;
    const std::vector<std::vector<std::string>> many(50, {"udp:192.0.2.20:5060"});
    bench.start(many);
    EXPECT_EQ(of_kind(bench.take(), "INVITE").size(), relay_options{}.max_branches);
    bench.expect_empty_after(long_after);
}

TEST(RelayFork, ANonInviteTakesTheFirst2xxOnly) {
    relay_bench bench;
    bench.start(message_request(), two);
    const auto copies = of_kind(bench.take(), "MESSAGE");
    ASSERT_EQ(copies.size(), 2u);
    EXPECT_TRUE(parsed(copies[0].text).values(sip::header_id::record_route).empty());
    bench.answer(copies[0], 404, "a");
    EXPECT_EQ(kinds(bench.take()), "");
    bench.answer(copies[1], 200, "b");
    EXPECT_EQ(kinds(bench.take()), "200");
    bench.answer(copies[1], 200, "b");
    EXPECT_EQ(kinds(bench.take()), "");
    bench.expect_empty_after(long_after);
}

TEST(RelayFork, ANonInviteWithOneSilentBranchKeepsTheOthersAnswer) {
    relay_bench bench;
    bench.start(message_request(), two);
    const auto copies = of_kind(bench.take(), "MESSAGE");
    bench.answer(copies[0], 404, "a");
    bench.pass(32s);
    EXPECT_EQ(of_kind(bench.take(), "404").size(), 1u);
    bench.expect_empty_after(long_after);
}

}  // namespace
}  // namespace sipha::route
