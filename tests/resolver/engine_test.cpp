#include "sipha/resolver/engine.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/resolver/support/zone.hpp"

namespace sipha::resolver {
namespace {

using test::memory_transport;
using test::zone;

std::unique_ptr<engine> engine_over(const char* content) {
    return std::make_unique<engine>(
        engine_options{}, std::make_unique<memory_transport>(zone(content))
    );
}

void run(engine& lookups) {
    for (int turn = 0; turn < 100 && lookups.pending() != 0; ++turn) {
        lookups.process();
    }
}

TEST(Engine, NeverCallsBackInsideTheStartingCall) {
    const auto lookups = engine_over("h1.ex A 192.0.2.1");
    for (const auto* uri : {"sip:192.0.2.1", "nonsense", "sip:h1.ex:5060"}) {
        int calls = 0;
        lookups->resolve(uri, {}, [&calls](std::error_code, lookup_result) { ++calls; });
        EXPECT_EQ(calls, 0) << uri;
        EXPECT_EQ(lookups->timeout(), std::chrono::milliseconds(0)) << uri;
        run(*lookups);
        EXPECT_EQ(calls, 1) << uri;
    }
}

TEST(Engine, ResolvesThroughItsTransport) {
    const auto lookups = engine_over(
        "ex NAPTR 1 1 s SIP+D2U - _sip._udp.ex; _sip._udp.ex SRV 1 1 5070 h1.ex;"
        "h1.ex A 192.0.2.1"
    );
    std::string found;
    lookups->resolve("sip:ex", {}, [&found](std::error_code, lookup_result result) {
        found = result.candidates.at(0).to_string();
    });
    run(*lookups);
    EXPECT_EQ(found, "udp:192.0.2.1:5070");
}

TEST(Engine, LookupStartedInsideACallbackWaitsForTheNextTurn) {
    const auto lookups = engine_over("");
    int inner = 0;
    lookups->resolve("sip:192.0.2.1", {}, [&](std::error_code, lookup_result) {
        lookups->resolve("sip:192.0.2.2", {}, [&](std::error_code, lookup_result) { ++inner; });
        EXPECT_EQ(inner, 0);
    });
    lookups->process();
    EXPECT_EQ(inner, 0);
    EXPECT_EQ(lookups->pending(), 1u);
    lookups->process();
    EXPECT_EQ(inner, 1);
}

TEST(Engine, CancelReportsOnceAndLater) {
    const auto lookups = engine_over("h1.ex A SILENT; h1.ex AAAA SILENT");
    std::vector<std::error_code> told;
    const auto id =
        lookups->resolve("sip:h1.ex:5060", {}, [&told](std::error_code error, lookup_result) {
            told.push_back(error);
        });
    lookups->cancel(id);
    lookups->cancel(id);
    EXPECT_TRUE(told.empty());
    run(*lookups);
    lookups->cancel(id);
    run(*lookups);
    EXPECT_EQ(told, std::vector<std::error_code>{errc::cancelled});
}

TEST(Engine, CancelInsideACallbackReachesWhatEndedInTheSameTurn) {
    const auto lookups = engine_over("");
    lookup_id second = 0;
    std::error_code told;
    lookups->resolve("sip:192.0.2.1", {}, [&](std::error_code, lookup_result) {
        lookups->cancel(second);
    });
    second = lookups->resolve("sip:192.0.2.2", {}, [&told](std::error_code error, lookup_result) {
        told = error;
    });
    run(*lookups);
    EXPECT_EQ(told, errc::cancelled);
}

TEST(Engine, DestructionAbortsEachLookupOnce) {
    int aborted = 0;
    {
        const auto lookups = engine_over("h1.ex A SILENT; h1.ex AAAA SILENT");
        for (int index = 0; index < 3; ++index) {
            lookups
                ->resolve("sip:h1.ex:5060", {}, [&aborted](std::error_code error, lookup_result) {
                    aborted += error == errc::aborted ? 1 : 100;
                });
        }
    }
    EXPECT_EQ(aborted, 3);
}

/// An engine over a zone whose time the test moves.
struct virtual_engine {
    explicit virtual_engine(const char* content, std::uint64_t seed = 1) {
        auto transport = std::make_unique<memory_transport>(zone(content));
        dns = transport.get();
        engine_ports ports;
        ports.transport = std::move(transport);
        ports.clock = [this] { return now; };
        ports.seed = seed;
        lookups = std::make_unique<engine>(engine_options{}, std::move(ports));
    }
    time_point now{std::chrono::hours(1)};
    memory_transport* dns = nullptr;
    std::unique_ptr<engine> lookups;
};

TEST(Engine, TimeComesFromThePortAlone) {
    virtual_engine world("h1.ex A SILENT; h1.ex AAAA SILENT");
    std::error_code told;
    world.lookups->resolve("sip:h1.ex:5060", {}, [&told](std::error_code error, lookup_result) {
        told = error;
    });
    run(*world.lookups);
    EXPECT_EQ(world.lookups->pending(), 1u);
    EXPECT_EQ(world.lookups->timeout(), std::chrono::milliseconds(800)) << "the next attempt";
    world.now += std::chrono::seconds(2);
    run(*world.lookups);
    EXPECT_EQ(told, errc::dns_timeout);
}

TEST(Engine, EqualSeedsOfThePortGiveEqualDraws) {
    const char* const content =
        "_sip._udp.ex SRV 1 1 5061 h1.ex; _sip._udp.ex SRV 1 1 5062 h1.ex;"
        "_sip._udp.ex SRV 1 1 5063 h1.ex; h1.ex A 192.0.2.1";
    const auto ports_drawn = [content](std::uint64_t seed) {
        virtual_engine world(content, seed);
        std::vector<std::uint16_t> drawn;
        for (int turn = 0; turn < 10; ++turn) {
            world.lookups->resolve("sip:ex", {}, [&drawn](std::error_code, lookup_result result) {
                drawn.push_back(result.candidates.at(0).port);
            });
            run(*world.lookups);
        }
        return drawn;
    };
    EXPECT_EQ(ports_drawn(5), ports_drawn(5));
    EXPECT_NE(ports_drawn(5), ports_drawn(6));
}

}  // namespace
}  // namespace sipha::resolver
