#include "resolver/stub/domain_watch.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/resolver/support/zone.hpp"

namespace sipha::resolver::stub {
namespace {

using namespace std::chrono_literals;
using resolver::test::zone;

/// A DNS whose content the test changes; it answers in the next `process`, or fails.
class changing_dns final : public dns_transport {
  public:
    explicit changing_dns(std::unique_ptr<zone>& content) : content_(content) {}

    void send(time_point, query_id id, const question& asked) override {
        dns_reply reply{id, {}, {}};
        if (content_) {
            reply.message = *content_->respond(asked);
        } else {
            reply.error = errc::dns_unreachable;
        }
        replies_.push_back(std::move(reply));
    }
    int fd() const override { return -1; }
    time_point next_deadline() const override {
        return replies_.empty() ? never : time_point::min();
    }
    void process(time_point) override {}
    std::vector<dns_reply> take_replies() override { return std::exchange(replies_, {}); }

  private:
    std::unique_ptr<zone>& content_;
    std::vector<dns_reply> replies_;
};

struct DomainWatch : testing::Test {
    DomainWatch() {
        engine_ports ports;
        ports.transport = std::make_unique<changing_dns>(content);
        ports.clock = [this] { return now; };
        ports.seed = 1;
        lookups = std::make_unique<engine>(engine_options{}, std::move(ports));
    }
    void publish(const char* text) { content = std::make_unique<zone>(text); }
    void kill_dns() { content.reset(); }
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
            }
            now += 100ms;
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
    std::unique_ptr<zone> content;
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
