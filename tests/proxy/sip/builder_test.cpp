#include "proxy/sip/builder.hpp"

#include <gtest/gtest.h>

#include "proxy/sip/fields.hpp"
#include "tests/proxy/sip/samples.hpp"

namespace sipha::sip {
namespace {

using samples::invite;
using samples::parsed;

std::string response_to(const invite& sample, const response_options& options) {
    const parsed request(sample.text());
    EXPECT_EQ(request.error, std::nullopt);
    std::string out = "|";
    append_response(out, request.view, options);
    EXPECT_TRUE(out.starts_with('|'));
    return out.substr(1);
}

TEST(Response, CopiesWhatRfc3261AsksFor) {
    const invite sample;
    EXPECT_EQ(
        response_to(sample, {.status = 404, .to_tag = "t1", .extra_headers = "Retry-After: 5\r\n"}),
        "SIP/2.0 404 Not Found\r\n" + sample.vias + sample.from +
            "To: <sip:bob@example.com>;tag=t1\r\n" + sample.call_id + sample.cseq +
            "Retry-After: 5\r\nContent-Length: 0\r\n\r\n"
    );
}

TEST(Response, IsValidItself) {
    const parsed response(response_to({}, {.status = 200, .to_tag = "t", .body = "abc"}));
    ASSERT_EQ(response.error, std::nullopt);
    EXPECT_EQ(validate(response.view).status, 0);
    EXPECT_EQ(response.view.body(), "abc");
}

TEST(Response, TagIsAddedOnlyWhereItBelongs) {
    EXPECT_EQ(response_to({}, {.status = 100, .to_tag = "t1"}).find("t1"), std::string::npos);
    EXPECT_NE(response_to({}, {.status = 101, .to_tag = "t1"}).find(";tag=t1"), std::string::npos);
    const auto tagged = response_to(
        {.to = "To: \"tag=x\" <sip:b@c;tag=y> ; TAG=old\r\n"}, {.status = 481, .to_tag = "t1"}
    );
    EXPECT_EQ(tagged.find("t1"), std::string::npos);
    const auto lookalike =
        response_to({.to = "To: \"tag=x\" <sip:b@c;tag=y>\r\n"}, {.status = 481, .to_tag = "t1"});
    EXPECT_NE(lookalike.find("<sip:b@c;tag=y>;tag=t1\r\n"), std::string::npos);
    const auto bare = response_to({.to = "To: sip:b@c;x=y\r\n"}, {.status = 481, .to_tag = "t1"});
    EXPECT_NE(bare.find("To: sip:b@c;x=y;tag=t1\r\n"), std::string::npos);
}

TEST(Response, TopViaIsReplacedAndTheOthersKept) {
    invite sample;
    sample.vias = "v: SIP/2.0/UDP a;branch=1 , SIP/2.0/UDP b;branch=2\r\nVia: SIP/2.0/UDP c\r\n";
    const auto text = response_to(sample, {.status = 200, .top_via = "SIP/2.0/UDP new"});
    const parsed response(text);
    std::vector<std::string_view> vias;
    for (const auto value : values_of(response.view, header_id::via)) {
        vias.push_back(value);
    }
    EXPECT_EQ(
        vias,
        (std::vector<std::string_view>{"SIP/2.0/UDP new", "SIP/2.0/UDP b;branch=2", "SIP/2.0/UDP c"}
        )
    );
}

TEST(Response, RecordRouteAndTimestampAreCopiedOnlyWhenDue) {
    invite sample;
    sample.more = "Record-Route: <sip:p;lr>\r\nTimestamp: 54\r\n";
    const auto has = [](const std::string& text, std::string_view piece) {
        return text.find(piece) != std::string::npos;
    };
    const auto plain = response_to(sample, {.status = 200});
    EXPECT_FALSE(has(plain, "Record-Route"));
    EXPECT_FALSE(has(plain, "Timestamp"));
    const auto copied =
        response_to(sample, {.status = 200, .record_route = record_route_copy::copy});
    EXPECT_TRUE(has(copied, "Record-Route: <sip:p;lr>\r\n"));
    EXPECT_TRUE(has(response_to(sample, {.status = 100}), "Timestamp: 54\r\n"));
}

TEST(Response, BrokenRequestIsAnsweredWithWhatItHas) {
    EXPECT_EQ(
        response_to(
            {.from = "", .to = "To: \"x <sip:b>\r\n", .call_id = ""},
            {.status = 400, .reason = "Missing From", .to_tag = "t1"}
        ),
        "SIP/2.0 400 Missing From\r\n" + invite{}.vias + "To: \"x <sip:b>\r\n" + invite{}.cseq +
            "Content-Length: 0\r\n\r\n"
    );
    const auto repeated = response_to({.more = "To: <sip:second@b>\r\n"}, {.status = 400});
    EXPECT_EQ(repeated.find("second"), std::string::npos);
}

TEST(Response, FoldedHeaderIsCopiedWhole) {
    const auto text = response_to({.from = "From: <sip:a@b>\r\n ;tag=1\r\n"}, {.status = 200});
    EXPECT_NE(text.find("From: <sip:a@b>\r\n ;tag=1\r\n"), std::string::npos);
}

TEST(DefaultReason, EveryStatusHasOne) {
    EXPECT_EQ(default_reason(480), "Temporarily Unavailable");
    EXPECT_EQ(default_reason(430), "Flow Failed");
    EXPECT_EQ(default_reason(499), "Request Failure");
    for (int status = -1; status < 1000; ++status) {
        EXPECT_FALSE(default_reason(status).empty()) << status;
    }
}

TEST(Ack, IsBuiltFromTheInviteAsSent) {
    invite sample;
    sample.start = "INVITE sip:bob@192.0.2.9 SIP/2.0\r\n";
    sample.vias =
        "Via: SIP/2.0/UDP own;branch=z9hG4bKours\r\nVia: SIP/2.0/UDP pc;branch=z9hG4bKx\r\n";
    sample.more = "Route: <sip:p1;lr>, <sip:p2;lr>\r\nRequire: 100rel\r\nProxy-Require: x\r\n";
    const parsed sent(sample.text());
    std::string out;
    append_ack_for_failure(out, sent.view, "<sip:bob@example.com>;tag=b1");
    EXPECT_EQ(
        out,
        "ACK sip:bob@192.0.2.9 SIP/2.0\r\n"
        "Via: SIP/2.0/UDP own;branch=z9hG4bKours\r\n"
        "Max-Forwards: 70\r\n"
        "Route: <sip:p1;lr>, <sip:p2;lr>\r\n"
        "From: \"Alice\" <sip:alice@example.com>;tag=a1\r\n"
        "Call-ID: call@pc.example.com\r\n"
        "To: <sip:bob@example.com>;tag=b1\r\n"
        "CSeq: 7 ACK\r\n"
        "Content-Length: 0\r\n\r\n"
    );
    const parsed ack(out);
    EXPECT_EQ(validate(ack.view).status, 0);
}

TEST(Cancel, IsBuiltFromTheInviteAsSent) {
    invite sample;
    sample.max_forwards = "";
    sample.more = "Route: <sip:p1;lr>\r\nRoute: <sip:p2;lr>\r\nRequire: 100rel\r\n";
    const parsed sent(sample.text());
    std::string out;
    append_cancel(out, sent.view, "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n");
    EXPECT_EQ(
        out,
        "CANCEL sip:bob@example.com SIP/2.0\r\n"
        "Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKone;rport\r\n"
        "Max-Forwards: 70\r\n"
        "Route: <sip:p1;lr>\r\nRoute: <sip:p2;lr>\r\n"
        "From: \"Alice\" <sip:alice@example.com>;tag=a1\r\n"
        "Call-ID: call@pc.example.com\r\n"
        "To: <sip:bob@example.com>\r\n"
        "CSeq: 7 CANCEL\r\n"
        "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n"
        "Content-Length: 0\r\n\r\n"
    );
    const parsed cancel(out);
    EXPECT_EQ(validate(cancel.view).status, 0);
}

}  // namespace
}  // namespace sipha::sip
