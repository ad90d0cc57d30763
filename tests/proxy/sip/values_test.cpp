#include "proxy/sip/values.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/proxy/sip/samples.hpp"

namespace sipha::sip {
namespace {

using list = std::vector<std::string_view>;

list split(std::string_view text) {
    list values;
    while (const auto value = next_value(text)) {
        values.push_back(*value);
    }
    EXPECT_TRUE(text.empty());
    return values;
}

TEST(NextValue, CommasSeparate) {
    EXPECT_EQ(split("a, b ,\r\n c"), (list{"a", "b", "c"}));
    EXPECT_EQ(split(""), list{});
    EXPECT_EQ(split(" \r\n "), list{});
    EXPECT_EQ(split("a,"), list{"a"});
    EXPECT_EQ(split("a,,b"), (list{"a", "", "b"}));
    EXPECT_EQ(split(",a"), (list{"", "a"}));
}

TEST(NextValue, CommasInQuotesBracketsAndCommentsDoNot) {
    EXPECT_EQ(
        split(R"("a, \", b" <sip:a,b@c>;x="y,z", <sip:d>)"),
        (list{R"("a, \", b" <sip:a,b@c>;x="y,z")", "<sip:d>"})
    );
    EXPECT_EQ(split(R"(a (b, (c, \) ), d), e)"), (list{R"(a (b, (c, \) ), d))", "e"}));
    EXPECT_EQ(split("<sip:a\"b@c>, \"<\" <sip:d>"), (list{"<sip:a\"b@c>", "\"<\" <sip:d>"}));
}

TEST(NextValue, ParenthesisInsideABareUriIsNoComment) {
    EXPECT_EQ(split("sip:a(b@c, sip:d"), (list{"sip:a(b@c", "sip:d"}));
}

TEST(NextValue, WhatNeverClosesTakesTheRest) {
    EXPECT_EQ(split("\"a, b"), list{"\"a, b"});
    EXPECT_EQ(split("<a, b"), list{"<a, b"});
    EXPECT_EQ(split("x (a, b"), list{"x (a, b"});
    EXPECT_EQ(split("\"a\\"), list{"\"a\\"});
}

TEST(ValuesOf, GoesThroughAllFieldsInOrder) {
    const samples::parsed sample(
        "A sip:b SIP/2.0\r\nRoute: <sip:1>, <sip:2>\r\nTo: x\r\nroute:\r\nRoute: <sip:3>\r\n\r\n"
    );
    ASSERT_EQ(sample.error, std::nullopt);
    list values;
    for (const auto value : values_of(sample.view, header_id::route)) {
        values.push_back(value);
    }
    EXPECT_EQ(values, (list{"<sip:1>", "<sip:2>", "<sip:3>"}));
    EXPECT_EQ(first_value(sample.view, header_id::route), "<sip:1>");
    const auto range = values_of(sample.view, header_id::route);
    auto third = range.begin();
    ++ ++third;
    EXPECT_EQ(&third.field(), sample.view.find(header_id::route, 2));
}

TEST(ValuesOf, AbsentHeaderIsAnEmptyRange) {
    const samples::parsed sample("A sip:b SIP/2.0\r\nPath:\r\n\r\n");
    for (const auto id : {header_id::via, header_id::path}) {
        const auto range = values_of(sample.view, id);
        EXPECT_TRUE(range.begin() == range.end());
        EXPECT_EQ(first_value(sample.view, id), std::nullopt);
    }
}

}  // namespace
}  // namespace sipha::sip
