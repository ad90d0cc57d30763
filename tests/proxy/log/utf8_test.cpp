#include "proxy/log/utf8.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sipha::log {
namespace {

const std::string bad = "\xef\xbf\xbd";

TEST(Utf8, WellFormedTextStays) {
    for (const std::string text :
         {"",
          "plain",
          "\x7f",
          "\xc2\x80",
          "\xdf\xbf",
          "\xe0\xa0\x80",
          "\xed\x9f\xbf",
          "\xee\x80\x80",
          "\xef\xbf\xbf",
          "\xf0\x90\x80\x80",
          "\xf4\x8f\xbf\xbf"}) {
        EXPECT_EQ(to_utf8(text), text);
    }
    const std::string with_nul("a\0b", 3);
    EXPECT_EQ(to_utf8(with_nul), with_nul);
}

TEST(Utf8, EveryOtherOctetIsReplaced) {
    EXPECT_EQ(to_utf8("a\xff z"), "a" + bad + " z");
    EXPECT_EQ(to_utf8("\x80"), bad);
    EXPECT_EQ(to_utf8("\xc0\xaf"), bad + bad) << "long form";
    EXPECT_EQ(to_utf8("\xe0\x9f\xbf"), bad + bad + bad) << "long form";
    EXPECT_EQ(to_utf8("\xed\xa0\x80"), bad + bad + bad) << "surrogate";
    EXPECT_EQ(to_utf8("\xf0\x8f\xbf\xbf"), bad + bad + bad + bad) << "long form";
    EXPECT_EQ(to_utf8("\xf4\x90\x80\x80"), bad + bad + bad + bad) << "above U+10FFFF";
    EXPECT_EQ(to_utf8("\xf5\x80\x80\x80"), bad + bad + bad + bad);
    EXPECT_EQ(to_utf8("\xe4x"), bad + "x") << "Latin-1";
}

TEST(Utf8, CutCharactersAreReplaced) {
    EXPECT_EQ(to_utf8("a\xc3"), "a" + bad);
    EXPECT_EQ(to_utf8("\xe2\x82"), bad + bad);
    EXPECT_EQ(to_utf8("\xf0\x9f\x98"), bad + bad + bad);
}

}  // namespace
}  // namespace sipha::log
