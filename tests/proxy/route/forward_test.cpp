#include "proxy/route/forward.hpp"

#include <gtest/gtest.h>

#include "tests/support/sip_text.hpp"

namespace sipha::route {
namespace {

using test::parsed;

std::string forwarded(const test::request_text& request, const forward_changes& changes) {
    const parsed message(request);
    sip::patch scratch;
    std::string out;
    append_forwarded(out, *message, changes, scratch);
    return out;
}

std::string max_forwards_after(std::string before) {
    test::request_text request;
    request.max_forwards = std::move(before);
    return parsed(forwarded(request, {})).value(sip::header_id::max_forwards);
}

TEST(Forward, OnlyMaxForwardsChangesByItself) {
    test::request_text request;
    request.headers = {"X-Odd :  value ;;  ", "Subject: a\r\n folded", "m: <sip:a@192.0.2.1>"};
    request.body = "v=0\r\n";
    auto expected = request;
    expected.max_forwards = "69";
    EXPECT_EQ(forwarded(request, {}), expected.text());
}

TEST(Forward, MaxForwardsNeverWraps) {
    EXPECT_EQ(max_forwards_after("255"), "254");
    EXPECT_EQ(max_forwards_after("1"), "0");
    EXPECT_EQ(max_forwards_after("0"), "0");
    EXPECT_EQ(max_forwards_after(""), "70");  // RFC 3261 16.6 step 3
}

TEST(Forward, RoutesAreDroppedFromBothEnds) {
    struct row {
        const char* claim;
        std::vector<std::string> routes;
        std::size_t first;
        bool last;
        std::vector<std::string> left;
    };
    const row rows[] = {
        {"nothing", {"Route: <sip:a>, <sip:b>"}, 0, false, {"<sip:a>", "<sip:b>"}},
        {"the first of a list", {"Route: <sip:a>, <sip:b>"}, 1, false, {"<sip:b>"}},
        {"over two fields", {"Route: <sip:a>", "Route: <sip:b>, <sip:c>"}, 2, false, {"<sip:c>"}},
        {"all", {"Route: <sip:a>", "Route: <sip:b>"}, 2, false, {}},
        {"the last",
         {"Route: <sip:a>, <sip:b>", "Route: <sip:c>"},
         0,
         true,
         {"<sip:a>", "<sip:b>"}},
        {"first and last", {"Route: <sip:a>, <sip:b>", "Route: <sip:c>"}, 1, true, {"<sip:b>"}},
        {"the only one is the last", {"Route: <sip:a>"}, 0, true, {}},
        {"both of two", {"Route: <sip:a>, <sip:b>"}, 1, true, {}},
    };
    for (const auto& [claim, routes, first, last, left] : rows) {
        SCOPED_TRACE(claim);
        test::request_text request;
        request.headers = routes;
        forward_changes changes;
        changes.drop_routes = first;
        changes.drop_last_route = last;
        const parsed out(forwarded(request, changes));
        EXPECT_EQ(sip::validate(*out).status, 0) << out.text();
        EXPECT_EQ(out.values(sip::header_id::route), left);
    }
}

TEST(Forward, LinesGoWhereTheyBelong) {
    test::request_text request;
    request.headers = {"Route: <sip:old;lr>"};
    forward_changes changes;
    changes.request_uri = "sip:new@192.0.2.9";
    changes.top_via = "SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK-1;received=192.0.2.1";
    changes.first_lines =
        "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK-ours\r\nRoute: <sip:new;lr>\r\n";
    changes.last_lines = "Route: <sip:last>\r\n";
    const parsed out(forwarded(request, changes));
    EXPECT_EQ(out.start_line(), "INVITE sip:new@192.0.2.9 SIP/2.0");
    EXPECT_EQ(
        out.values(sip::header_id::via),
        (std::vector<std::string>{
            "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK-ours",
            "SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK-1;received=192.0.2.1"})
    );
    EXPECT_EQ(
        out.values(sip::header_id::route),
        (std::vector<std::string>{"<sip:new;lr>", "<sip:old;lr>", "<sip:last>"})
    );
}

TEST(Forward, StreamsGetAContentLength) {
    const std::string text =
        "MESSAGE sip:bob@example.org SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK-1\r\n"
        "From: <sip:a@b>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: x\r\nCSeq: 1 MESSAGE\r\n\r\nhello";
    const parsed message(text);
    sip::patch scratch;
    forward_changes changes;
    for (const bool is_added : {false, true}) {
        changes.add_content_length = is_added;
        std::string out;
        append_forwarded(out, *message, changes, scratch);
        EXPECT_EQ(parsed(out).value(sip::header_id::content_length), is_added ? "5" : "");
        EXPECT_EQ(parsed(out)->body(), "hello");
    }
}

TEST(Forward, UpwardOnlyOurViaGoes) {
    const std::string rest =
        "From: <sip:a@b>;tag=1\r\nTo: <sip:b@b>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\nbody";
    const std::string start = "SIP/2.0 200 Very OK\r\n";
    sip::patch scratch;
    for (const std::string& vias :
         {std::string("Via: SIP/2.0/UDP ours\r\nVia: SIP/2.0/UDP a\r\n"),
          std::string("Via: SIP/2.0/UDP ours, SIP/2.0/UDP a\r\n")}) {
        const parsed response(start + vias + rest);
        std::string out;
        append_upward(out, *response, scratch);
        EXPECT_EQ(out, start + "Via: SIP/2.0/UDP a\r\n" + rest);
    }
}

}  // namespace
}  // namespace sipha::route
