#include "tests/support/sip_text.hpp"

#include <gtest/gtest.h>

namespace sipha::test {

TEST(SipText, EndpointsReadInBothFamilies) {
    EXPECT_EQ(at("udp:192.0.2.1:5060").to_string(), "udp:192.0.2.1:5060");
    EXPECT_EQ(at("tcp:[2001:db8::1]:5061").to_string(), "tcp:[2001:db8::1]:5061");
    EXPECT_EQ(hop_to("tcp:192.0.2.1:5060", 7).flow, 7u);
}

TEST(SipText, RequestsAndResponsesAreValid) {
    request_text request;
    request.headers = {"Record-Route: <sip:192.0.2.1;lr>"};
    request.body = "hello";
    const parsed call(request);
    EXPECT_EQ(sip::validate(*call).status, 0);
    EXPECT_EQ(call->body(), "hello");
    EXPECT_EQ(call.start_line(), "INVITE sip:bob@example.org SIP/2.0");

    const parsed ringing(response_to(call.text(), 180, "x", "Contact: <sip:bob@192.0.2.20>\r\n"));
    EXPECT_EQ(sip::validate(*ringing).status, 0);
    EXPECT_EQ(ringing.value(sip::header_id::to), "<sip:bob@example.org>;tag=x");
    EXPECT_EQ(ringing.values(sip::header_id::record_route).size(), 1u);
    EXPECT_EQ(ringing.value(sip::header_id::contact), "<sip:bob@192.0.2.20>");
    EXPECT_EQ(ringing.value(sip::header_id::path), "");
}

TEST(SipText, NoMaxForwardsLineWhenEmpty) {
    request_text request;
    request.max_forwards.clear();
    EXPECT_EQ(parsed(request)->find(sip::header_id::max_forwards), nullptr);
}

TEST(SipText, DrainEmptiesTheOutbox) {
    sip::outbox out;
    out.add(hop_to("udp:192.0.2.1:5060"), 3, request_text{}.text());
    out.add(hop_to("udp:192.0.2.1:5060"), 0, response_to(request_text{}.text(), 180));
    out.add(hop_to("udp:192.0.2.1:5060"), 0, "\r\n\r\n");
    const auto messages = drain(out);
    EXPECT_EQ(kinds(messages), "INVITE 180 ?");
    EXPECT_EQ(messages.front().token, 3u);
    EXPECT_EQ(of_kind(messages, "180").size(), 1u);
    EXPECT_TRUE(out.entries().empty());
}

}  // namespace sipha::test
