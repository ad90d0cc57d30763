#include "resolver/stub/domain_watch.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/resolver/support/network.hpp"

namespace sipha::resolver::stub {
namespace {

using namespace std::chrono_literals;
using resolver::test::memory_network;
using resolver::test::memory_server;
using resolver::test::places;
using resolver::test::zone;

struct DomainWatch : testing::Test {
    DomainWatch() {
        std::vector<memory_server> one;
        one.push_back({zone("")});
        auto server = std::make_unique<memory_network>(std::move(one));
        network = server.get();
        kill_dns();  // until something is published
        engine_ports ports;
        ports.transport = std::move(server);
        ports.clock = [this] { return now; };
        ports.seed = 1;
        engine_options options;
        options.servers = places(1);
        lookups = std::make_unique<engine>(options, std::move(ports));
    }
    void publish(const char* text) {
        network->servers[0].content = zone(text);
        network->servers[0].is_unreachable = false;
    }
    void kill_dns() { network->servers[0].is_unreachable = true; }
    void begin() {
        watch_options options{"ex", {}, std::nullopt, std::nullopt};
        options.lookup.seed = 1;
        watch = std::make_unique<domain_watch>(*lookups, options, [this](const watch_news& news) {
            const std::vector<const char*> words{"changed", "dns_failed", "dns_recovered"};
            heard.push_back(words.at(static_cast<std::size_t>(news.kind)));
            view = news.view;
        });
        run(0s);
    }
    /// Lets time pass in steps of 100 ms.
    void run(std::chrono::seconds time) {
        const auto end = now + time;
        do {
            for (int round = 0; round < 20; ++round) {
                watch->advance(now);
                lookups->process();
                now += 5ms;
            }
        } while (now < end);
    }
    std::string text() const {
        std::string out;
        for (const auto& one : view.services) {
            out += (out.empty() ? "" : " ") + to_string(one);
        }
        return out.empty() ? "-" : out;
    }

    time_point now{1000s};
    memory_network* network = nullptr;
    std::unique_ptr<engine> lookups;
    std::unique_ptr<domain_watch> watch;
    domain_view view;
    std::vector<std::string> heard;
};

using news = std::vector<std::string>;

const char* const usual =
    "ex NAPTR 10 50 s SIP+D2T - _sip._tcp.ex; ex NAPTR 20 50 s SIP+D2U - _sip._udp.ex;"
    "_sip._tcp.ex 60 SRV 10 1 5060 h1.ex; _sip._udp.ex 60 SRV 10 1 5060 h2.ex;"
    "h1.ex 60 A 192.0.2.1; h2.ex 60 A 192.0.2.2";

TEST_F(DomainWatch, TransportsComeInTheOrderOfTheNaptr) {
    publish(usual);
    begin();
    EXPECT_EQ(text(), "tcp:192.0.2.1:5060 udp:192.0.2.2:5060");
    EXPECT_EQ(heard, news{"changed"});
}

TEST_F(DomainWatch, ATransportThatNaptrDoesNotNameIsOfferedByItsSrv) {
    publish(
        "ex NAPTR 10 50 s SIP+D2U - _sip._udp.ex; _sip._udp.ex SRV 10 1 5060 h1.ex;"
        "_sip._tcp.ex SRV 10 1 5060 h2.ex; h1.ex A 192.0.2.1; h2.ex A 192.0.2.2; ex A 192.0.2.9"
    );
    begin();
    EXPECT_EQ(text(), "udp:192.0.2.1:5060 tcp:192.0.2.2:5060");
}

TEST_F(DomainWatch, NoTransportIsGuessedBesideNaptr) {
    publish(
        "ex NAPTR 10 50 s SIP+D2T - _sip._tcp.ex; _sip._tcp.ex SRV 10 1 5060 h1.ex;"
        "h1.ex A 192.0.2.1; ex A 192.0.2.9"
    );
    begin();
    EXPECT_EQ(text(), "tcp:192.0.2.1:5060");
}

TEST_F(DomainWatch, ADomainWithAddressesOnlyIsServedOverUdp) {
    publish("ex A 192.0.2.9");
    begin();
    EXPECT_EQ(text(), "udp:192.0.2.9:5060");
    EXPECT_EQ(view.services.at(0).places.at(0).host, "ex");
}

TEST_F(DomainWatch, WhatTheDnsChangesIsFollowed) {
    publish(usual);
    begin();
    publish("_sip._udp.ex SRV 10 1 5060 h3.ex; h3.ex A 192.0.2.3");
    run(62s);
    EXPECT_EQ(text(), "udp:192.0.2.3:5060");
    EXPECT_EQ(heard, (news{"changed", "changed"}));
}

TEST_F(DomainWatch, ADeadDnsChangesNothingHoweverLong) {
    publish(usual);
    begin();
    kill_dns();
    run(120s);
    EXPECT_EQ(heard, (news{"changed", "dns_failed"}));
    // Past the day that answers may be used beyond their time (RFC 8767 4).
    now += 48h;
    run(120s);
    EXPECT_EQ(text(), "tcp:192.0.2.1:5060 udp:192.0.2.2:5060");
    EXPECT_EQ(heard, (news{"changed", "dns_failed"}));
    publish(usual);
    run(120s);
    EXPECT_EQ(heard, (news{"changed", "dns_failed", "dns_recovered"}));
}

TEST_F(DomainWatch, NothingIsSaidBeforeTheDnsHasSaidSomething) {
    begin();
    run(10s);
    EXPECT_EQ(heard, news{"dns_failed"});
    publish(usual);
    run(70s);
    EXPECT_EQ(heard, (news{"dns_failed", "changed", "dns_recovered"}));
    EXPECT_EQ(text(), "tcp:192.0.2.1:5060 udp:192.0.2.2:5060");
}

TEST_F(DomainWatch, ADomainThatDoesNotExistHasNoServices) {
    publish("other A 192.0.2.1");
    begin();
    EXPECT_EQ(text(), "-");
    EXPECT_EQ(heard, news{"changed"});
}

TEST_F(DomainWatch, ItMayEndWhileItsLookupsAreOpen) {
    publish(usual);
    watch = std::make_unique<domain_watch>(
        *lookups,
        watch_options{"ex", {}, std::nullopt, std::nullopt},
        [](const watch_news&) { FAIL() << "called after its end"; }
    );
    watch->advance(now);
    watch.reset();
    lookups->process();
    EXPECT_EQ(lookups->pending(), 0U);
}

}  // namespace
}  // namespace sipha::resolver::stub
