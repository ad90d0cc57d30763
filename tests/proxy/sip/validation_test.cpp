#include <gtest/gtest.h>

#include <string>

#include "proxy/sip/fields.hpp"
#include "tests/proxy/sip/samples.hpp"

namespace sipha::sip {
namespace {

using samples::invite;
using samples::parsed;

validation verdict_on(const invite& sample) {
    const parsed result(sample.text());
    EXPECT_EQ(result.error, std::nullopt) << sample.text();
    return validate(result.view);
}

void expect_400(const invite& sample, std::string_view reason) {
    const auto verdict = verdict_on(sample);
    EXPECT_EQ(verdict.status, 400) << sample.text();
    EXPECT_EQ(verdict.reason, reason);
}

TEST(Validate, GoodRequestPasses) {
    EXPECT_EQ(verdict_on({}).status, 0);
}

TEST(Validate, EachMandatoryHeaderIsRequired) {
    expect_400({.vias = ""}, "Missing Via");
    expect_400({.from = ""}, "Missing From");
    expect_400({.to = ""}, "Missing To");
    expect_400({.call_id = ""}, "Missing Call-ID");
    expect_400({.cseq = ""}, "Missing CSeq");
}

TEST(Validate, EachSingleHeaderMayStandOnlyOnce) {
    expect_400({.more = "f: <sip:x@y>;tag=2\r\n"}, "Repeated From");
    expect_400({.more = "t: <sip:x@y>\r\n"}, "Repeated To");
    expect_400({.more = "i: other\r\n"}, "Repeated Call-ID");
    expect_400({.more = "CSeq: 7 INVITE\r\n"}, "Repeated CSeq");
    expect_400({.more = "Max-Forwards: 70\r\n"}, "Repeated Max-Forwards");
    expect_400({.more = "l: 4\r\n"}, "Repeated Content-Length");
    expect_400({.more = "l: 3\r\n"}, "Repeated Content-Length");
}

TEST(Validate, EachMandatoryHeaderMustBeReadable) {
    expect_400({.vias = "Via: SIP/2.0/UDP\r\n"}, "Malformed Via");
    expect_400({.vias = "Via: SIP/2.0/UDP a,\r\n"}, "Malformed Via");
    expect_400({.vias = "Via: SIP/2.0/UDP a,,SIP/2.0/UDP b\r\n"}, "Malformed Via");
    expect_400({.vias = "Via: SIP/2.0/UDP a\r\nVia:\r\n"}, "Malformed Via");
    expect_400({.from = "From: <sip:a@b\r\n"}, "Malformed From");
    expect_400({.to = "To: <>\r\n"}, "Malformed To");
    expect_400({.call_id = "Call-ID:\r\n"}, "Malformed Call-ID");
    expect_400({.call_id = "Call-ID: a b\r\n"}, "Malformed Call-ID");
    expect_400({.cseq = "CSeq: INVITE\r\n"}, "Malformed CSeq");
    expect_400({.content_length = "Content-Length: 4, 4\r\n"}, "Malformed Content-Length");
}

TEST(Validate, TheTopViaOfARequestHasRoomForReceived) {
    std::string full = "SIP/2.0/UDP a";
    for (std::size_t i = 0; i < max_parameters; ++i) {
        full += ";p" + std::to_string(i);
    }
    const auto one_less = full.substr(0, full.rfind(';'));
    EXPECT_EQ(verdict_on({.vias = "Via: " + one_less + "\r\n"}).status, 0);
    expect_400({.vias = "Via: " + full + "\r\n"}, "Malformed Via");
    EXPECT_EQ(verdict_on({.vias = "Via: SIP/2.0/UDP b, " + full + "\r\n"}).status, 0);
    EXPECT_EQ(
        verdict_on({.start = "SIP/2.0 200 OK\r\n", .vias = "Via: " + full + "\r\n"}).status, 0
    );
    const auto stamped = via_with_source(parse_via(one_less).value(), {transport::udp, {}, 5060});
    EXPECT_TRUE(parse_via(stamped));
}

TEST(Validate, CseqMethodMustBeTheRequestsMethod) {
    expect_400({.cseq = "CSeq: 7 ACK\r\n"}, "CSeq Method Does Not Match");
    expect_400({.cseq = "CSeq: 7 invite\r\n"}, "CSeq Method Does Not Match");
}

TEST(Validate, MaxForwardsIsOptionalAndAtMost255) {
    EXPECT_EQ(verdict_on({.max_forwards = ""}).status, 0);
    EXPECT_EQ(verdict_on({.max_forwards = "Max-Forwards: 0\r\n"}).status, 0);
    EXPECT_EQ(verdict_on({.max_forwards = "Max-Forwards: 255\r\n"}).status, 0);
    expect_400({.max_forwards = "Max-Forwards: 256\r\n"}, "Malformed Max-Forwards");
    expect_400({.max_forwards = "Max-Forwards: -1\r\n"}, "Malformed Max-Forwards");
}

TEST(Validate, VersionIsCheckedBeforeAnythingElse) {
    EXPECT_EQ(verdict_on({.start = "INVITE sip:b SIP/3.0\r\n", .from = ""}).status, 505);
    EXPECT_EQ(verdict_on({.start = "INVITE sip:b sip/2.0\r\n"}).status, 0);  // RFC 3261 7.1
}

TEST(Validate, RequestUriMustBeASipUriWithoutHeaders) {
    expect_400({.start = "INVITE bob SIP/2.0\r\n"}, "Malformed Request-URI");
    expect_400({.start = "INVITE sip:a@b@c SIP/2.0\r\n"}, "Malformed Request-URI");
    expect_400({.start = "INVITE sip:a@b?Route=x SIP/2.0\r\n"}, "Headers in Request-URI");
    expect_400({.start = "INVITE sip:a@b  SIP/2.0\r\n"}, "Malformed Request-Line");
    EXPECT_EQ(verdict_on({.start = "INVITE sips:a@b SIP/2.0\r\n"}).status, 0);
    EXPECT_EQ(verdict_on({.start = "INVITE tel:+4930123 SIP/2.0\r\n"}).status, 416);
}

TEST(Validate, RouteValuesMustBeReadable) {
    EXPECT_EQ(verdict_on({.more = "Route: <sip:a;lr>, <sip:b;lr>\r\n"}).status, 0);
    expect_400({.more = "Route: <sip:a;lr>, garbage\r\n"}, "Malformed Route");
    expect_400({.more = "Route: <sip:a;lr>,\r\n"}, "Malformed Route");
    expect_400({.more = "Route: <sip:a:0;lr>\r\n"}, "Malformed Route");
}

TEST(Validate, ContactsAreCheckedInRegisterOnly) {
    const std::string bad = "Contact: sip:a@b?x=y\r\n";
    EXPECT_EQ(verdict_on({.more = bad}).status, 0);
    const std::string start = "REGISTER sip:example.com SIP/2.0\r\n";
    const std::string cseq = "CSeq: 7 REGISTER\r\n";
    expect_400({.start = start, .cseq = cseq, .more = bad}, "Malformed Contact");
    EXPECT_EQ(verdict_on({.start = start, .cseq = cseq, .more = "Contact: *\r\n"}).status, 0);
}

TEST(Validate, ResponseIsHeldToTheSameHeaders) {
    const std::string start = "SIP/2.0 200 OK\r\n";
    EXPECT_EQ(verdict_on({.start = start}).status, 0);
    EXPECT_NE(verdict_on({.start = start, .vias = ""}).status, 0);
    EXPECT_NE(verdict_on({.start = start, .cseq = "CSeq: 2147483648 INVITE\r\n"}).status, 0);
    EXPECT_EQ(verdict_on({.start = start, .cseq = "CSeq: 2147483647 BYE\r\n"}).status, 0);
    EXPECT_NE(verdict_on({.start = "SIP/7.0 200 OK\r\n"}).status, 0);
}

}  // namespace
}  // namespace sipha::sip
