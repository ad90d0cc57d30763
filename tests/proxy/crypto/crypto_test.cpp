#include <gtest/gtest.h>

#include <set>

#include "proxy/crypto/mac.hpp"
#include "proxy/crypto/random.hpp"

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
