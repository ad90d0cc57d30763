#include "resolver/src/dns_link.hpp"

#include <gtest/gtest.h>
#include <unistd.h>
#include <sipha/resolver/engine.hpp>

#include <cstdio>
#include <fstream>
#include <string>
#include <utility>

#include "resolver/src/question_book.hpp"
#include "tests/resolver/support/network.hpp"

namespace sipha::resolver::detail {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::manner;
using test::memory_network;
using test::memory_server;
using test::zone;

const time_point start{std::chrono::hours(1)};
const question h1{"h1.ex", record_type::a};

/// Notes which servers it was told to use.
class noting_transport final : public dns_transport {
  public:
    explicit noting_transport(std::vector<dns_server>& told) : told_(told) {}
    void use_servers(std::span<const dns_server> servers) override {
        told_.assign(servers.begin(), servers.end());
    }
    void send(time_point, dns_packet) override {}
    int fd() const override { return -1; }
    time_point next_deadline() const override { return never; }
    void process(time_point) override {}
    std::vector<dns_arrival> take_arrivals() override { return {}; }

  private:
    std::vector<dns_server>& told_;
};

TEST(DnsLink, ServersOfTheOptionsAreUsedAsGiven) {
    std::vector<dns_server> told;
    engine_options options;
    options.servers = test::places(2);
    dns_link link(options, std::make_unique<noting_transport>(told), nullptr);
    EXPECT_EQ(told, options.servers);
    dns_link bare({}, std::make_unique<noting_transport>(told), nullptr);
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].ip.to_string(), "127.0.0.1");
}

TEST(DnsLink, FollowsTheFileOfTheSystem) {
    const auto path = "/tmp/sipha-dns-link-" + std::to_string(getpid());
    std::ofstream(path) << "nameserver 192.0.2.1\n";
    std::vector<dns_server> told;
    dns_link link(
        {}, std::make_unique<noting_transport>(told), std::make_unique<system_servers>(path)
    );
    EXPECT_EQ(told, test::places(1));
    link.ask(start, h1);
    std::ofstream(path) << "nameserver 192.0.2.1\nnameserver 192.0.2.2\n";
    link.ask(start, {"h2.ex", record_type::a});
    EXPECT_EQ(told.size(), 1u) << "looked at less than a second ago";
    link.ask(start + seconds(1), {"h3.ex", record_type::a});
    EXPECT_EQ(told, test::places(2));
    std::remove(path.c_str());
    link.network_changed(start + seconds(1));
    ASSERT_EQ(told.size(), 1u) << "a change of network reads it at once";
    EXPECT_EQ(told[0].ip.to_string(), "127.0.0.1");
}

TEST(DnsLink, AnswersThatWaitedUnreadAreNotSilence) {
    engine_options options;
    options.servers = test::places(2);
    auto transport = std::make_unique<memory_network>(std::vector<memory_server>{
        {zone("h1.ex A 192.0.2.1"), manner::honest, milliseconds(300)}, {zone("h1.ex A 192.0.2.1")}}
    );
    auto& network = *transport;
    dns_link link(options, std::move(transport), nullptr);
    link.ask(start, h1);
    link.process(start + milliseconds(250));
    link.process(start + milliseconds(251));
    EXPECT_EQ(link.take_answers().size(), 1u);  // of the second server; nobody polls any more
    link.ask(start + std::chrono::hours(1), h1);
    const auto counters = link.metrics();
    EXPECT_EQ(counters.timeouts, 0u);
    EXPECT_EQ(counters.servers.at(0).answers, 1u);
    EXPECT_FALSE(counters.servers.at(0).srtt) << "nobody knows when it came";
    EXPECT_EQ(network.servers[1].over_udp, 2u);
}

/// An engine over servers in memory, under the clock of the test.
struct engine_run {
    time_point now = start;
    memory_network* network = nullptr;
    std::unique_ptr<engine> lookups;

    explicit engine_run(std::vector<memory_server> servers, engine_options options = {}) {
        options.servers = test::places(servers.size());
        auto transport = std::make_unique<memory_network>(std::move(servers));
        network = transport.get();
        engine_ports ports;
        ports.transport = std::move(transport);
        ports.clock = [this] { return now; };
        ports.seed = 1;
        lookups = std::make_unique<engine>(options, std::move(ports));
    }

    struct outcome {
        std::error_code error;
        std::vector<candidate> candidates;
        milliseconds took{0};
    };

