#include "proxy/sip/text.hpp"

#include <gtest/gtest.h>

namespace sipha::sip {
namespace {

TEST(ParseUint, TakesDigitsUpTo32Bits) {
    EXPECT_EQ(parse_uint("0"), 0u);
    EXPECT_EQ(parse_uint("0068"), 68u);
    EXPECT_EQ(parse_uint("4294967295"), 4294967295u);
    EXPECT_EQ(parse_uint("00000000000000000000000000000000000001"), 1u);
    for (const auto* bad :
         {"",
          "4294967296",
          "18446744073709551617",
          "-1",
          "+1",
          " 1",
          "1 ",
          "0x1",
          "1.0",
          "99999999999999999999999999999999999999999999"}) {
        EXPECT_EQ(parse_uint(bad), std::nullopt) << bad;
    }
}

TEST(ParseDeltaSeconds, SaturatesInsteadOfFailing) {
    EXPECT_EQ(parse_delta_seconds("3600"), 3600u);
    EXPECT_EQ(parse_delta_seconds("4294967295"), 4294967295u);
    EXPECT_EQ(parse_delta_seconds("4294967296"), 4294967295u);
    EXPECT_EQ(parse_delta_seconds(std::string(1000, '9')), 4294967295u);
    EXPECT_EQ(parse_delta_seconds("-1"), std::nullopt);
    std::string nines(1000, '9');
    nines += 'x';
    EXPECT_EQ(parse_delta_seconds(nines), std::nullopt);
    EXPECT_EQ(parse_delta_seconds(""), std::nullopt);
}

TEST(ParsePort, ZeroAndMoreThan16BitsAreNoPorts) {
    EXPECT_EQ(parse_port("1"), 1);
    EXPECT_EQ(parse_port("65535"), 65535);
    EXPECT_EQ(parse_port("0"), std::nullopt);
    EXPECT_EQ(parse_port("65536"), std::nullopt);
}

TEST(EqualIgnoringCase, FoldsLettersOnly) {
    EXPECT_TRUE(equal_ignoring_case("Call-ID", "cALL-id"));
    EXPECT_FALSE(equal_ignoring_case("Via", "Vi"));
    EXPECT_FALSE(equal_ignoring_case("a[", "a{"));  // 0x20 apart, but no letters
    EXPECT_FALSE(equal_ignoring_case("\xc4", "\xe4"));
}

TEST(TrimLws, TakesFoldsOffBothEnds) {
    EXPECT_EQ(trim_lws("\r\n \ta b\t\r\n "), "a b");
    EXPECT_EQ(trim_lws(" \t"), "");
}

TEST(CharacterClasses, FollowTheGrammar) {
    for (int i = 0; i < 256; ++i) {
        const auto c = static_cast<char>(i);
        const bool is_word = is_alphanumeric(c);
        const auto is_one_of = [c](std::string_view set) {
            return set.find(c) != std::string_view::npos;
        };
        EXPECT_EQ(is_token_char(c), is_word || is_one_of("-.!%*_+`'~")) << i;
        EXPECT_EQ(is_unreserved(c), is_word || is_one_of("-_.!~*'()")) << i;
        EXPECT_EQ(hex_value(c) >= 0, is_one_of("0123456789abcdefABCDEF")) << i;
    }
    EXPECT_EQ(hex_value('f'), 15);
    EXPECT_EQ(hex_value('A'), 10);
}

}  // namespace
}  // namespace sipha::sip
