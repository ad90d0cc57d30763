#include "resolver/src/cares_transport.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sipha/resolver/engine.hpp>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "tests/resolver/support/nsd.hpp"
#include "tests/resolver/support/responder.hpp"

namespace sipha::resolver {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using test::manner;
using test::responder;
using test::zone;

constexpr std::chrono::seconds patience{20};
const char* const content = "h1.ex A 192.0.2.1; h1.ex AAAA 2001:db8::1";
const char* const uri = "sip:h1.ex:5060";

/// Runs engine and servers in this thread until the claim holds.
void run_until(
    engine& lookups, const std::vector<responder*>& servers, const std::function<bool()>& claim
) {
    const auto give_up = steady_clock::now() + patience;
    while (!claim() && steady_clock::now() < give_up) {
        std::vector<pollfd> fds{{lookups.fd(), POLLIN, 0}};
        for (const auto* server : servers) {
            for (const int fd : server->fds()) {
                fds.push_back({fd, POLLIN, 0});
            }
        }
        const auto timeout = lookups.timeout().value_or(patience);
        poll(fds.data(), fds.size(), static_cast<int>(timeout.count()));
        for (auto* server : servers) {
            server->serve();
        }
        lookups.process();
    }
    ASSERT_TRUE(claim()) << "nothing happened for " << patience.count() << " s";
}

struct told {
    std::error_code error;
    std::string first;
    std::size_t candidates = 0;
    int times = 0;
};

lookup_callback note(told& into) {
    return [&into](std::error_code error, lookup_result result) {
        into.error = error;
        into.first = result.candidates.empty() ? "" : result.candidates.front().to_string();
        into.candidates = result.candidates.size();
        ++into.times;
    };
}

told look_up(engine& lookups, const std::vector<responder*>& servers, const char* what = uri) {
    told outcome;
    lookups.resolve(what, {}, note(outcome));
    run_until(lookups, servers, [&outcome] { return outcome.times != 0; });
    return outcome;
}

engine_options asking(const std::vector<responder*>& servers) {
    engine_options options;
    for (const auto* server : servers) {
        options.servers.push_back(server->place());
    }
    return options;
}

TEST(CaresTransport, AnswersOverUdp) {
    responder server{zone(content), manner::honest};
    engine lookups(asking({&server}));
    const auto outcome = look_up(lookups, {&server});
    EXPECT_EQ(outcome.candidates, 2u);
    EXPECT_EQ(outcome.first, "udp:[2001:db8::1]:5060");
    EXPECT_EQ(server.over_tcp, 0u);
}

TEST(CaresTransport, TruncatedAnswerIsFetchedOverTcp) {
    responder server{zone(content), manner::truncating};
    engine lookups(asking({&server}));
    EXPECT_EQ(look_up(lookups, {&server}).candidates, 2u);
    EXPECT_EQ(server.over_tcp, 2u);
}

TEST(CaresTransport, TruncatedAnswerWithoutTcpMovesToTheNextServer) {
    responder broken{zone(content), manner::truncating};
    broken.close_tcp();
    responder good{zone(content), manner::honest};
    engine lookups(asking({&broken, &good}));
    EXPECT_EQ(look_up(lookups, {&broken, &good}).candidates, 2u);
    EXPECT_GT(good.over_udp, 0u);
}

TEST(CaresTransport, SixtySrvRecordsArriveWhole) {
    std::string many = content;
    for (int index = 0; index < 60; ++index) {
        many += "; _sip._udp.ex SRV 1 1 " + std::to_string(5060 + index) + " h1.ex";
    }
    responder server{zone(many), manner::honest};
    engine lookups(asking({&server}));
    EXPECT_EQ(look_up(lookups, {&server}, "sip:ex;transport=udp").candidates, 120u);
    EXPECT_EQ(server.over_tcp, 1u);
}

TEST(CaresTransport, SilentFirstServerCostsTheHedgeDelayOnce) {
    responder silent{zone(content), manner::silent};
    responder good{zone(content), manner::honest};
    auto options = asking({&silent, &good});
    options.max_cache_entries = 0;
    options.max_tables = 0;
    engine lookups(options);
    EXPECT_EQ(look_up(lookups, {&silent, &good}).candidates, 2u);
    const auto asked = silent.over_udp;
    EXPECT_GT(asked, 0u);
    for (int round = 0; round < 4; ++round) {
        EXPECT_EQ(look_up(lookups, {&silent, &good}).candidates, 2u);
    }
    EXPECT_EQ(silent.over_udp, asked);
}

TEST(CaresTransport, FailingServerIsFollowedByTheNext) {
    for (const auto how : {manner::failing, manner::refusing}) {
        responder bad{zone(content), how};
        responder good{zone(content), manner::honest};
        engine lookups(asking({&bad, &good}));
        EXPECT_EQ(look_up(lookups, {&bad, &good}).candidates, 2u);
        EXPECT_GT(bad.over_udp, 0u);
    }
}

TEST(CaresTransport, OnlyFailingServersIsTemporary) {
    responder bad{zone(content), manner::failing};
    engine lookups(asking({&bad}));
    EXPECT_EQ(look_up(lookups, {&bad}).error, errc::dns_temporary);
}

TEST(CaresTransport, AbsentNameOfTheFirstServerIsFinal) {
    responder empty{zone(""), manner::honest};
    responder full{zone(content), manner::honest};
    engine lookups(asking({&empty, &full}));
    EXPECT_EQ(look_up(lookups, {&empty, &full}).error, errc::not_found);
    EXPECT_EQ(full.over_udp, 0u);
}

TEST(CaresTransport, ClosedPortIsUnreachable) {
    dns_server gone;
    {
        responder server{zone(content), manner::honest};
        gone = server.place();
    }
    engine_options options;
    options.servers = {gone};
    engine lookups(options);
    EXPECT_EQ(look_up(lookups, {}).error, errc::dns_unreachable);
    EXPECT_EQ(lookups.snapshot().dns.timeouts, 0u) << "the network says no at once";
}

TEST(CaresTransport, SilenceEndsWithTheBudget) {
    responder silent{zone(content), manner::silent};
    auto options = asking({&silent});
    options.attempt_timeout = milliseconds(20);
    options.query_budget = milliseconds(90);
    engine lookups(options);
    EXPECT_EQ(look_up(lookups, {&silent}).error, errc::dns_timeout);
    EXPECT_GT(silent.over_udp, 2u);
}

TEST(CaresTransport, ForgedRepliesAreIgnoredAndCounted) {  // case 114
    for (const auto how : {manner::wrong_id, manner::wrong_question, manner::empty_first}) {
        responder server{zone(content), how};
        engine lookups(asking({&server}));
        EXPECT_EQ(look_up(lookups, {&server}).candidates, 2u);
        EXPECT_EQ(lookups.snapshot().dns.ignored, how == manner::empty_first ? 0u : 2u);
        EXPECT_EQ(lookups.snapshot().dns.servers.at(0).errors, 0u);
    }
}

TEST(CaresTransport, AnswerLargerThanPlainDnsArrivesWholeOverUdp) {
    std::string many = content;
    for (int index = 0; index < 20; ++index) {
        many += "; _sip._udp.ex SRV 1 1 " + std::to_string(5060 + index) + " h1.ex";
    }
    responder server{zone(many), manner::honest};
    engine lookups(asking({&server}));
    EXPECT_EQ(look_up(lookups, {&server}, "sip:ex;transport=udp").candidates, 40u);
    EXPECT_EQ(server.over_tcp, 0u);
}

TEST(CaresTransport, EachPeriodOfUseHasItsOwnPort) {
    responder server{zone(content), manner::honest};
    auto options = asking({&server});
    options.max_cache_entries = 0;
    options.max_tables = 0;
    engine lookups(options);
    for (int round = 0; round < 5; ++round) {
        EXPECT_EQ(look_up(lookups, {&server}).candidates, 2u);
    }
    EXPECT_GT(server.ports.size(), 1u);
}

TEST(CaresTransport, ServerWithoutEdnsIsAskedPlainly) {  // case 110
    for (const auto how : {manner::without_edns, manner::without_edns_bare, manner::bad_version}) {
        responder server{zone(content), how};
        engine lookups(asking({&server}));
        EXPECT_EQ(look_up(lookups, {&server}).candidates, 2u);
        EXPECT_EQ(lookups.snapshot().dns.edns_fallbacks, 2u);
        EXPECT_EQ(lookups.snapshot().dns.timeouts, 0u);
    }
}

TEST(CaresTransport, QueriesLeaveFromTheGivenAddress) {
    responder server{zone(content), manner::honest};
    auto options = asking({&server});
    options.source = address::parse("127.0.0.77");
    engine lookups(options);
    EXPECT_EQ(look_up(lookups, {&server}).candidates, 2u);
}

TEST(CaresTransport, CancelReportsOnceAndTheEngineLivesOn) {
    responder server{zone(content), manner::honest};
    engine lookups(asking({&server}));
    told first;
    lookups.cancel(lookups.resolve(uri, {}, note(first)));
    EXPECT_EQ(look_up(lookups, {&server}).candidates, 2u);
    EXPECT_EQ(first.times, 1);
    EXPECT_EQ(first.error, errc::cancelled);
}

TEST(CaresTransport, DestructionWithPendingLookupsAbortsThem) {
    responder silent{zone(content), manner::silent};
    told outcome;
    {
        engine lookups(asking({&silent}));
        lookups.resolve(uri, {}, note(outcome));
        run_until(lookups, {&silent}, [&silent] { return silent.over_udp >= 2; });
    }
    EXPECT_EQ(outcome.times, 1);
    EXPECT_EQ(outcome.error, errc::aborted);
}

TEST(CaresTransport, ManyLookupsAtOnceAllEnd) {
    std::string many;
    for (int index = 0; index < 100; ++index) {
        many += "n" + std::to_string(index) + ".ex A 192.0.2.1;";
    }
    responder server{zone(many), manner::honest};
    engine lookups(asking({&server}));
    std::vector<told> outcomes(100);
    for (std::size_t index = 0; index < outcomes.size(); ++index) {
        lookups.resolve("sip:n" + std::to_string(index) + ".ex:5060", {}, note(outcomes[index]));
    }
    run_until(lookups, {&server}, [&lookups] { return lookups.pending() == 0; });
    EXPECT_TRUE(std::all_of(outcomes.begin(), outcomes.end(), [](const told& item) {
        return item.times == 1 && item.candidates == 1;
    }));
}

TEST(CaresTransport, NetworkChangeStartsOpenQuestionsAgain) {  // case 121
    responder server{zone(content), manner::honest};
    engine lookups(asking({&server}));
    told outcome;
    lookups.resolve(uri, {}, note(outcome));
    lookups.network_changed();
    run_until(lookups, {&server}, [&outcome] { return outcome.times != 0; });
    EXPECT_EQ(outcome.candidates, 2u);
    EXPECT_EQ(server.over_udp, 4u);
}

/// 60 SRV records and their targets, as RFC 1035 5 text for the name server NSD.
std::string zone_file_with_sixty_servers() {
    std::string text =
        "$ORIGIN sixty.test.\n$TTL 300\n@ SOA ns host 1 3600 600 86400 300\n@ NS ns\n"
        "ns A 127.0.0.1\n";
    for (int index = 0; index < 60; ++index) {
        const auto host = "edge" + std::to_string(index);
        text += "_sip._udp SRV 10 1 5060 " + host + "\n" + host + " A 192.0.2." +
                std::to_string(index + 1) + "\n";
    }
    return text;
}

TEST(CaresTransport, SixtyServersOfARealNameServerArriveWhole) {  // case 108
    if (!test::nsd::is_installed()) {
        GTEST_SKIP() << "NSD is not installed: apt-get install nsd";
    }
    const test::nsd server("sixty.test", zone_file_with_sixty_servers());
    engine_options options;
    options.servers = {server.place()};
    engine lookups(options);
    const auto outcome = look_up(lookups, {}, "sip:sixty.test;transport=udp");
    EXPECT_EQ(outcome.candidates, 60u);
    EXPECT_EQ(lookups.snapshot().dns.tcp, 1u);
    EXPECT_EQ(lookups.snapshot().dns.failures, 0u);
}

TEST(CaresTransport, DeadServerBesideARealOneCostsOneHedge) {  // case 111
    if (!test::nsd::is_installed()) {
        GTEST_SKIP() << "NSD is not installed: apt-get install nsd";
    }
    const test::nsd server("sixty.test", zone_file_with_sixty_servers());
    responder silent{zone(""), manner::silent};
    engine_options options;
    options.servers = {silent.place(), server.place()};
    options.max_cache_entries = 0;
    options.max_tables = 0;
    engine lookups(options);
    for (int round = 0; round < 5; ++round) {
        EXPECT_EQ(look_up(lookups, {&silent}, "sip:edge7.sixty.test:5060").candidates, 1u);
        EXPECT_EQ(silent.over_udp, 2u) << "A and AAAA of the first lookup";
    }
    EXPECT_EQ(lookups.snapshot().dns.hedges, 2u);
}

}  // namespace
}  // namespace sipha::resolver
