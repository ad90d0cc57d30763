#include "proxy/sip/cseq.hpp"

#include <gtest/gtest.h>

namespace sipha::sip {
namespace {

TEST(Cseq, NumberAndMethodAreSeparatedByAnyWhiteSpace) {
    const auto plain = parse_cseq("4711 INVITE");
    ASSERT_TRUE(plain.has_value());
    EXPECT_EQ(plain->number, 4711u);
    EXPECT_EQ(plain->method_text, "INVITE");
    EXPECT_EQ(parse_cseq("0009\r\n\t INVITE")->number, 9u);
}

TEST(Cseq, NumberIsBelow31Bits) {
    EXPECT_EQ(parse_cseq("2147483647 ACK")->number, 2147483647u);
    EXPECT_FALSE(parse_cseq("2147483648 ACK").has_value());
    EXPECT_FALSE(parse_cseq("36893488147419103232 ACK").has_value());
}

TEST(Cseq, PartsMissingOrOfTheWrongKindAreRefused) {
    for (const auto* bad :
         {"", "1", "INVITE", "1INVITE", "-1 INVITE", "1 INV ITE", "1 IN(V", "1 "}) {
        EXPECT_FALSE(parse_cseq(bad).has_value()) << bad;
    }
}

}  // namespace
}  // namespace sipha::sip
