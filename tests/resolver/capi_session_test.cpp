#include <gtest/gtest.h>
#include <sipha/resolver/session.h>

#include <string>
#include <vector>

#include "tests/resolver/support/capi.hpp"

namespace sipha::resolver {
namespace {

using test::c_resolver;

constexpr const char* two_places =
    "_sip._udp.ex SRV 10 1 5060 h1.ex; _sip._udp.ex SRV 20 1 5060 h2.ex;"
    "h1.ex A 192.0.2.1; h2.ex A 192.0.2.2";

/// A session that probes nothing and registers without delay, and what it told.
struct c_session {
    struct told_event {
        std::uint32_t state;
        std::uint32_t reason;
        std::int32_t error;
        std::string target;
    };
    std::vector<told_event> told;
    sipha_session_t* handle = nullptr;

    static void on_state(void* user, sipha_session_t* session, const sipha_session_event* event) {
        auto& self = *static_cast<c_session*>(user);
        EXPECT_EQ(event->size, sizeof *event);
        EXPECT_TRUE(self.handle == nullptr || self.handle == session);
        self.told.push_back(
            {event->state,
             event->reason,
             event->error,
             event->target == nullptr ? "" : event->target->address}
        );
    }
    std::int32_t open(sipha_t* on, const char* uri) {
        sipha_options lookup{};
        lookup.size = sizeof lookup;
        lookup.transports[0] = SIPHA_UDP;
        sipha_session_options options{};
        options.size = sizeof options;
        options.liveness = SIPHA_LIVENESS_NONE;
        options.herd_spread_ms = SIPHA_ZERO;
        options.account = "sip:alice@ex";
        options.lookup = &lookup;
        return sipha_session_open(on, uri, &options, &c_session::on_state, this, &handle);
    }
    /// Reports about the place with this index.
    std::int32_t report(std::uint32_t index, int kind) const {
        sipha_candidate place{};
        place.size = sizeof place;
        if (sipha_session_place(handle, index, &place) != 1) {
            return SIPHA_EINVAL;
        }
        sipha_outcome outcome{};
        outcome.size = sizeof outcome;
        outcome.kind = static_cast<std::uint32_t>(kind);
        return sipha_session_report(handle, &place, &outcome);
    }
    std::string target() const {
        sipha_candidate place{};
        place.size = sizeof place;
        return sipha_session_target(handle, &place) == 1 ? place.address : "";
    }
};

TEST(CApiSession, TellsItsTargetAndMovesWhenThatRefuses) {
    const c_resolver resolver(two_places);
    c_session phone;
    ASSERT_EQ(phone.open(resolver, "sip:alice@ex"), SIPHA_OK);
    EXPECT_TRUE(phone.told.empty());
    EXPECT_EQ(phone.target(), "");
    resolver.turn();
    ASSERT_FALSE(phone.told.empty());
    EXPECT_EQ(phone.told.front().reason, static_cast<std::uint32_t>(SIPHA_LOCATED));
    EXPECT_EQ(phone.told.front().target, "192.0.2.1");
    EXPECT_EQ(phone.target(), "192.0.2.1");

    const auto before = phone.told.size();
    ASSERT_EQ(phone.report(0, SIPHA_OUTCOME_REFUSED), SIPHA_OK);
    EXPECT_EQ(phone.told.size(), before) << "told inside the call that reports";
    EXPECT_EQ(phone.target(), "192.0.2.2");
    resolver.turn();
    ASSERT_GT(phone.told.size(), before);
    EXPECT_EQ(phone.told[before].reason, static_cast<std::uint32_t>(SIPHA_REFUSED));
    EXPECT_EQ(phone.told[before].target, "192.0.2.2");
    sipha_session_close(phone.handle);
}

TEST(CApiSession, TellsWhyThereIsNoTarget) {
    const c_resolver resolver("");
    c_session phone;
    ASSERT_EQ(phone.open(resolver, "sip:alice@nowhere.ex"), SIPHA_OK);
    resolver.turn();
    ASSERT_EQ(phone.told.size(), 1u);
    EXPECT_EQ(phone.told[0].reason, static_cast<std::uint32_t>(SIPHA_LOCATE_FAILED));
    EXPECT_EQ(phone.told[0].error, SIPHA_ENOT_FOUND);
    EXPECT_EQ(phone.told[0].target, "");
    sipha_session_close(phone.handle);
}

TEST(CApiSession, ListsItsPlaces) {
    const c_resolver resolver(two_places);
    c_session phone;
    phone.open(resolver, "sip:alice@ex");
    resolver.turn();
    sipha_candidate place{};
    place.size = sizeof place;
    ASSERT_EQ(sipha_session_place(phone.handle, 1, &place), 1);
    EXPECT_STREQ(place.address, "192.0.2.2");
    EXPECT_EQ(sipha_session_place(phone.handle, 2, &place), 0);
    sipha_session_close(phone.handle);
}

TEST(CApiSession, WaitsLongerAfterEachFailure) {
    const c_resolver resolver(two_places);
    c_session phone;
    phone.open(resolver, "sip:alice@ex");
    // RFC 5626 4.5: 50 to 100 % of min(1800, 30 * 2^failures) when all flows failed, 90 else.
    const auto first = sipha_session_registration_delay_ms(phone.handle, 1, 1);
    EXPECT_GE(first, 30'000);
    EXPECT_LE(first, 60'000);
    const auto many = sipha_session_registration_delay_ms(phone.handle, UINT32_MAX, 1);
    EXPECT_GE(many, 900'000);
    EXPECT_LE(many, 1'800'000);
    EXPECT_EQ(sipha_session_registration_delay_ms(phone.handle, 0, 1), SIPHA_EINVAL);
    EXPECT_EQ(sipha_session_registration_delay_ms(phone.handle, 1, 2), SIPHA_EINVAL);
    sipha_session_close(phone.handle);
}

TEST(CApiSession, ClosedSessionIsSilent) {
    const c_resolver resolver(two_places);
    c_session phone;
    phone.open(resolver, "sip:alice@ex");
    sipha_session_close(phone.handle);
    sipha_session_close(nullptr);
    resolver.turn();
    EXPECT_TRUE(phone.told.empty());
}

TEST(CApiSession, FreedResolverClosesItsSessionsWithoutAWord) {
    c_resolver resolver(two_places);
    c_session phone;
    phone.open(resolver, "sip:alice@ex");
    resolver.free();
    EXPECT_TRUE(phone.told.empty());
    sipha_candidate place{};
    place.size = sizeof place;
    EXPECT_EQ(sipha_session_target(phone.handle, &place), SIPHA_ECLOSED);
    EXPECT_EQ(sipha_session_set_busy(phone.handle, 1), SIPHA_ECLOSED);
    sipha_session_close(phone.handle);
}

TEST(CApiSession, CallbackMayCloseTheSessionAndFreeTheResolver) {
    struct world {
        sipha_t* resolver = nullptr;
        sipha_session_t* session = nullptr;
        int calls = 0;
    };
    world all;
    all.resolver = detail::make_handle(std::make_unique<engine>(
        engine_options{}, std::make_unique<test::memory_transport>(test::zone(two_places))
    ));
    const auto on_state = [](void* user, sipha_session_t* session, const sipha_session_event*) {
        auto& self = *static_cast<world*>(user);
        ++self.calls;
        sipha_session_close(session);
        sipha_free(std::exchange(self.resolver, nullptr));
    };
    sipha_session_open(all.resolver, "sip:192.0.2.1", nullptr, on_state, &all, &all.session);
    for (int turn = 0; turn < 50 && all.resolver != nullptr; ++turn) {
        sipha_process(all.resolver);
    }
    EXPECT_EQ(all.calls, 1);
    EXPECT_EQ(all.resolver, nullptr);
}

TEST(CApiSession, WrongArgumentsAreRefused) {
    const c_resolver resolver(two_places);
    c_session phone;
    sipha_session_options options{};
    options.size = sizeof options;
    options.profile = 99;
    const auto on_state = [](void*, sipha_session_t*, const sipha_session_event*) {};
    const auto open = [&](sipha_t* on, const char* uri, sipha_session_cb told) {
        return sipha_session_open(on, uri, nullptr, told, nullptr, &phone.handle);
    };
    EXPECT_EQ(open(nullptr, "sip:ex", on_state), SIPHA_EINVAL);
    EXPECT_EQ(open(resolver, nullptr, on_state), SIPHA_EINVAL);
    EXPECT_EQ(open(resolver, "sip:ex", nullptr), SIPHA_EINVAL);
    EXPECT_EQ(
        sipha_session_open(resolver, "sip:ex", &options, on_state, nullptr, &phone.handle),
        SIPHA_EINVAL
    );
    EXPECT_EQ(
        sipha_session_open(resolver, "sip:ex", nullptr, on_state, nullptr, nullptr), SIPHA_EINVAL
    );
    EXPECT_EQ(phone.handle, nullptr);
    EXPECT_EQ(sipha_session_target(nullptr, nullptr), SIPHA_EINVAL);
    ASSERT_EQ(phone.open(resolver, "sip:alice@ex"), SIPHA_OK);
    resolver.turn();
    EXPECT_EQ(sipha_session_target(phone.handle, nullptr), SIPHA_EINVAL);
    EXPECT_EQ(sipha_session_set_busy(phone.handle, 2), SIPHA_EINVAL);
    EXPECT_EQ(sipha_session_report(phone.handle, nullptr, nullptr), SIPHA_EINVAL);
    EXPECT_EQ(phone.report(0, 99), SIPHA_EINVAL);
    sipha_session_close(phone.handle);
}

}  // namespace
}  // namespace sipha::resolver
