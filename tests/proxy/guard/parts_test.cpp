#include <gtest/gtest.h>

#include <set>

#include "proxy/guard/access_list.hpp"
#include "proxy/guard/ban_list.hpp"
#include "proxy/guard/bounded_table.hpp"
#include "proxy/guard/overload.hpp"
#include "proxy/guard/source.hpp"
#include "proxy/guard/token_bucket.hpp"
#include "tests/support/sip_text.hpp"

namespace sipha::guard {
namespace {

using namespace std::chrono_literals;
const timing::time_point start(1000h);

geo::ip_address address(const char* text) {
    return *geo::ip_address::parse(text);
}

TEST(Source, OneIPv6NetworkIsOneSourceAndOneIPv4AddressToo) {
    EXPECT_EQ(key_of(address("2001:db8:1:2::1")), key_of(address("2001:db8:1:2:ffff::9")));
    EXPECT_NE(key_of(address("2001:db8:1:2::1")), key_of(address("2001:db8:1:3::1")));
    EXPECT_NE(key_of(address("192.0.2.1")), key_of(address("192.0.2.2")));
    EXPECT_NE(key_of(address("192.0.2.1")), key_of(address("::c000:201")));
    for (const auto* text : {"192.0.2.1", "0.0.0.0", "255.255.255.255", "2001:db8:1:2::", "::"}) {
        EXPECT_EQ(address_of(key_of(address(text))).to_string(), text);
    }
}

TEST(TokenBucket, GivesTheBurstThenTheRate) {
    token_bucket bucket;
    const rate_limit limit{10, 5};
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(bucket.take(start, limit));
    }
    EXPECT_FALSE(bucket.take(start, limit));
    EXPECT_FALSE(bucket.take(start + 50ms, limit));
    EXPECT_TRUE(bucket.take(start + 101ms, limit));
    int taken = 0;
    for (auto now = start + 1s; now < start + 11s; now += 1ms) {
        taken += bucket.take(now, limit) ? 1 : 0;
    }
    EXPECT_NEAR(taken, 105, 1);
}

TEST(TokenBucket, AClockThatStandsGivesNothing) {
    token_bucket bucket;
    const rate_limit limit{10, 1};
    EXPECT_TRUE(bucket.take(start, limit));
    EXPECT_FALSE(bucket.take(start - 10s, limit));
}

TEST(BoundedTable, NeverHoldsMoreThanItsLimit) {
    bounded_table<int> table(64, 12345);
    for (std::uint64_t key = 0; key < 10'000; ++key) {
        table.touch(key, start + std::chrono::seconds(key)) = 1;
        ASSERT_LE(table.size(), 64u);
    }
    EXPECT_GT(table.evictions(), 9'000u);
    EXPECT_NE(table.find(9'999), nullptr);
    EXPECT_EQ(table.find(0), nullptr);
}

TEST(BoundedTable, GrowsWithoutLosingAnything) {
    bounded_table<std::uint64_t> table(1 << 16, 99);
    for (std::uint64_t key = 0; key < 5'000; ++key) {
        table.touch(key, start) = key;
    }
    EXPECT_EQ(table.size(), 5'000u);
    EXPECT_EQ(table.evictions(), 0u);
    for (std::uint64_t key = 0; key < 5'000; ++key) {
        ASSERT_NE(table.find(key), nullptr);
        ASSERT_EQ(*table.find(key), key);
    }
    table.erase(7);
    EXPECT_EQ(table.find(7), nullptr);
    EXPECT_EQ(table.size(), 4'999u);
}

TEST(BoundedTable, WhatIsTouchedOftenStays) {
    bounded_table<int> table(64, 5);
    auto now = start;
    for (std::uint64_t key = 1; key < 5'000; ++key) {
        now += 1s;
        table.touch(key, now);
        now += 1s;
        table.touch(0, now) += 1;
    }
    EXPECT_EQ(*table.find(0), 4'999);
}

TEST(BanList, ABanEndsAndTheNextIsLonger) {
    ban_list bans({60s, 200s, 10});
    EXPECT_EQ(bans.ban(start, 1, ban_reason::flood), 60s);
    EXPECT_EQ(bans.ban(start, 1, ban_reason::flood), 0s) << "it is banned already";
    EXPECT_TRUE(bans.is_banned(start + 59s, 1));
    EXPECT_FALSE(bans.is_banned(start + 60s, 1));
    EXPECT_FALSE(bans.is_banned(start, 2));
    EXPECT_EQ(bans.ban(start + 60s, 1, ban_reason::flood), 120s);
    EXPECT_EQ(bans.ban(start + 180s, 1, ban_reason::flood), 200s) << "the longest";
    EXPECT_EQ(bans.ban(start + 380s + 200s, 1, ban_reason::flood), 60s) << "forgotten";
}

TEST(BanList, ShowsAndLifts) {
    ban_list bans({});
    bans.ban(start, 9, ban_reason::passwords);
    bans.ban(start, 3, ban_reason::flood);
    const auto list = bans.list(start + 10s);
    ASSERT_EQ(list.size(), 2u);
    EXPECT_EQ(list[0].source, 3u);
    EXPECT_EQ(to_text(list[1].why), "passwords");
    EXPECT_EQ(list[1].left, 50s);
    EXPECT_TRUE(bans.lift(start + 10s, 9));
    EXPECT_FALSE(bans.lift(start + 10s, 9));
    EXPECT_FALSE(bans.is_banned(start + 10s, 9));
    EXPECT_TRUE(bans.is_banned(start + 10s, 3));
}

TEST(BanList, AFullListLetsGoOfTheOneThatEndsFirst) {
    ban_list bans({60s, 3600s, 3});
    for (source_key source = 0; source < 10; ++source) {
        bans.ban(start + std::chrono::seconds(source), source, ban_reason::flood);
        EXPECT_LE(bans.size(), 3u);
    }
    EXPECT_TRUE(bans.is_banned(start + 10s, 9));
    EXPECT_FALSE(bans.is_banned(start + 10s, 0));
}

TEST(AccessList, TheFirstRuleThatFitsDecides) {
    const auto networks = [](const char* text) {
        return std::vector{*geo::ip_prefix::parse(text)};
    };
    using effect = access_rule::effect;
    const access_list list({
        {effect::deny, networks("192.0.2.66/32"), {}, {}},
        {effect::allow, networks("192.0.2.0/24"), {"REGISTER"}, {}},
        {effect::deny, {}, {"REGISTER"}, sip::listener_id{1}},
    });
    const auto allows = [&](const char* method, const char* from, sip::listener_id socket) {
        test::request_text text;
        text.method = method;
        const test::parsed request(text);
        auto hop = test::hop_to(from);
        hop.listener = socket;
        return list.allows(*request, hop);
    };
    EXPECT_FALSE(allows("INVITE", "udp:192.0.2.66:5060", 0));
    EXPECT_TRUE(allows("REGISTER", "udp:192.0.2.1:5060", 1));
    EXPECT_FALSE(allows("REGISTER", "udp:198.51.100.1:5060", 1));
    EXPECT_TRUE(allows("REGISTER", "udp:198.51.100.1:5060", 0)) << "no rule fits";
    EXPECT_TRUE(allows("INVITE", "udp:198.51.100.1:5060", 1));
}

TEST(Overload, RefusesMoreTheFullerItGets) {
    overload load({0.5, 1.0, 0.9, 1000ms});
    EXPECT_EQ(load.refused_share(start, 0), 0u);
    const auto at = [&](double queue) {
        load.sample(start, {queue, 0.99});
        return load.refused_share(start, 0);
    };
    EXPECT_EQ(at(0.49), 0u);
    EXPECT_EQ(at(0.5), 100u);
    EXPECT_GT(at(0.6), at(0.5));
    EXPECT_EQ(at(0.75), 1000u);
    EXPECT_EQ(at(1.0), 1000u);
    EXPECT_EQ(load.refused_share(start + 1s, 0), 1000u);
    EXPECT_EQ(load.refused_share(start + 1001ms, 0), 0u) << "the sample is old";
}

TEST(Overload, ASignalOfOneIsOffAndTransactionsNeedNoSample) {
    overload load({1.0, 1.0, 0.9, 1000ms});
    load.sample(start, {1.0, 1.0});
    EXPECT_EQ(load.refused_share(start, 0.89), 0u);
    EXPECT_EQ(load.refused_share(start, 0.9), 100u);
    EXPECT_EQ(load.refused_share(start, 1.0), 1000u);
}

}  // namespace
}  // namespace sipha::guard
