#include "resolver/src/dns_client.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "resolver/src/draw.hpp"
#include "tests/resolver/support/network.hpp"

namespace sipha::resolver::detail {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::manner;
using test::memory_network;
using test::memory_server;
using test::tcp_use;
using test::zone;

const time_point start{std::chrono::hours(1)};
const question h1{"h1.ex", record_type::a};
const zone content("h1.ex A 192.0.2.1");

std::vector<client_server> servers_of(std::size_t count, ad_trust trust = ad_trust::no) {
    std::vector<client_server> out;
    for (auto& place : test::places(count)) {
        out.push_back({std::move(place), trust});
    }
    return out;
}

/// A client, servers in memory, and a clock that jumps to whatever happens next.
struct client_run {
    memory_network network;
    dns_client client;
    time_point now = start;

    explicit client_run(
        std::vector<memory_server> servers,
        const client_options& options = {},
        ad_trust trust = ad_trust::no
    )
        : network(std::move(servers)),
          client(
              servers_of(network.servers.size(), trust),
              options,
              [draw = keyed_draw(1, "ids")]() mutable { return draw.next(); }
          ) {}

    void settle() {
        for (auto& packet : client.take_packets()) {
            network.send(now, std::move(packet));
        }
        network.process(now);
        for (const auto& arrival : network.take_arrivals()) {
            client.receive(now, arrival);
        }
        client.advance(now);
        for (auto& packet : client.take_packets()) {
            network.send(now, std::move(packet));
        }
    }

    void pass(time_point::duration by) {
        const auto end = now + by;
        settle();
        for (auto next = due(); next <= end; next = due()) {
            now = std::max(now, next);
            settle();
        }
        now = end;
    }

    time_point due() const { return std::min(client.next_deadline(), network.next_deadline()); }

    struct outcome {
        dns_answer answer;
        milliseconds took{0};
    };

    outcome ask(const question& asked = h1) {
        const auto begin = now;
        client.ask(now, asked);
        settle();
        while (!client.has_answers()) {
            now = std::max(now, due());
            settle();
        }
        auto answers = client.take_answers();
        EXPECT_EQ(answers.size(), 1u);
        EXPECT_EQ(answers.at(0).asked, asked);
        return {
            std::move(answers.at(0).answer), std::chrono::duration_cast<milliseconds>(now - begin)};
    }

