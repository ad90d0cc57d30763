#include <sipha/resolver/engine.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/resolver/support/zone.hpp"

namespace sipha::resolver {
namespace {

using test::memory_transport;
using test::zone;

const char* const two_levels =
    "_sip._udp.ex 100 SRV 10 1 5060 h1.ex; _sip._udp.ex 100 SRV 20 1 5060 h2.ex;"
    "h1.ex 100 A 192.0.2.1; h2.ex 100 A 192.0.2.2;"
    "ex 100 NAPTR 1 1 s SIP+D2U - _sip._udp.ex; SOA 100 100";

/// The real engine over a zone, in time that the test moves.
struct world {
    explicit world(const char* content) {
        auto transport = std::make_unique<memory_transport>(zone(content));
        dns = transport.get();
        engine_ports ports;
        ports.transport = std::move(transport);
        ports.clock = [this] { return now; };
        ports.seed = 1;
        lookups = std::make_unique<engine>(engine_options{}, std::move(ports));
    }
    void run() {
        for (int turn = 0; turn < 20; ++turn) {
            lookups->process();
        }
    }
    /// Opens a route and waits for its first candidate.
    route_set open(const char* uri) {
        route_set found;
        lookups->open_route(uri, {}, [&](std::error_code error, route_set route) {
            told = error;
            ++calls;
            found = std::move(route);
        });
        EXPECT_EQ(calls, 0);
        run();
        EXPECT_EQ(calls, 1);
        calls = 0;
        return found;
    }
    std::string ask(const char* uri) {
        std::string text;
        lookups->resolve(uri, {}, [&](std::error_code error, lookup_result result) {
            told = error;
            for (const auto& place : result.candidates) {
                text += place.to_string() + ' ';
            }
        });
        run();
        return text;
    }

