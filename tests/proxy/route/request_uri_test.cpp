#include "proxy/route/request_uri.hpp"

#include <gtest/gtest.h>

#include "proxy/route/loose_route.hpp"
#include "tests/support/sip_text.hpp"

namespace sipha::route {
namespace {

TEST(RequestUri, WhatMustNotStandInARequestLineGoes) {
    struct row {
        const char* uri;
        const char* expected;
    };
    const row rows[] = {
        {"sip:bob@192.0.2.1:5070;transport=tcp;lr", "sip:bob@192.0.2.1:5070;transport=tcp;lr"},
        {"sip:bob@192.0.2.1;method=INVITE", "sip:bob@192.0.2.1"},
        {"sip:bob@192.0.2.1:5070;a=1;mEthod=BYE;ob", "sip:bob@192.0.2.1:5070;a=1;ob"},
        {"sip:bob@192.0.2.1?Subject=x", "sip:bob@192.0.2.1"},
        {"sip:bob@[2001:db8::1]:5070;ob?Subject=x&Priority=y", "sip:bob@[2001:db8::1]:5070;ob"},
        {"sip:b?;method=x@192.0.2.1", "sip:b?;method=x@192.0.2.1"},  // a user may hold both
        {"tel:+49;method=x", "tel:+49;method=x"},
        {"sip:bob@192.0.2.1;methods=all", "sip:bob@192.0.2.1;methods=all"},
    };
    for (const auto& [uri, expected] : rows) {
        std::string scratch;
        EXPECT_EQ(as_request_uri(uri, scratch), expected);
    }
}

TEST(RequestUri, WithoutMaddrPortAndTransportGoToo) {
    // RFC 3261 16.4.
    for (const auto& [text, expected] :
         {std::pair("sip:bob@example.org:5070;maddr=10.0.0.1;transport=udp", "sip:bob@example.org"),
          std::pair("sip:bob@[2001:db8::1];ob;maddr=10.0.0.1", "sip:bob@[2001:db8::1];ob")}) {
        EXPECT_EQ(without_maddr(*sip::parse_uri(text)), expected);
    }
}

TEST(RequestUri, OnlyAnMaddrOfOursIsTakenOff) {
    const crypto::mac key{"0123456789abcdef"};
    const dialog_tokens tokens(key, cluster::node_id{1});
    const identity us({"example.org"}, {test::at("udp:10.0.0.1:5060")});
    for (const auto& [uri, expected] :
         {std::pair("sip:bob@example.org;maddr=10.0.0.1;transport=udp", "sip:bob@example.org"),
          std::pair(
              "sip:bob@example.org;maddr=10.0.0.1;transport=tcp",
              "sip:bob@example.org;maddr=10.0.0.1;transport=tcp"
          ),
          std::pair(
              "sip:bob@example.org;maddr=192.0.2.9", "sip:bob@example.org;maddr=192.0.2.9"
          )}) {
        test::request_text request;
        request.uri = uri;
        const test::parsed message(request);
        auto routes = read_routes(*message, us, tokens);
        ASSERT_TRUE(routes);
        const auto moved = std::move(*routes);
        EXPECT_EQ(moved.request_uri, expected) << "the text moves with the view";
    }
}

TEST(RequestUri, SipsIsKnownInAnyCase) {
    EXPECT_TRUE(is_sips_uri("SIPS:bob@example.org"));
    for (const auto* uri : {"sip:bob@example.org", "sips", "sips:", ""}) {
        EXPECT_FALSE(is_sips_uri(uri)) << uri;
    }
}

}  // namespace
}  // namespace sipha::route
