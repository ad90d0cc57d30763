// Several next hops for one target (RFC 3263 4.3, RFC 3261 16.9), found by a lookup or not.
#include <gtest/gtest.h>

#include "tests/proxy/route/relay_bench.hpp"

namespace sipha::route {
namespace {

const std::vector<std::vector<std::string>> two_hops = {
    {"udp:192.0.2.20:5060", "udp:192.0.2.21:5060"}};

std::string remote_of(const std::vector<sent>& messages) {
    return messages.empty() ? "" : messages.back().to.remote.to_string();
}

enum class failure { says_503, times_out, cannot_be_sent_to };

TEST(RelayFailover, TheNextHopIsTriedWhenOneFails) {
    for (const auto how : {failure::says_503, failure::times_out, failure::cannot_be_sent_to}) {
        for (const char* method : {"INVITE", "MESSAGE"}) {
            SCOPED_TRACE(std::string(method) + " " + std::to_string(static_cast<int>(how)));
            relay_bench bench;
            request_text request;
            request.method = method;
            bench.start(request, two_hops);
            const auto first = of_kind(bench.take(), method).at(0);
            EXPECT_EQ(first.to.remote, test::at("udp:192.0.2.20:5060"));
            switch (how) {
                case failure::says_503:
                    bench.answer(first, 503);
                    break;
                case failure::times_out:
                    bench.pass(32s);
                    break;
                case failure::cannot_be_sent_to:
                    bench.fail(first);
                    break;
            }
            const auto second = of_kind(bench.take(), method);
            EXPECT_EQ(remote_of(second), "udp:192.0.2.21:5060");
            EXPECT_EQ(bench.counters().failovers, 1u);
            EXPECT_NE(
                parsed(second.back().text).values(sip::header_id::via).at(0),
                parsed(first.text).values(sip::header_id::via).at(0)
            ) << "a new transaction has a new branch";
            bench.answer(second.back(), 200);
            EXPECT_EQ(kinds(bench.take()), "200");
            bench.expect_empty_after(long_after);
        }
    }
}

TEST(RelayFailover, WhenAllFailTheCallerLearnsTheLast) {
    struct row {
        failure first;
        failure second;
        const char* answer;
    };
    const row rows[] = {
        {failure::says_503, failure::says_503, "500"},
        {failure::cannot_be_sent_to, failure::cannot_be_sent_to, "500"},  // as if 503 (16.9)
        {failure::cannot_be_sent_to, failure::times_out, "408"},
        {failure::times_out, failure::says_503, "500"},
    };
    for (const auto& [first, second, answer] : rows) {
        relay_bench bench;
        bench.start(two_hops);
        std::vector<sent> all;
        for (const auto how : {first, second}) {
            auto messages = bench.take();
            const auto invite = of_kind(messages, "INVITE").back();
            if (how == failure::says_503) {
                bench.answer(invite, 503);
            } else if (how == failure::times_out) {
                bench.pass(32s);
            } else {
                bench.fail(invite);
            }
        }
        EXPECT_EQ(of_kind(bench.take(), answer).size(), 1u) << answer;
        bench.expect_empty_after(long_after);
    }
}

TEST(RelayFailover, ADecisionOfTheCalleeIsNoFailure) {
    for (const int status : {302, 404, 486, 500, 504, 603}) {
        relay_bench bench;
        bench.start(two_hops);
        bench.answer(of_kind(bench.take(), "INVITE").at(0), status);
        EXPECT_EQ(kinds(bench.take()), "ACK " + std::to_string(status));
        EXPECT_EQ(bench.counters().failovers, 0u);
    }
}

TEST(RelayFailover, A2xxOfAHopThatWasGivenUpSetsUpTheCall) {
    relay_bench bench;
    bench.start(two_hops);
    const auto first = of_kind(bench.take(), "INVITE").at(0);
    bench.answer(first, 503);
    const auto second = of_kind(bench.take(), "INVITE").at(0);
    bench.answer(second, 180);
    bench.take();
    bench.answer(first, 200);  // absorbed: this transaction has its final response
    EXPECT_EQ(kinds(bench.take()), "");
    bench.answer(second, 200);
    EXPECT_EQ(kinds(bench.take()), "200");
    bench.expect_empty_after(long_after);
}

TEST(RelayFailover, LateAnswersOfAHopThatTimedOutAreDropped) {
    relay_bench bench;
    bench.start(two_hops);
    const auto first = of_kind(bench.take(), "INVITE").at(0);
    bench.pass(32s);
    bench.take();
    for (const int status : {180, 486, 200}) {
        bench.answer(first, status);
        EXPECT_EQ(bench.last_match, txn::table::match::unknown) << status;
    }
    EXPECT_EQ(kinds(bench.take()), "");
}

TEST(RelayFailover, NamesAreLookedUpAndTriedInTheOrderGiven) {
    relay_bench bench;
    bench.start({{"sip:host.example.net", "udp:192.0.2.29:5060"}});
    EXPECT_EQ(kinds(bench.take()), "100");
    const auto lookups = bench.take_lookups();
    ASSERT_EQ(lookups.size(), 1u);
    EXPECT_EQ(lookups[0].uri, "sip:host.example.net");
    bench.locate(
        lookups[0].query, {"udp:192.0.2.20:5060", "tls:192.0.2.30:5061", "tcp:192.0.2.21:5060"}
    );
    for (const auto* remote :
         {"udp:192.0.2.20:5060", "tcp:192.0.2.21:5060", "udp:192.0.2.29:5060"}) {
        const auto invite = of_kind(bench.take(), "INVITE").at(0);
        EXPECT_EQ(invite.to.remote.to_string(), remote) << "we have no TLS socket";
        bench.answer(invite, 503);
    }
    EXPECT_EQ(of_kind(bench.take(), "500").size(), 1u);
    bench.expect_empty_after(long_after);
}

TEST(RelayFailover, ANameWithoutAddressesEndsTheBranch) {
    relay_bench bench;
    bench.start({{"sip:host.example.net"}});
    bench.take();
    bench.locate(bench.take_lookups().at(0).query, {});
    EXPECT_EQ(kinds(bench.take()), "500");
    bench.expect_empty_after(long_after);
}

TEST(RelayFailover, OnlySomeAddressesOfANameAreTried) {
    relay_bench bench;
    bench.start({{"sip:host.example.net"}});
    bench.take();
    std::vector<std::string> many(50, "udp:192.0.2.20:5060");
    bench.locate(bench.take_lookups().at(0).query, many);
    std::size_t tried = 0;
    for (auto messages = of_kind(bench.take(), "INVITE"); !messages.empty();
         messages = of_kind(bench.take(), "INVITE")) {
        ++tried;
        bench.answer(messages.at(0), 503);
    }
    EXPECT_EQ(tried, relay_options{}.max_located_targets);
}

TEST(RelayFailover, AnswersToUnknownLookupsAreIgnored) {
    relay_bench bench;
    bench.start({{"sip:host.example.net"}});
    bench.take();
    const auto query = bench.take_lookups().at(0).query;
    bench.locate(query + 1, {"udp:192.0.2.20:5060"});
    EXPECT_EQ(kinds(bench.take()), "");
    bench.locate(query, {"udp:192.0.2.20:5060"});
    EXPECT_EQ(kinds(bench.take()), "INVITE");
    bench.locate(query, {"udp:192.0.2.20:5060"});
    EXPECT_EQ(kinds(bench.take()), "") << "one answer for each";
}

}  // namespace
}  // namespace sipha::route