    time_point now{std::chrono::hours(1)};
    memory_transport* dns = nullptr;
    std::error_code told;
    int calls = 0;
    std::unique_ptr<engine> lookups;
};

TEST(EngineRoute, GivesCandidatesOneAfterTheOther) {
    world one(two_levels);
    auto route = one.open("sip:ex");
    EXPECT_FALSE(one.told);
    EXPECT_EQ(route.next()->to_string(), "udp:192.0.2.1:5060");
    EXPECT_FALSE(route.is_exhausted());
    EXPECT_EQ(route.next()->to_string(), "udp:192.0.2.2:5060");
    EXPECT_FALSE(route.next());
    EXPECT_TRUE(route.is_exhausted());
    EXPECT_EQ(route.error(), errc::exhausted);
}

TEST(EngineRoute, TellsWhyThereIsNoCandidate) {
    world one(two_levels);
    auto route = one.open("sip:nowhere.ex");
    EXPECT_EQ(one.told, errc::not_found);
    EXPECT_TRUE(route.is_exhausted());
    EXPECT_EQ(route.error(), errc::not_found);
}

TEST(EngineRoute, WhenReadyIsCalledOnceAndNeverInsideTheCall) {
    world one(
        "_sip._udp.ex SRV 10 1 5060 h1.ex; _sip._udp.ex SRV 20 1 5060 h2.ex;"
        "h1.ex A 192.0.2.1; h2.ex A 192.0.2.2; h2.ex AAAA SILENT"
    );
    auto route = one.open("sip:ex;transport=udp");
    EXPECT_TRUE(route.next());
    EXPECT_FALSE(route.next());
    EXPECT_FALSE(route.is_exhausted());
    int ready = 0;
    route.when_ready([&ready] { ++ready; });
    one.run();
    EXPECT_EQ(ready, 0);
    one.now += std::chrono::milliseconds(1000);  // grace
    one.run();
    EXPECT_EQ(ready, 1);
    EXPECT_EQ(route.next()->to_string(), "udp:192.0.2.2:5060");
    one.now += std::chrono::seconds(1);  // the budget of the silent question
    one.run();
    EXPECT_TRUE(route.is_exhausted());
    route.when_ready([&ready] { ++ready; });
    EXPECT_EQ(ready, 1);
    EXPECT_EQ(one.lookups->timeout(), std::chrono::milliseconds(0));
    one.run();
    EXPECT_EQ(ready, 2);
}

TEST(EngineRoute, LastHandleClosesTheRoute) {
    world one(two_levels);
    {
        auto route = one.open("sip:ex");
        const auto copy = route;
        route = route_set();
        EXPECT_FALSE(copy.is_exhausted());
        EXPECT_EQ(one.lookups->snapshot().open_routes, 1u);
    }
    EXPECT_EQ(one.lookups->snapshot().open_routes, 0u);
}

TEST(EngineRoute, OutlivesTheEngineAsExhausted) {
    world one(two_levels);
    auto route = one.open("sip:ex");
    one.lookups.reset();
    EXPECT_TRUE(route.is_exhausted());
    EXPECT_FALSE(route.next());
    EXPECT_EQ(route.error(), errc::aborted);
    route.when_ready([] { FAIL(); });
}

TEST(EngineRoute, CancelAndDestructionTellOpeningsOnce) {
    world one("h1.ex A SILENT; h1.ex AAAA SILENT");
    std::vector<std::error_code> told;
    const auto note = [&told](std::error_code error, const route_set&) { told.push_back(error); };
    const auto first = one.lookups->open_route("sip:h1.ex:5060", {}, note);
    one.lookups->cancel(first);
    one.lookups->cancel(first);
    EXPECT_TRUE(told.empty());
    one.run();
    EXPECT_EQ(told, std::vector<std::error_code>{errc::cancelled});
    one.lookups->open_route("sip:h1.ex:5060", {}, note);
    one.lookups.reset();
    EXPECT_EQ(told, (std::vector<std::error_code>{errc::cancelled, errc::aborted}));
}

TEST(EngineRoute, LimitOfLookupsCountsRoutes) {
    auto transport = std::make_unique<memory_transport>(zone(two_levels));
    engine_options options;
    options.max_lookups = 1;
    engine lookups(options, std::move(transport));
    route_set kept;
    std::error_code told;
    const auto note = [&](std::error_code error, route_set route) {
        told = error;
        kept = std::move(route);
    };
    lookups.open_route("sip:192.0.2.1", {}, note);
    lookups.process();
    EXPECT_FALSE(told);
    const auto first = kept;
    lookups.open_route("sip:192.0.2.1", {}, note);
    lookups.process();
    EXPECT_EQ(told, errc::too_many_lookups);
}

// Cases 88 and 89: what failed comes last, for lists and for routes.
TEST(EngineHealth, ReportedFailureComesLast) {
    world one(two_levels);
    auto route = one.open("sip:ex");
    const auto first = route.next().value();
    one.lookups->report(first, {outcome_kind::refused, {}});
    EXPECT_EQ(one.ask("sip:ex"), "udp:192.0.2.2:5060 udp:192.0.2.1:5060 ");
    EXPECT_EQ(one.open("sip:ex").next()->to_string(), "udp:192.0.2.2:5060");
    EXPECT_EQ(one.lookups->snapshot().marked_places, 1u);
    one.lookups->network_changed();
    EXPECT_EQ(one.ask("sip:ex"), "udp:192.0.2.1:5060 udp:192.0.2.2:5060 ");
}

TEST(EngineHealth, AllInBackoffIsAnErrorWithATime) {
    world one(two_levels);
    auto route = one.open("sip:ex");
    for (const int wait : {30, 60}) {
        one.lookups->report(
            route.next().value(), {outcome_kind::unavailable, std::chrono::seconds(wait)}
        );
    }
    one.now += std::chrono::seconds(5);
    EXPECT_EQ(one.ask("sip:ex"), "");
    EXPECT_EQ(one.told, errc::all_backoff);
    EXPECT_FALSE(one.lookups->try_resolve("sip:ex", {}));
}

// Case 90: the one request on probation goes to one caller.
TEST(EngineHealth, ProbationIsHandedToOneRoute) {
    world one(two_levels);
    auto route = one.open("sip:ex");
    one.lookups->report(route.next().value(), {outcome_kind::refused, {}});
    one.now += std::chrono::seconds(40);
    int first = 0;
    for (int request = 0; request < 5; ++request) {
        auto other = one.open("sip:ex");
        first += other.next()->ip == *address::parse("192.0.2.1") ? 1 : 0;
    }
    EXPECT_EQ(first, 1);
}

TEST(EngineWarm, EqualLookupsAreDrawnFromOneTable) {
    world one(two_levels);
    EXPECT_FALSE(one.lookups->try_resolve("sip:ex", {}));
    const auto cold = one.ask("sip:ex");
    const auto asked = one.dns->asked.size();
    EXPECT_EQ(one.ask("sip:alice@ex"), cold);
    const auto at_once = one.lookups->try_resolve("sip:bob@ex", {});
    ASSERT_TRUE(at_once);
    EXPECT_EQ(at_once->candidates.size(), 2u);
    EXPECT_EQ(one.dns->asked.size(), asked);
    EXPECT_EQ(one.lookups->snapshot().lookups.from_tables, 2u);
}

TEST(EngineWarm, TablesAreOfTheirOptionsAndScheme) {
    world one(two_levels);
    one.ask("sip:ex");
    lookup_options other;
    other.families = family_use::v6_only;
    EXPECT_FALSE(one.lookups->try_resolve("sip:ex", other));
    EXPECT_FALSE(one.lookups->try_resolve("sips:ex", {}));
    EXPECT_FALSE(one.lookups->try_resolve("sip:@ex", {}));
    EXPECT_FALSE(one.lookups->try_resolve("sip:a@b@ex", {}));
}

TEST(EngineWarm, TableEndsWithItsAnswersAndWithTheNetwork) {
    world one(two_levels);
    one.ask("sip:ex");
    one.now += std::chrono::seconds(101);
    EXPECT_FALSE(one.lookups->try_resolve("sip:ex", {}));
    one.ask("sip:ex");
    EXPECT_TRUE(one.lookups->try_resolve("sip:ex", {}));
    one.lookups->network_changed();
    EXPECT_FALSE(one.lookups->try_resolve("sip:ex", {}));
}

TEST(EngineWarm, UseNearTheEndStillRenewsTheAnswers) {
    world one(two_levels);
    one.ask("sip:ex");
    const auto asked = one.dns->asked.size();
    for (int second = 0; second < 99; ++second) {
        one.now += std::chrono::seconds(1);
        EXPECT_TRUE(one.lookups->try_resolve("sip:ex", {})) << second;
    }
    one.run();
    EXPECT_GT(one.dns->asked.size(), asked);
    one.now += std::chrono::seconds(5);
    EXPECT_EQ(one.ask("sip:ex"), "udp:192.0.2.1:5060 udp:192.0.2.2:5060 ");
}

TEST(EngineWarm, DrawsDifferFromLookupToLookup) {
    world one("_sip._udp.ex SRV 1 1 5061 h1.ex; _sip._udp.ex SRV 1 1 5062 h1.ex; h1.ex A 192.0.2.1"
    );
    one.ask("sip:ex");
    int first = 0;
    for (int draw = 0; draw < 100; ++draw) {
        first += one.lookups->try_resolve("sip:ex", {})->candidates.at(0).port == 5061 ? 1 : 0;
    }
    EXPECT_GT(first, 20);
    EXPECT_LT(first, 80);
    lookup_options stateless;  // RFC 3263 4.4, case 125
    stateless.seed = seed_from("z9hG4bK776asdhds");
    const auto again = [&] {
        return one.lookups->try_resolve("sip:ex", stateless)->candidates.at(0).port;
    };
    const auto port = again();
    for (int draw = 0; draw < 20; ++draw) {
        EXPECT_EQ(again(), port);
    }
}

// Cases 122 to 124.
TEST(EngineReply, FollowsSentBy) {
    world one("r.ex A 192.0.2.1; _sips._tcp.r.ex SRV 1 1 5071 h1.ex; h1.ex A 192.0.2.9");
    const auto reply = [&one](const via_target& via) {
        std::string text;
        one.lookups->resolve_reply(via, {}, [&](std::error_code error, lookup_result result) {
            text = error ? error.message() : result.candidates.at(0).to_string();
        });
        one.run();
        return text;
    };
    EXPECT_EQ(reply({transport::udp, "r.ex", 5070}), "udp:192.0.2.1:5070");
    EXPECT_EQ(reply({transport::tls, "r.ex", {}}), "tls:192.0.2.9:5071");
    EXPECT_EQ(reply({transport::tcp, "r.ex", {}}), "tcp:192.0.2.1:5060");
    EXPECT_EQ(reply({transport::tcp, "192.0.2.5", {}}), "tcp:192.0.2.5:5060");
    EXPECT_EQ(reply({transport::udp, "[2001:db8::5]", 5080}), "udp:[2001:db8::5]:5080");
    EXPECT_NE(reply({transport::udp, "", {}}).find("not a SIP"), std::string::npos);
    EXPECT_NE(reply({transport::udp, "[192.0.2.5]", {}}).find("not a SIP"), std::string::npos);
    EXPECT_NE(reply({transport::udp, "r.ex", 0}).find("not a SIP"), std::string::npos);
}

}  // namespace
}  // namespace sipha::resolver
