#include "proxy/sip/parameters.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace sipha::sip {
namespace {

TEST(Parameters, NamesAreFoundWithoutCase) {
    const parameters list{";a=1;LR;Tag = x\r\n ; empty=\"\""};
    EXPECT_EQ(list.value("A"), "1");
    EXPECT_EQ(list.value("lr"), "");
    EXPECT_EQ(list.value("tag"), "x");
    EXPECT_EQ(list.value("empty"), "");
    EXPECT_EQ(list.value("ta"), std::nullopt);
    EXPECT_TRUE(list.has("lr"));
    EXPECT_FALSE(parameters{}.has("lr"));
}

TEST(Parameters, QuotedValueLosesOnlyItsOuterQuotes) {
    const parameters list{R"(;+sip.instance="<urn:uuid:1;2>";d="a \"b\" ; c";e=f)"};
    EXPECT_EQ(list.value("+sip.instance"), "<urn:uuid:1;2>");
    EXPECT_EQ(list.value("d"), R"(a \"b\" ; c)");
    EXPECT_EQ(list.value("e"), "f");
}

TEST(Parameters, IterationGivesEachInOrderWithItsRawText) {
    const parameters list{";a=1 ; b;c=\"q\""};
    std::vector<std::string_view> raw;
    std::vector<bool> has_value;
    for (const auto& one : list) {
        raw.push_back(one.raw);
        has_value.push_back(one.has_value);
    }
    EXPECT_EQ(raw, (std::vector<std::string_view>{"a=1", "b", "c=\"q\""}));
    EXPECT_EQ(has_value, (std::vector<bool>{true, false, true}));
}

TEST(Parameters, IterationOverAnyBytesEnds) {
    std::string bytes = ";=\" \\a,";
    std::size_t steps = 0;
    for (int permutation = 0; permutation < 5040; ++permutation) {
        std::string_view rest = bytes;
        while (next_parameter(rest)) {
            ASSERT_LT(++steps, 5040u * 8);
        }
        std::next_permutation(bytes.begin(), bytes.end());
    }
    EXPECT_GT(steps, 0u);
}

TEST(HeaderParameters, SyntaxIsChecked) {
    for (const auto* good :
         {"",
          " ",
          ";a",
          ";a=b",
          " ; a = b ; c",
          ";a=\"x;y\"",
          ";r=[2001:db8::1]:5",
          ";r=sip:a@b"}) {
        EXPECT_TRUE(are_header_parameters(good)) << good;
    }
    for (const auto* bad :
         {";",
          ";;a",
          "a",
          ";a=",
          ";a=\"x",
          ";a=b c",
          ";a=b,c",
          ";a\"b",
          ";=b",
          ";a=<b>",
          ";a;",
          ";\xc3\xa4=b"}) {
        EXPECT_FALSE(are_header_parameters(bad)) << bad;
    }
}

TEST(UriParameters, SyntaxIsChecked) {
    for (const auto* good : {"", ";lr", ";a=b;c=[::1]", ";%6C%72;n%61me=v%61lue%25%34%31"}) {
        EXPECT_TRUE(are_uri_parameters(good)) << good;
    }
    for (const auto* bad :
         {";",
          ";;a",
          "a",
          ";a=",
          ";=b",
          "; lr",
          ";a= b",
          ";a=\"b\"",
          ";a=%4",
          ";a=%zz",
          ";a=b=c",
          ";a=b@c"}) {
        EXPECT_FALSE(are_uri_parameters(bad)) << bad;
    }
}

TEST(Parameters, ListIsAsLongAsTheLimitAndNoLonger) {
    std::string list;
    for (std::size_t i = 0; i < max_parameters; ++i) {
        list += ";p" + std::to_string(i);
    }
    EXPECT_TRUE(are_header_parameters(list));
    EXPECT_TRUE(are_uri_parameters(list));
    EXPECT_FALSE(are_header_parameters(list + ";q"));
    EXPECT_FALSE(are_uri_parameters(list + ";q"));
}

}  // namespace
}  // namespace sipha::sip