    outcome locate(const char* uri = "sip:h1.ex:5060") {
        outcome out;
        bool is_done = false;
        const auto begin = now;
        lookups->resolve(uri, {}, [&](std::error_code error, lookup_result result) {
            out.error = error;
            out.candidates = std::move(result.candidates);
            is_done = true;
        });
        for (int turn = 0; turn < 1000 && !is_done; ++turn) {
            now += lookups->timeout().value_or(seconds(100));
            lookups->process();
        }
        out.took = std::chrono::duration_cast<milliseconds>(now - begin);
        return out;
    }
};

const char* const both = "h1.ex 60 A 192.0.2.1; h1.ex 60 AAAA 2001:db8::1";

TEST(EngineOverDns, DeadServerIsPaidForOnce) {  // case 111, as a lookup
    engine_run all({{zone(""), manner::silent}, {zone(both), manner::honest, milliseconds(10)}});
    EXPECT_EQ(all.locate().took, milliseconds(260));
    all.now += seconds(61);
    EXPECT_EQ(all.locate().took, milliseconds(10));
}

TEST(EngineOverDns, DeadDnsServesWhatWasKnown) {  // cases 95, 96
    engine_run all({{zone(both)}});
    all.locate();
    all.network->servers[0].how = manner::failing;
    all.now += seconds(61);
    const auto stale = all.locate();
    ASSERT_EQ(stale.candidates.size(), 2u);
    EXPECT_TRUE(stale.candidates[0].is_stale);
    EXPECT_EQ(stale.candidates[0].expires, all.now + question_book::stale_ttl);
    all.now += std::chrono::hours(24);
    EXPECT_EQ(all.locate().error, errc::dns_temporary);
    EXPECT_EQ(all.lookups->snapshot().cache.stale, 2u);
}

TEST(EngineOverDns, SilentDnsServesWhatWasKnownAfterTheDelay) {
    engine_run all({{zone(both)}});
    all.locate();
    all.network->servers[0].how = manner::silent;
    all.now += seconds(61);
    const auto stale = all.locate();
    EXPECT_EQ(stale.candidates.size(), 2u);
    EXPECT_EQ(stale.took, milliseconds(1800));
}

TEST(EngineOverDns, NetworkChangeAsksAgainAndKeepsAMinuteOfLastResort) {  // case 121
    engine_run all({{zone(both)}});
    all.locate();
    const auto asked = all.network->servers[0].over_udp;
    all.lookups->network_changed();
    EXPECT_FALSE(all.locate().candidates.at(0).is_stale);
    EXPECT_EQ(all.network->servers[0].over_udp, asked + 2);
    all.network->servers[0].how = manner::failing;
    all.lookups->network_changed();
    EXPECT_TRUE(all.locate().candidates.at(0).is_stale);
    all.now += seconds(61);
    EXPECT_EQ(all.locate().error, errc::dns_temporary);
}

TEST(EngineOverDns, CandidatesAreAuthenticOnlyWhenEachRecordIs) {
    engine_options believing;
    believing.ad = ad_use::always;
    const zone content("_sip._udp.ex SRV 1 1 5060 h1.ex; h1.ex A 192.0.2.1");
    engine_run validated({{content, manner::validating}}, believing);
    EXPECT_TRUE(validated.locate("sip:ex;transport=udp").candidates.at(0).is_authentic);
    EXPECT_FALSE(validated.locate("sip:192.0.2.9").candidates.at(0).is_authentic);
    engine_run unasked({{content, manner::validating}});
    EXPECT_FALSE(unasked.locate("sip:ex;transport=udp").candidates.at(0).is_authentic);
    engine_run unproven({{content, manner::honest}}, believing);
    EXPECT_FALSE(unproven.locate("sip:ex;transport=udp").candidates.at(0).is_authentic);
}

TEST(EngineOverDns, BurstOfEqualLookupsIsOneQueryEach) {  // cases 100, 104
    engine_run all({{zone("h1.ex 0 A 192.0.2.1; h1.ex 0 AAAA 2001:db8::1")}});
    int done = 0;
    for (int index = 0; index < 100; ++index) {
        all.lookups->resolve("sip:H1.ex.:5060", {}, [&done](std::error_code error, lookup_result) {
            done += error ? 0 : 1;
        });
    }
    all.locate();
    EXPECT_EQ(done, 100);
    EXPECT_EQ(all.network->servers[0].over_udp, 2u);
    EXPECT_EQ(all.lookups->snapshot().dns.a_queries, 1u);
    EXPECT_EQ(all.lookups->snapshot().dns.aaaa_queries, 1u);
}

}  // namespace
}  // namespace sipha::resolver::detail
