#include "proxy/sip/name_addr.hpp"

#include <gtest/gtest.h>

namespace sipha::sip {
namespace {

TEST(NameAddr, QuotedDisplayNameKeepsItsEscapes) {
    const auto found = parse_name_addr(R"("A. \"Bell\", <x>" <sip:a@b;lr>;tag=1)");
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->display_name, R"(A. \"Bell\", <x>)");
    EXPECT_EQ(found->uri, "sip:a@b;lr");
    EXPECT_EQ(found->params.value("tag"), "1");
    EXPECT_FALSE(found->params.has("lr"));
}

TEST(NameAddr, TokensAndUtf8MayBeADisplayName) {
    EXPECT_EQ(parse_name_addr("T. Watson <sip:a@b>")->display_name, "T. Watson");
    EXPECT_EQ(parse_name_addr("caller<sip:a@b>")->display_name, "caller");
    EXPECT_EQ(parse_name_addr("J\xc3\xb6rg <sip:a@b>")->display_name, "J\xc3\xb6rg");
    EXPECT_EQ(parse_name_addr("<sip:a@b>")->display_name, "");
    EXPECT_EQ(parse_name_addr("\"\" <sip:a@b>")->display_name, "");
}

TEST(NameAddr, BareUriLeavesItsParametersToTheHeader) {
    const auto found = parse_name_addr(" sip:a@b:5070 ; tag = 1 ");
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->uri, "sip:a@b:5070");
    EXPECT_EQ(found->params.value("tag"), "1");
    EXPECT_EQ(found->raw, "sip:a@b:5070 ; tag = 1");
}

TEST(NameAddr, BracketedUriMayHoldCommasQuestionMarksAndParameters) {
    const auto found = parse_name_addr("<sip:a,b@c;x=y?Route=%3Csip:d%3E>");
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->uri, "sip:a,b@c;x=y?Route=%3Csip:d%3E");
}

TEST(NameAddr, OtherSchemesPass) {
    EXPECT_EQ(parse_name_addr("isbn:2983792873")->uri, "isbn:2983792873");
    EXPECT_EQ(parse_name_addr("<http://www.example.com>")->uri, "http://www.example.com");
}

TEST(NameAddr, MalformedValuesAreRefused) {
    for (const auto* bad :
         {"",
          "*",
          "<>",
          "<sip:>",
          "<sip:a@b",
          "sip:a@b>",
          "\"A <sip:a@b>",
          "\"A\" sip:a@b",
          "\"A\"",
          "Bell, A <sip:a@b>",
          "< sip:a@b >",
          "<a@b>",
          "a@b",
          "sip:a@b?x=y",
          "sip:a,b@c",
          "<sip:a@b> x",
          "<sip:a@b>;",
          "<sip:a@b>;;tag=1",
          "<sip:a@b>;tag=",
          "<sip:a b@c>",
          "sip:a@b c",
          "<1sip:a@b>",
          "<sip:\"a\"@b>",
          "<sip:\xc3\xa4@b>"}) {
        const bool is_taken = parse_name_addr(bad).has_value();
        EXPECT_FALSE(is_taken) << bad;
    }
}

}  // namespace
}  // namespace sipha::sip
