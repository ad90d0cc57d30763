#include "resolver/src/names.hpp"

#include <gtest/gtest.h>

namespace sipha::resolver::detail {
namespace {

TEST(Names, AreLowerCaseWithoutFinalDot) {
    EXPECT_EQ(normalise_name("EX."), "ex");
    EXPECT_EQ(normalise_name("_Sip._UDP.Ex"), "_sip._udp.ex");
}

TEST(Names, LengthsAreCheckedAtTheLimit) {
    const std::string label(max_label_length, 'a');
    EXPECT_TRUE(normalise_name(label));
    EXPECT_FALSE(normalise_name(label + "a"));
    const std::string longest = label + '.' + label + '.' + label + '.' + std::string(61, 'b');
    ASSERT_EQ(longest.size(), max_name_length);
    EXPECT_TRUE(normalise_name(longest));
    EXPECT_FALSE(normalise_name(longest + "b"));
}

TEST(Names, OddTextsAreRefused) {
    for (const auto* text : {"", ".", "a..b", ".a", "a b", "a\\.b", "b\xc3\xbc", "a..", "a/b"}) {
        EXPECT_FALSE(normalise_name(text)) << text;
    }
}

TEST(Names, SpecialUseIsTheLastLabel) {
    EXPECT_EQ(special_use("a.localhost"), special_name::localhost);
    EXPECT_EQ(special_use("localhost.ex"), special_name::none);
    EXPECT_EQ(special_use("local"), special_name::foreign);
}

}  // namespace
}  // namespace sipha::resolver::detail
