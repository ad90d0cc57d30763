#include "proxy/auth/nonce.hpp"

#include <gtest/gtest.h>

#include <set>

#include "proxy/auth/nonce_uses.hpp"

namespace sipha::auth {
namespace {

using state = nonce_facts::state;
constexpr std::int64_t start = 1'700'000'000'000;
const crypto::mac key("a key of the cluster, 32 octets.");

geo::ip_address address(const char* text) {
    return *geo::ip_address::parse(text);
}
const auto phone = address("192.0.2.1");

std::string fresh(nonce_codec& codec) {
    std::string out;
    codec.append(out, start, "example.org", phone);
    return out;
}

TEST(Nonce, LivesFromItsIssueToItsEnd) {
    nonce_codec codec(key, std::chrono::seconds(300), 1);
    const auto nonce = fresh(codec);
    EXPECT_EQ(nonce.size(), nonce_size);
    const auto at = [&](std::int64_t seconds) {
        return codec.read(nonce, start + seconds * 1000, "example.org", phone).what;
    };
    EXPECT_EQ(at(0), state::good);
    EXPECT_EQ(at(300), state::good);
    EXPECT_EQ(at(301), state::stale);
    EXPECT_EQ(at(-60), state::good) << "this node's clock is behind the issuer's";
    EXPECT_EQ(at(-61), state::stale);
}

TEST(Nonce, EveryNodeOfTheClusterTakesItAndNoOther) {
    nonce_codec here(key, std::chrono::seconds(300), 1);
    const nonce_codec there(
        crypto::mac("a key of the cluster, 32 octets."), std::chrono::seconds(300), 99
    );
    const nonce_codec foreign(
        crypto::mac("another key, of another cluster."), std::chrono::seconds(300), 1
    );
    const auto nonce = fresh(here);
    EXPECT_EQ(there.read(nonce, start, "example.org", phone).what, state::good);
    EXPECT_EQ(foreign.read(nonce, start, "example.org", phone).what, state::forged);
    EXPECT_EQ(here.read(nonce, start, "example.net", phone).what, state::forged) << "another realm";
}

TEST(Nonce, NoCharacterCanBeChanged) {
    nonce_codec codec(key, std::chrono::seconds(300), 1);
    const auto nonce = fresh(codec);
    for (std::size_t i = 0; i < nonce.size(); ++i) {
        for (const char c : {'A', 'b', '-', '=', '\0', ' '}) {
            auto changed = nonce;
            changed[i] = c;
            const auto expected = changed == nonce ? state::good : state::forged;
            EXPECT_EQ(codec.read(changed, start, "example.org", phone).what, expected) << i;
        }
    }
    for (const auto& text : {std::string(), nonce.substr(1), nonce + 'A', std::string(4000, 'A')}) {
        EXPECT_EQ(codec.read(text, start, "example.org", phone).what, state::forged);
    }
}

TEST(Nonce, KnowsTheAddressItWasGivenTo) {
    nonce_codec codec(key, std::chrono::seconds(300), 1);
    const auto nonce = fresh(codec);
    EXPECT_TRUE(codec.read(nonce, start, "example.org", phone).is_of_source);
    const auto moved = codec.read(nonce, start, "example.org", address("192.0.2.2"));
    EXPECT_EQ(moved.what, state::good) << "a phone may change its address";
    EXPECT_FALSE(moved.is_of_source);
}

TEST(Nonce, NoTwoAreEqual) {
    nonce_codec codec(key, std::chrono::seconds(300), 0xffff'ffff'ffff'fff0u);
    std::set<std::string> all;
    std::set<std::uint64_t> numbers;
    for (int i = 0; i < 1000; ++i) {
        all.insert(fresh(codec));
        numbers.insert(codec.read(*all.rbegin(), start, "example.org", phone).number);
    }
    EXPECT_EQ(all.size(), 1000u);
}

TEST(NonceUses, EachCountOnceInAnyOrder) {
    nonce_uses uses(1000, 300);
    EXPECT_TRUE(uses.use(7, 1000, 1, 1000));
    EXPECT_FALSE(uses.use(7, 1000, 1, 1000));
    EXPECT_TRUE(uses.use(7, 1000, 5, 1000));
    EXPECT_TRUE(uses.use(7, 1000, 3, 1001)) << "overtaken on the way";
    EXPECT_FALSE(uses.use(7, 1000, 3, 1001));
    EXPECT_FALSE(uses.use(7, 1000, 5, 1001));
    EXPECT_TRUE(uses.use(8, 1000, 1, 1001)) << "another nonce";
    EXPECT_EQ(uses.size(), 2u);
}

TEST(NonceUses, WhatIsTooFarBehindIsRefused) {
    nonce_uses uses(1000, 300);
    EXPECT_TRUE(uses.use(7, 1000, 100, 1000));
    EXPECT_TRUE(uses.use(7, 1000, 100 - nonce_uses::window + 1, 1000));
    EXPECT_FALSE(uses.use(7, 1000, 100 - nonce_uses::window, 1000));
    EXPECT_TRUE(uses.use(7, 1000, 0xffffffff, 1000));
    EXPECT_FALSE(uses.use(7, 1000, 100, 1000));
    EXPECT_FALSE(uses.use(7, 1000, 0xffffffff, 1000));
}

TEST(NonceUses, AFullTableForgetsNoReplay) {
    nonce_uses uses(64, 300);
    constexpr std::uint64_t count = 10'000;
    std::uint64_t taken = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto issued = static_cast<std::uint32_t>(1000 + i / 100);
        taken += uses.use(i, issued, 1, issued) ? 1u : 0u;
    }
    EXPECT_GT(taken, 0u);
    EXPECT_LE(uses.size(), 64u);
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto issued = static_cast<std::uint32_t>(1000 + i / 100);
        EXPECT_FALSE(uses.use(i, issued, 1, 1100)) << i;
    }
    EXPECT_TRUE(uses.use(count, 1200, 1, 1200)) << "a new nonce gets in";
}

TEST(NonceUses, OldNoncesMakeRoom) {
    nonce_uses uses(8, 300);
    for (std::uint64_t i = 0; i < 8; ++i) {
        EXPECT_TRUE(uses.use(i, 1000, 1, 1000));
    }
    for (std::uint64_t i = 8; i < 16; ++i) {
        EXPECT_TRUE(uses.use(i, 1301, 1, 1301)) << "those of 1000 are over";
    }
    EXPECT_EQ(uses.size(), 8u);
}

}  // namespace
}  // namespace sipha::auth
