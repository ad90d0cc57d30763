#include "resolver/src/names.hpp"

#include <gtest/gtest.h>

#include <string>

#include "resolver/src/idna.hpp"

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
    for (const auto* text : {"", ".", "a..b", ".a", "a b", "a\\.b", "b\xc3", "a..", "a/b"}) {
        EXPECT_FALSE(normalise_name(text)) << text;
    }
}

TEST(Names, OtherScriptsBecomeALabelsWhereTheLibraryIsBuiltForIt) {
    const auto name = normalise_name(
        "B\xc3\xbc"
        "cher.Ex"
    );
    if (has_idna()) {
        EXPECT_EQ(name, "xn--bcher-kva.ex");
        EXPECT_EQ(
            normalise_name("b\xc3\xbc"
                           "cher\xe3\x80\x82"
                           "ex"),
            "xn--bcher-kva.ex"
        );
    } else {
        EXPECT_FALSE(name);
    }
    EXPECT_FALSE(normalise_name(std::string("b\xc3\xbc\0a.ex", 8)));
    std::string huge;
    while (huge.size() <= max_unicode_length) {
        huge += "\xc3\xbc.";
    }
    EXPECT_FALSE(normalise_name(huge));
}

TEST(Names, SpecialUseIsTheLastLabel) {
    EXPECT_EQ(special_use("a.localhost"), special_name::localhost);
    EXPECT_EQ(special_use("localhost.ex"), special_name::none);
    EXPECT_EQ(special_use("local"), special_name::foreign);
}

}  // namespace
}  // namespace sipha::resolver::detail
