#include <gtest/gtest.h>
#include <sipha/resolver.h>

#include <cstring>
#include <string>
#include <vector>

#include "tests/resolver/support/capi.hpp"

namespace sipha::resolver {
namespace {

using test::c_lookup;
using test::c_resolver;
using statuses = std::vector<std::int32_t>;
using texts = std::vector<std::string>;

TEST(CApiLookup, HandsOutTheCandidatesInOrder) {
    const c_resolver resolver(
        "ex NAPTR 7 8 s SIP+D2U - _sip._udp.ex; _sip._udp.ex 300 SRV 9 1 5070 h1.ex;"
        "_sip._udp.ex 300 SRV 10 1 5071 h2.ex; h1.ex A 192.0.2.1; h2.ex AAAA 2001:db8::2"
    );
    c_lookup one;
    ASSERT_EQ(one.start(resolver, "sip:ex"), SIPHA_OK);
    EXPECT_TRUE(one.told.empty());
    resolver.turn();
    ASSERT_EQ(one.told, statuses{SIPHA_OK});
    sipha_candidate place{};
    place.size = sizeof place;
    ASSERT_EQ(sipha_next(one.handle, &place), 1);
    EXPECT_EQ(place.transport, static_cast<std::uint32_t>(SIPHA_UDP));
    EXPECT_EQ(place.family, 4u);
    EXPECT_EQ(place.port, 5070u);
    EXPECT_STREQ(place.address, "192.0.2.1");
    EXPECT_EQ(std::memcmp(place.octets, "\xc0\x00\x02\x01", 4), 0);
    EXPECT_STREQ(place.tls_name, "ex");
    EXPECT_STREQ(place.srv_target, "h1.ex");
    EXPECT_EQ(place.naptr_order, 7u);
    EXPECT_EQ(place.naptr_preference, 8u);
    EXPECT_EQ(place.srv_priority, 9u);
    EXPECT_GT(place.expires_in_ms, 55'000);
    EXPECT_LE(place.expires_in_ms, 60'000);
    EXPECT_EQ(one.rest(), (texts{"2001:db8::2", "0"}));
    EXPECT_EQ(one.rest(), texts{"0"});
    sipha_release(one.handle);
}

TEST(CApiLookup, NextSaysAgainUntilTheCallback) {
    const c_resolver resolver("h1.ex A SILENT; h1.ex AAAA SILENT");
    c_lookup one;
    one.start(resolver, "sip:h1.ex:5060");
    EXPECT_EQ(one.rest(), texts{std::to_string(SIPHA_EAGAIN)});
    resolver.turn();
    EXPECT_TRUE(one.told.empty());
    sipha_release(one.handle);
}

constexpr const char* five_levels =
    "_sip._udp.ex SRV 1 1 5060 h1.ex; _sip._udp.ex SRV 2 1 5060 h2.ex;"
    "_sip._udp.ex SRV 3 1 5060 h3.ex; _sip._udp.ex SRV 4 1 5060 h4.ex;"
    "_sip._udp.ex SRV 5 1 5060 h5.ex; h1.ex A 192.0.2.1; h2.ex A 192.0.2.2; h3.ex A 192.0.2.3;"
    "h4.ex A 192.0.2.4;";

TEST(CApiLookup, EachAgainOfNextOwesOneMoreCallback) {
    const c_resolver resolver((std::string(five_levels) + "h5.ex A 192.0.2.5").c_str());
    c_lookup one;
    one.start(resolver, "sip:ex");
    texts found;
    std::size_t owed = 1;
    bool is_over = false;
    for (int turn = 0; turn < 200 && !is_over; ++turn) {
        sipha_process(resolver);
        if (one.told.size() < owed) {
            continue;
        }
        ASSERT_EQ(one.told.size(), owed);
        EXPECT_EQ(one.told.back(), SIPHA_OK);
        auto more = one.rest();
        is_over = more.back() == "0";
        owed += more.back() == std::to_string(SIPHA_EAGAIN) ? 1 : 0;
        more.pop_back();
        found.insert(found.end(), more.begin(), more.end());
    }
    EXPECT_EQ(found, (texts{"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"}));
    EXPECT_GT(owed, 1u) << "everything was looked up before anything was wanted";
    resolver.turn();
    EXPECT_EQ(one.told.size(), owed);
    sipha_release(one.handle);
}

TEST(CApiLookup, CancelAndFreeAlsoEndAWaitForMore) {
    for (const auto expected : {SIPHA_ECANCELLED, SIPHA_EABORTED}) {
        c_resolver resolver((std::string(five_levels) + "h5.ex A SILENT; h5.ex AAAA SILENT").c_str()
        );
        c_lookup one;
        one.start(resolver, "sip:ex");
        const auto again = std::to_string(SIPHA_EAGAIN);
        resolver.turn();
        while (one.told.size() < 10 && one.rest().front() != again) {
            resolver.turn();
        }
        const auto before = one.told.size();
        EXPECT_EQ(one.rest(), texts{again});
        if (expected == SIPHA_ECANCELLED) {
            EXPECT_EQ(sipha_cancel(one.handle), SIPHA_OK);
            EXPECT_EQ(one.told.size(), before);
            EXPECT_EQ(sipha_timeout_ms(resolver), 0);
            resolver.turn();
            EXPECT_EQ(one.rest(), texts{std::to_string(SIPHA_ECANCELLED)});
        }
        resolver.free();
        ASSERT_EQ(one.told.size(), before + 1);
        EXPECT_EQ(one.told.back(), expected);
        sipha_release(one.handle);
    }
}

TEST(CApiLookup, CancelTellsOnceAndLater) {
    const c_resolver resolver("h1.ex A SILENT; h1.ex AAAA SILENT");
    c_lookup one;
    one.start(resolver, "sip:h1.ex:5060");
    EXPECT_EQ(sipha_cancel(one.handle), SIPHA_OK);
    EXPECT_EQ(sipha_cancel(one.handle), SIPHA_OK);
    EXPECT_TRUE(one.told.empty());
    resolver.turn();
    EXPECT_EQ(one.told, statuses{SIPHA_ECANCELLED});
    EXPECT_EQ(sipha_cancel(one.handle), SIPHA_OK);
    resolver.turn();
    EXPECT_EQ(one.told.size(), 1u);
    sipha_release(one.handle);
}

TEST(CApiLookup, ReleasedLookupIsSilent) {
    const c_resolver resolver("h1.ex A SILENT; h1.ex AAAA SILENT");
    c_lookup open;
    c_lookup finished;
    open.start(resolver, "sip:h1.ex:5060");
    finished.start(resolver, "sip:192.0.2.1");
    sipha_release(open.handle);
    sipha_release(finished.handle);
    sipha_release(nullptr);
    resolver.turn();
    EXPECT_TRUE(open.told.empty());
    EXPECT_TRUE(finished.told.empty());
}

TEST(CApiLookup, HandleNobodyAskedForEndsWithItsCallback) {
    c_resolver resolver("h1.ex A SILENT; h1.ex AAAA SILENT");
    statuses told;
    const auto done = [](void* user, sipha_lookup_t* lookup, std::int32_t status) {
        sipha_candidate place{};
        place.size = sizeof place;
        static_cast<statuses*>(user)->push_back(
            status == SIPHA_OK ? sipha_next(lookup, &place) : status
        );
    };
    sipha_resolve(resolver, "sip:192.0.2.1", nullptr, done, &told, nullptr);
    resolver.turn();
    EXPECT_EQ(told, statuses{1});
    sipha_resolve(resolver, "sip:h1.ex:5060", nullptr, done, &told, nullptr);
    resolver.free();
    EXPECT_EQ(told, (statuses{1, SIPHA_EABORTED}));
}

TEST(CApiLookup, LocatesWhereAResponseGoes) {
    const c_resolver resolver("_sip._udp.ex SRV 1 1 5070 h1.ex; h1.ex A 192.0.2.1");
    sipha_via via{};
    via.size = sizeof via;
    via.transport = SIPHA_UDP;
    via.host = "ex";
    c_lookup one;
    ASSERT_EQ(
        sipha_resolve_reply(resolver, &via, nullptr, &c_lookup::on_done, &one, &one.handle),
        SIPHA_OK
    );
    EXPECT_TRUE(one.told.empty());
    resolver.turn();
    EXPECT_EQ(one.told, statuses{SIPHA_OK});
    EXPECT_EQ(one.rest(), (texts{"192.0.2.1", "0"}));
    sipha_release(one.handle);
    sipha_lookup_t* none = nullptr;
    for (const auto change : {1, 2, 3}) {
        auto bad = via;
        bad.transport = change == 1 ? 0u : via.transport;
        bad.port = change == 2 ? 65536u : 0u;
        bad.host = change == 3 ? nullptr : via.host;
        EXPECT_EQ(
            sipha_resolve_reply(resolver, &bad, nullptr, &c_lookup::on_done, &one, &none),
            SIPHA_EINVAL
        );
    }
}

TEST(CApiLookup, ExplanationIsCutToTheBuffer) {
    const c_resolver resolver(
        "_sip._udp.ex SRV 1 1 0 h1.ex; _sip._udp.ex SRV 1 1 9 h2.ex;"
        "h2.ex A 192.0.2.2"
    );
    sipha_options how{};
    how.size = sizeof how;
    how.flags = SIPHA_EXPLAIN;
    c_lookup one;
    one.start(resolver, "sip:ex", &how);
    EXPECT_EQ(sipha_explain(one.handle, nullptr, 0), 0u);
    resolver.turn();
    const auto length = sipha_explain(one.handle, nullptr, 0);
    ASSERT_GT(length, 20u);
    std::string whole(length + 1, 'x');
    EXPECT_EQ(sipha_explain(one.handle, whole.data(), whole.size()), length);
    EXPECT_EQ(whole.back(), '\0');
    EXPECT_NE(whole.find("SRV"), std::string::npos) << whole;
    EXPECT_NE(whole.find("warning srv-port-zero"), std::string::npos) << whole;
    std::string cut(8, 'x');
    EXPECT_EQ(sipha_explain(one.handle, cut.data(), 5), length);
    EXPECT_EQ(cut, whole.substr(0, 4) + std::string("\0xxx", 4));
    EXPECT_EQ(sipha_explain(nullptr, cut.data(), cut.size()), 0u);
    sipha_release(one.handle);
}

TEST(CApiLookup, OptionsReachTheLookup) {
    const c_resolver resolver("h1.ex A 192.0.2.1; h1.ex AAAA 2001:db8::1");
    sipha_options how{};
    how.size = sizeof how;
    how.transports[0] = SIPHA_TCP;
    how.families = SIPHA_FAMILY_V6;
    c_lookup one;
    one.start(resolver, "sip:h1.ex:5060", &how);
    resolver.turn();
    sipha_candidate place{};
    place.size = sizeof place;
    ASSERT_EQ(sipha_next(one.handle, &place), 1);
    EXPECT_EQ(place.transport, static_cast<std::uint32_t>(SIPHA_TCP));
    EXPECT_STREQ(place.address, "2001:db8::1");
    EXPECT_EQ(sipha_next(one.handle, &place), 0);
    sipha_release(one.handle);
}

TEST(CApiLookup, UnknownOptionsAreRefused) {
    const c_resolver resolver("");
    const auto refused = [&resolver](auto change) {
        sipha_options how{};
        how.size = sizeof how;
        change(how);
        sipha_lookup_t* untouched = nullptr;
        const auto done = [](void*, sipha_lookup_t*, std::int32_t) { FAIL(); };
        const auto status =
            sipha_resolve(resolver, "sip:192.0.2.1", &how, done, nullptr, &untouched);
        EXPECT_EQ(untouched, nullptr);
        return status == SIPHA_EINVAL;
    };
    EXPECT_TRUE(refused([](sipha_options& how) { how.flags = 1u << 31; }));
    EXPECT_TRUE(refused([](sipha_options& how) { how.families = 3; }));
    EXPECT_TRUE(refused([](sipha_options& how) { how.naptr_scope = 2; }));
    EXPECT_TRUE(refused([](sipha_options& how) { how.transports[0] = 6; }));
    EXPECT_TRUE(refused([](sipha_options& how) { how.size = 3; }));
    resolver.turn();
}

}  // namespace
}  // namespace sipha::resolver
