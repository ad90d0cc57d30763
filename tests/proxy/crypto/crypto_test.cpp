#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <string>

#include "proxy/crypto/mac.hpp"
#include "proxy/crypto/random.hpp"
#include "proxy/crypto/short_mac.hpp"

namespace sipha::crypto {
namespace {

using parts = std::string_view[];

TEST(Mac, DependsOnKeyPurposeAndPartBorders) {
    const mac one("key one"), two("key two");
    const auto base = one.sign("branch", parts{"ab", "c"});
    EXPECT_EQ(base, one.sign("branch", (parts{"ab", "c"})));
    EXPECT_NE(base, one.sign("branch", (parts{"a", "bc"})));
    EXPECT_NE(base, one.sign("flow", (parts{"ab", "c"})));
    EXPECT_NE(base, two.sign("branch", (parts{"ab", "c"})));
}

TEST(Mac, EmptyKeyIsAKeyLikeAnyOther) {
    const mac empty(""), other("x");
    EXPECT_NE(empty.sign64("p", {}), other.sign64("p", {}));
    EXPECT_EQ(empty.sign64("p", {}), mac("").sign64("p", {}));
}

TEST(ShortMac, IsSipHash24) {
    // The example of appendix A of the paper, and a few more of the authors' reference vectors.
    short_mac::key key;
    std::string text;
    for (std::size_t i = 0; i < key.size(); ++i) {
        key[i] = static_cast<std::uint8_t>(i);
    }
    const short_mac one(key);
    EXPECT_EQ(one.sign(text), 0x726fdb47dd0e0e31U);
    for (int i = 0; i < 15; ++i) {
        text += static_cast<char>(i);
    }
    EXPECT_EQ(one.sign(text.substr(0, 8)), 0x93f5f5799a932462U);
    EXPECT_EQ(one.sign(text), 0xa129ca6149be45e5U);
}

TEST(ShortMac, DependsOnKeyPurposeAndPartBorders) {
    const mac one("key one"), two("key two");
    const auto tag = [](const mac& master, std::string_view purpose, auto&&... text) {
        const std::string_view list[] = {text...};
        return short_mac(master, purpose).sign(list);
    };
    const auto base = tag(one, "branch", "ab", "c");
    EXPECT_EQ(base, tag(one, "branch", "ab", "c"));
    EXPECT_NE(base, tag(one, "branch", "a", "bc"));
    EXPECT_NE(base, tag(one, "flow", "ab", "c"));
    EXPECT_NE(base, tag(two, "branch", "ab", "c"));
    EXPECT_NE(base, tag(one, "branch", "ab", "c", ""));
}

TEST(ShortMac, AMillionTagsAreAMillionNumbers) {
    const short_mac one(mac("key"), "branch");
    std::set<std::uint64_t> seen;
    for (std::uint32_t i = 0; i < 1'000'000; ++i) {
        char text[4];
        std::memcpy(text, &i, sizeof text);
        seen.insert(one.sign({text, sizeof text}));
    }
    EXPECT_EQ(seen.size(), 1'000'000u);
}

TEST(ConstantTimeEquality, ComparesLengthAndContent) {
    const std::uint8_t a[] = {1, 2, 3}, b[] = {1, 2, 4};
    EXPECT_TRUE(equal_in_constant_time(a, a));
    EXPECT_FALSE(equal_in_constant_time(a, b));
    EXPECT_FALSE(equal_in_constant_time(a, std::span(a).first(2)));
}

TEST(Random, EqualSeedsReplayAndDifferentSeedsDiffer) {
    random first("seed"), second("seed"), third("other");
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 1000; ++i) {
        const auto number = first.next();
        EXPECT_EQ(number, second.next());
        EXPECT_NE(number, third.next());
        EXPECT_TRUE(seen.insert(number).second);
    }
}

TEST(Random, BelowStaysBelowAndHexHasTheAskedLength) {
    random generator("seed");
    for (int i = 0; i < 1000; ++i) {
        EXPECT_LT(generator.below(7), 7u);
    }
    EXPECT_EQ(generator.hex(128).size(), 32u);
    EXPECT_NE(generator.hex(128), generator.hex(128));
}

}  // namespace
}  // namespace sipha::crypto