    std::size_t seen(std::size_t server) const { return network.servers.at(server).over_udp; }
    dns_metrics counters() const { return client.metrics(); }
};

memory_server server(manner how, milliseconds round_trip = milliseconds(1)) {
    return {content, how, round_trip};
}

TEST(DnsClient, AsksTheFirstServerAndTakesItsAnswer) {
    client_run all({server(manner::honest), server(manner::honest)});
    const auto got = all.ask();
    EXPECT_EQ(got.answer.addresses.at(0).to_string(), "192.0.2.1");
    EXPECT_EQ(got.took, milliseconds(1));
    EXPECT_EQ(all.seen(1), 0u);
    EXPECT_EQ(all.counters().answers, 1u);
    EXPECT_EQ(all.counters().a_queries, 1u);
    EXPECT_EQ(all.counters().servers.at(0).srtt, std::chrono::microseconds(1000));
}

TEST(DnsClient, SilentFirstServerCostsTheHedgeDelayOnce) {  // case 111
    client_run all({server(manner::silent), server(manner::honest, milliseconds(10))});
    EXPECT_EQ(all.ask().took, milliseconds(260));
    for (int round = 0; round < 4; ++round) {
        EXPECT_EQ(all.ask().took, milliseconds(10)) << round;
    }
    all.pass(seconds(1));
    EXPECT_EQ(all.ask().took, milliseconds(10)) << "after the silence was counted, too";
    EXPECT_EQ(all.counters().hedges, 1u);
    EXPECT_EQ(all.counters().servers.at(0).timeouts, 1u);
}

TEST(DnsClient, KnownSpeedHedgesAfterTwiceTheRoundTrip) {
    client_run all(
        {server(manner::honest, milliseconds(60)), server(manner::honest, milliseconds(5))}
    );
    EXPECT_EQ(all.ask().took, milliseconds(60));
    all.network.servers[0].how = manner::silent;
    EXPECT_EQ(all.ask().took, milliseconds(2 * 60 + 5));
    client_run near({server(manner::honest), server(manner::honest)});
    near.ask();
    near.network.servers[0].how = manner::silent;
    EXPECT_EQ(near.ask().took, milliseconds(51)) << "never before 50 ms";
}

TEST(DnsClient, FasterServerIsAskedFirstOnceBothAreKnown) {
    client_run all(
        {server(manner::honest, milliseconds(300)), server(manner::honest, milliseconds(20))}
    );
    EXPECT_EQ(all.ask().took, milliseconds(270));
    all.pass(seconds(1));
    EXPECT_EQ(all.ask().took, milliseconds(20));
    EXPECT_EQ(all.seen(0), 1u);
}

TEST(DnsClient, FailureMovesOnAtOnceWithoutDemotion) {  // case 112
    for (const auto how : {manner::failing, manner::refusing, manner::garbled}) {
        client_run all({server(how), server(manner::honest)});
        const auto got = all.ask();
        EXPECT_EQ(got.answer.status, answer_status::found);
        EXPECT_EQ(got.took, milliseconds(2));
        EXPECT_EQ(all.counters().servers.at(0).standing, server_standing::good);
        all.ask();
        EXPECT_EQ(all.seen(0), 2u) << "one name says nothing about the server";
    }
}

TEST(DnsClient, OnlyFailuresIsTemporaryOrMalformed) {
    client_run failing({server(manner::failing), server(manner::refusing)});
    EXPECT_EQ(failing.ask().answer.error, errc::dns_temporary);
    EXPECT_EQ(failing.seen(0), 1u);
    EXPECT_EQ(failing.counters().failures, 1u);
    EXPECT_EQ(failing.counters().refusals, 2u);
    client_run garbled({server(manner::garbled)});
    EXPECT_EQ(garbled.ask().answer.error, errc::dns_malformed);
    EXPECT_EQ(garbled.counters().malformed, 1u);
}

TEST(DnsClient, RefusalWithoutAQuestionIsARefusal) {
    client_run all({server(manner::silent)});
    all.client.ask(all.now, h1);
    all.settle();
    const auto& query = all.network.sent.at(0).message;
    all.client.receive(
        all.now,
        {0, dns_protocol::udp, {query[0], query[1], 0x81, 5, 0, 0, 0, 0, 0, 0, 0, 0}, {}, 0}
    );
    EXPECT_EQ(all.client.take_answers().at(0).answer.error, errc::dns_temporary);
}

TEST(DnsClient, ThirdServerIsAskedWhenTheHedgeFails) {
    client_run all({server(manner::silent), server(manner::failing), server(manner::honest)});
    EXPECT_EQ(all.ask().took, milliseconds(252));
}

TEST(DnsClient, NoSuchNameIsFinal) {  // case 113
    client_run all({{zone("")}, server(manner::honest)});
    EXPECT_EQ(all.ask().answer.status, answer_status::no_such_name);
    EXPECT_EQ(all.seen(1), 0u);
}

TEST(DnsClient, AtMostTwoServersAreAskedAtATime) {
    client_run all({server(manner::silent), server(manner::silent), server(manner::silent)});
    all.client.ask(all.now, h1);
    all.pass(milliseconds(799));
    EXPECT_EQ(all.network.sent.size(), 2u);
    all.pass(milliseconds(1));
    EXPECT_EQ(all.network.sent.size(), 3u);
}

TEST(DnsClient, OneServerIsAskedAgainUntilTheBudgetEnds) {
    client_run all({server(manner::silent)});
    const auto got = all.ask();
    EXPECT_EQ(got.answer.error, errc::dns_timeout);
    EXPECT_EQ(got.took, milliseconds(5000));
    EXPECT_EQ(all.seen(0), 4u);  // after 0.8, 1.6 and 2 seconds more
    client_run lossy({server(manner::silent)});
    lossy.client.ask(lossy.now, h1);
    lossy.pass(milliseconds(700));
    lossy.network.servers[0].how = manner::honest;
    lossy.pass(milliseconds(101));
    EXPECT_EQ(lossy.client.take_answers().at(0).answer.status, answer_status::found);
}

TEST(DnsClient, LateAnswerStillCounts) {
    client_run all({server(manner::honest, milliseconds(1200))});
    const auto got = all.ask();
    EXPECT_EQ(got.answer.status, answer_status::found);
    EXPECT_EQ(got.took, milliseconds(1200));
    EXPECT_EQ(all.counters().servers.at(0).srtt, milliseconds(1200));
    EXPECT_EQ(all.ask().took, milliseconds(1200));
    EXPECT_EQ(all.counters().timeouts, 1u) << "its speed is known now";
}

TEST(DnsClient, TwoSilencesMakeASuspectAndAProbeClearsIt) {
    client_run all({server(manner::honest), server(manner::honest, milliseconds(30))});
    all.ask();
    all.network.servers[0].how = manner::silent;
    for (const auto* name : {"h1.ex", "h2.ex"}) {
        all.client.ask(all.now, {name, record_type::a});
    }
    all.pass(seconds(1));
    all.client.take_answers();
    EXPECT_EQ(all.counters().servers.at(0).standing, server_standing::suspect);
    const auto asked = all.seen(0);
    all.pass(seconds(28));
    EXPECT_EQ(all.ask().took, milliseconds(30)) << "asked last while suspected";
    EXPECT_EQ(all.seen(0), asked);
    all.pass(seconds(2));
    EXPECT_EQ(all.ask().took, milliseconds(30)) << "nobody waits for the probe";
    EXPECT_EQ(all.seen(0), asked + 1);
    EXPECT_EQ(all.counters().probes, 1u);
    EXPECT_EQ(all.counters().servers.at(0).standing, server_standing::suspect);
    all.pass(seconds(59));
    all.ask();
    EXPECT_EQ(all.seen(0), asked + 1) << "the second suspicion is twice as long";
    all.network.servers[0].how = manner::honest;
    all.pass(seconds(2));
    all.ask();
    all.pass(seconds(1));
    EXPECT_EQ(all.counters().servers.at(0).standing, server_standing::good);
    EXPECT_EQ(all.ask().took, milliseconds(1));
}

TEST(DnsClient, OneLostPacketIsNotASuspicion) {
    client_run all({server(manner::honest), server(manner::honest, milliseconds(100))});
    all.ask();
    all.network.servers[0].how = manner::silent;
    EXPECT_EQ(all.ask().took, milliseconds(150));
    all.network.servers[0].how = manner::honest;
    all.pass(seconds(1));
    EXPECT_EQ(all.counters().servers.at(0).standing, server_standing::good);
    EXPECT_EQ(all.ask().took, milliseconds(100)) << "the other one first for a while";
    all.pass(server_table::suspect_base);
    all.ask();
    EXPECT_EQ(all.counters().probes, 1u);
    EXPECT_EQ(all.ask().took, milliseconds(1)) << "the near one is back";
}

TEST(DnsClient, RefusedSocketMovesOnAndSuspects) {
    client_run all({server(manner::honest), server(manner::honest)});
    all.network.servers[0].is_unreachable = true;
    EXPECT_EQ(all.ask().took, milliseconds(1));
    EXPECT_EQ(all.counters().servers.at(0).standing, server_standing::suspect);
    EXPECT_EQ(all.counters().servers.at(0).errors, 1u);
    all.network.servers[1].is_unreachable = true;
    EXPECT_EQ(all.ask().answer.error, errc::dns_unreachable);
    all.network.servers[0].is_unreachable = false;
    EXPECT_EQ(all.ask().answer.status, answer_status::found) << "suspects are better than nobody";
}

TEST(DnsClient, TruncatedAnswerIsFetchedOverTcpFromTheSameServer) {  // case 108
    client_run all({server(manner::truncating, milliseconds(20)), server(manner::honest)});
    const auto got = all.ask();
    EXPECT_EQ(got.answer.status, answer_status::found);
    EXPECT_EQ(got.took, milliseconds(60));
    EXPECT_EQ(all.network.servers[0].over_tcp, 1u);
    EXPECT_EQ(all.seen(1), 0u);
    EXPECT_EQ(all.counters().tcp, 1u);
}

TEST(DnsClient, TruncationWithoutTcpMovesToTheNextServer) {  // case 109
    client_run all({server(manner::truncating), server(manner::honest)});
    all.network.servers[0].tcp = tcp_use::closed;
    EXPECT_EQ(all.ask().answer.status, answer_status::found);
    EXPECT_EQ(all.counters().servers.at(0).standing, server_standing::good);
    client_run alone({server(manner::truncating)});
    alone.network.servers[0].tcp = tcp_use::closed;
    EXPECT_TRUE(is_dns_failure(alone.ask().answer.error));
}

TEST(DnsClient, ServerWithoutEdnsIsAskedPlainlyForTenMinutes) {  // case 110
    for (const auto how : {manner::without_edns, manner::without_edns_bare, manner::bad_version}) {
        client_run all({server(how)});
        all.client.ask(all.now, h1);
        all.client.ask(all.now, {"h1.ex", record_type::aaaa});
        all.pass(milliseconds(10));
        const auto answers = all.client.take_answers();
        ASSERT_EQ(answers.size(), 2u);
        EXPECT_EQ(answers[0].answer.status, answer_status::found);
        EXPECT_EQ(answers[1].answer.status, answer_status::no_data);
        EXPECT_EQ(all.counters().edns_fallbacks, 2u);
        EXPECT_EQ(all.seen(0), 4u);
        all.pass(server_table::plain_period - seconds(1));
        all.ask();
        EXPECT_EQ(all.seen(0), 5u);
        all.pass(seconds(2));
        all.ask();
        EXPECT_EQ(all.seen(0), 7u) << "tried again after the period";
    }
}

TEST(DnsClient, ForgedRepliesAreIgnoredAndCounted) {  // case 114
    for (const auto how : {manner::wrong_id, manner::wrong_question}) {
        client_run all({server(how)});
        const auto got = all.ask();
        EXPECT_EQ(got.answer.addresses.at(0).to_string(), "192.0.2.1");
        EXPECT_EQ(all.counters().ignored, 1u);
    }
    client_run other({server(manner::silent), server(manner::silent)});
    other.client.ask(other.now, h1);
    other.settle();
    auto reply = content.respond(h1).value();
    const auto& query = other.network.sent.at(0).message;
    std::copy(query.begin(), query.begin() + 2, reply.begin());
    other.client.receive(other.now, {1, dns_protocol::udp, reply, {}, 0});
    other.client.receive(other.now, {0, dns_protocol::tcp, reply, {}, 0});
    other.client.receive(other.now, {0, dns_protocol::udp, {1, 2, 3}, {}, 0});
    EXPECT_FALSE(other.client.has_answers()) << "from another server, over another protocol, cut";
    EXPECT_EQ(other.counters().ignored, 3u);
    other.client.receive(other.now, {0, dns_protocol::udp, reply, {}, 0});
    EXPECT_TRUE(other.client.has_answers());
    other.client.receive(other.now, {0, dns_protocol::udp, reply, {}, 0});
    EXPECT_EQ(other.counters().ignored, 4u) << "the second copy";
}

TEST(DnsClient, RandomCaseMustComeBack) {
    client_options options;
    options.name_case = name_case::random;
    client_run all({server(manner::honest)}, options);
    EXPECT_EQ(all.ask().answer.status, answer_status::found);
    bool has_upper = false;
    for (int round = 0; round < 8; ++round) {
        all.ask({"abcdefgh" + std::to_string(round) + ".example", record_type::a});
        const auto& sent = all.network.sent.back().message;
        has_upper = has_upper || std::any_of(sent.begin() + 12, sent.end(), [](std::uint8_t octet) {
                        return octet >= 'A' && octet <= 'Z';
                    });
    }
    EXPECT_TRUE(has_upper);
    const auto query = encode_query(h1, {7, edns_use::on, false, ~std::uint64_t{0}});
    EXPECT_TRUE(is_reply_to(query, test::replies_to(query, content, manner::honest, {}).at(0)));
    const auto lower = content.respond(h1, 7).value();
    EXPECT_FALSE(is_reply_to(query, lower)) << "an answer that lost the case";
}

TEST(DnsClient, IdsAreDrawnAnewForEachQuery) {
    client_run all({server(manner::honest)});
    std::vector<unsigned> ids;
    for (int round = 0; round < 50; ++round) {
        all.ask();
        const auto& sent = all.network.sent.back().message;
        ids.push_back(sent[0] * 256U + sent[1]);
    }
    std::sort(ids.begin(), ids.end());
    EXPECT_GT(std::unique(ids.begin(), ids.end()) - ids.begin(), 45);
}

/// Sets AD in the only reply of a server that validates.
dns_answer authentic(ad_use use, ad_trust trust) {
    client_options options;
    options.ad = use;
    client_run all({server(manner::silent)}, options, trust);
    all.client.ask(all.now, h1);
    all.settle();
    const auto& query = all.network.sent.at(0).message;
    EXPECT_EQ((query[3] & 0x20) != 0, use != ad_use::ignore) << "RFC 6840 5.7";
    auto reply = content.respond(h1).value();
    std::copy(query.begin(), query.begin() + 2, reply.begin());
    reply[3] |= 0x20;
    all.client.receive(all.now, {0, dns_protocol::udp, reply, {}, 0});
    return all.client.take_answers().at(0).answer;
}

TEST(DnsClient, AuthenticIsReportedOnlyFromTrustedServers) {
    EXPECT_FALSE(authentic(ad_use::ignore, ad_trust::yes).is_authentic);
    EXPECT_FALSE(authentic(ad_use::trusted, ad_trust::no).is_authentic);
    EXPECT_TRUE(authentic(ad_use::trusted, ad_trust::yes).is_authentic);
    EXPECT_TRUE(authentic(ad_use::always, ad_trust::no).is_authentic);
}

TEST(DnsClient, OtherServersTakeOverOpenQuestions) {  // case 121
    client_run all({server(manner::silent)});
    all.client.ask(all.now, h1);
    all.pass(milliseconds(100));
    all.network.servers[0].how = manner::honest;
    all.client.use_servers(all.now, servers_of(1));
    all.pass(milliseconds(1));
    EXPECT_EQ(all.client.take_answers().at(0).answer.status, answer_status::found);
    all.client.ask(all.now, h1);
    all.pass(milliseconds(1));
    EXPECT_TRUE(all.client.has_answers());
    all.client.ask(all.now, h1);
    all.client.drop_questions();
    all.pass(seconds(10));
    EXPECT_FALSE(all.client.has_answers());
    EXPECT_EQ(all.client.next_deadline(), never);
    EXPECT_EQ(all.client.open(), 0u);
}

TEST(DnsClient, WithoutServersAQuestionEndsAtOnce) {
    client_run all({});
    all.client.ask(all.now, h1);
    EXPECT_EQ(all.client.take_answers().at(0).answer.error, errc::dns_unreachable);
}

TEST(DnsClient, NothingIsLeftBehindWhenAllIsAnswered) {
    client_run all({server(manner::silent), server(manner::honest, milliseconds(10))});
    for (int index = 0; index < 200; ++index) {
        all.client.ask(all.now, {"n" + std::to_string(index) + ".ex", record_type::a});
    }
    all.pass(seconds(60));
    EXPECT_EQ(all.client.take_answers().size(), 200u);
    EXPECT_EQ(all.client.open(), 0u);
    EXPECT_EQ(all.client.next_deadline(), never);
}

TEST(DnsClient, AttemptsOfOneServerAreLimited) {
    client_run all({server(manner::silent)});
    for (std::size_t index = 0; index <= dns_client::max_attempts_per_server; ++index) {
        all.client.ask(all.now, h1);
    }
    const auto answers = all.client.take_answers();
    ASSERT_EQ(answers.size(), 1u);
    EXPECT_EQ(answers[0].answer.error, errc::dns_unreachable);
}

TEST(DnsClient, AnyArrivalsEndInAResult) {
    std::mt19937 random(1);
    client_run all({server(manner::silent), server(manner::silent)});
    for (int round = 0; round < 3000; ++round) {
        all.client.ask(all.now, h1);
        all.settle();
        const auto& sent = all.network.sent.back();
        auto message = test::replies_to(sent.message, content, manner::honest, {}).at(0);
        message.resize(random() % (message.size() + 1));
        for (int change = 0; change < 2 && message.size() > 2; ++change) {
            message[2 + random() % (message.size() - 2)] = static_cast<std::uint8_t>(random());
        }
        all.client.receive(all.now, {sent.server, dns_protocol::udp, message, {}, 0});
        all.now += milliseconds(random() % 300);
        all.network.sent.clear();
        all.settle();
        if (all.network.sent.empty()) {
            all.client.ask(all.now, h1);
            all.settle();
        }
    }
    all.pass(seconds(60));
    EXPECT_EQ(all.client.open(), 0u);
    EXPECT_EQ(all.client.next_deadline(), never);
}

}  // namespace
}  // namespace sipha::resolver::detail
