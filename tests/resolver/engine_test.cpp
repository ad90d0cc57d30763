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

}  // namespace
}  // namespace sipha::resolver
