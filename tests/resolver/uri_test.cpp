#include "resolver/src/uri.hpp"

#include <gtest/gtest.h>

namespace sipha::resolver::detail {
namespace {

TEST(SipUri, PartsAreFound) {
    const auto uri =
        parse_sip_uri("SIPS:al;x=1?y:pw@Ex.com:5071;Transport=TCP;maddr=[2001:db8::1];lr?a=b;c");
    ASSERT_TRUE(uri);
    EXPECT_EQ(uri->scheme, uri_scheme::sips);
    EXPECT_EQ(uri->host, "Ex.com");
    EXPECT_EQ(uri->port, 5071);
    EXPECT_EQ(uri->transport, "TCP");
    EXPECT_EQ(uri->maddr, "2001:db8::1");
}

TEST(SipUri, BracketsHoldAnIpv6Address) {
    EXPECT_EQ(parse_sip_uri("sip:[::1]:5060")->host, "::1");
    EXPECT_FALSE(parse_sip_uri("sip:[192.0.2.1]"));
    EXPECT_FALSE(parse_sip_uri("sip:[::1"));
}

TEST(SipUri, BrokenTextsAreRefused) {
    for (const auto* text :
         {"",
          "ex",
          "sip:",
          "sip:@ex",
          "sip:a@b@c",
          "tel:+1",
          "sip:ex:0",
          "sip:ex:65536",
          "sip:ex:",
          "sip:ex:50x",
          "sip:ex;transport=udp;transport=tcp",
          "sip:ex;maddr=",
          "sip:ex;transport",
          "sip:[::1]x"}) {
        EXPECT_FALSE(parse_sip_uri(text)) << text;
    }
}

TEST(SipUri, LengthIsCheckedAtTheLimit) {
    const std::string start = "sip:ex;p=";
    EXPECT_TRUE(parse_sip_uri(start + std::string(max_uri_length - start.size(), 'a')));
    EXPECT_FALSE(parse_sip_uri(start + std::string(max_uri_length + 1 - start.size(), 'a')));
}

}  // namespace
}  // namespace sipha::resolver::detail
