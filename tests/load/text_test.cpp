#include "tests/load/text.hpp"

#include <gtest/gtest.h>

namespace sipha::load {
namespace {

constexpr std::string_view answer =
    "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\n"
    "Record-Route: <sip:192.0.2.9;lr>,<sip:192.0.2.8;lr>\r\nRecord-Route: <sip:192.0.2.7;lr>\r\n"
    "Call-ID: c17-load@192.0.2.1\r\nContent-Length: 3\r\n\r\nabc";

TEST(LoadText, AValueIsThatOfTheFirstFieldOfTheWholeName) {
    EXPECT_EQ(value_of(answer, "Call-ID"), "c17-load@192.0.2.1");
    EXPECT_EQ(value_of(answer, "Call"), "");
    EXPECT_EQ(value_of(answer, "Contact"), "");
}

TEST(LoadText, RoutesAreTheRecordRoutesInReverse) {
    EXPECT_EQ(
        routes_of(answer),
        "Route: <sip:192.0.2.7;lr>\r\nRoute: <sip:192.0.2.8;lr>\r\nRoute: <sip:192.0.2.9;lr>\r\n"
    );
}

TEST(LoadText, LinesAreCopiedWhole) {
    std::string out;
    append_lines(out, answer, "Via");
    EXPECT_EQ(out, "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\n");
}

TEST(LoadText, OnlyAResponseHasAStatus) {
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_EQ(status_of("INVITE sip:a@b SIP/2.0\r\n\r\n"), 0);
}

TEST(LoadText, AStreamIsCutBehindTheBody) {
    for (std::size_t size = 0; size < answer.size(); ++size) {
        EXPECT_EQ(framed_size(answer.substr(0, size)), 0u) << size;
    }
    std::string two(answer);
    two.append("SIP/2.0");
    EXPECT_EQ(framed_size(two), answer.size());
}

}  // namespace
}  // namespace sipha::load
