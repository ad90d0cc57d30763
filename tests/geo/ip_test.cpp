#include "sipha/geo/ip.hpp"

#include <gtest/gtest.h>

namespace sipha::geo {
namespace {

TEST(IpAddress, TextRoundTripsInCanonicalForm) {
    EXPECT_EQ(ip_address::parse("192.0.2.1")->to_string(), "192.0.2.1");
    EXPECT_EQ(ip_address::parse("2001:DB8:0:0::1")->to_string(), "2001:db8::1");
}

TEST(IpAddress, RefusesEverythingThatIsNotOneAddress) {
    for (const auto* text :
         {"",
          "192.0.2",
          "192.0.2.256",
          "192.0.2.1 ",
          "[::1]",
          "::1%lo",
          "a.example",
          "1.2.3.4.5",
          "::1::2",
          "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:1"}) {
        EXPECT_FALSE(ip_address::parse(text)) << text;
    }
    EXPECT_FALSE(ip_address::parse(std::string_view("1.2.3.4\0", 8)));
}

TEST(IpAddress, KnowsItsSpecialKinds) {
    EXPECT_TRUE(ip_address::parse("127.8.8.8")->is_loopback());
    EXPECT_TRUE(ip_address::parse("::1")->is_loopback());
    EXPECT_FALSE(ip_address::parse("::2")->is_loopback());
    EXPECT_TRUE(ip_address().is_unspecified());
    EXPECT_TRUE(ip_address::parse("224.0.0.1")->is_multicast_or_broadcast());
    EXPECT_TRUE(ip_address::parse("255.255.255.255")->is_multicast_or_broadcast());
    EXPECT_TRUE(ip_address::parse("ff02::1")->is_multicast_or_broadcast());
    EXPECT_FALSE(ip_address::parse("192.0.2.1")->is_multicast_or_broadcast());
}

TEST(IpPrefix, ContainsExactlyItsAddresses) {
    const auto prefix = *ip_prefix::parse("192.0.2.128/25");
    EXPECT_TRUE(prefix.contains(*ip_address::parse("192.0.2.255")));
    EXPECT_FALSE(prefix.contains(*ip_address::parse("192.0.2.127")));
    EXPECT_FALSE(prefix.contains(*ip_address::parse("2001:db8::1")));
    EXPECT_TRUE(ip_prefix::parse("::/0")->contains(*ip_address::parse("2001:db8::1")));
}

TEST(IpPrefix, RefusesHostBitsAndBadLengths) {
    for (const auto* text :
         {"192.0.2.1/24", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/x", "192.0.2.0/-1"}) {
        EXPECT_FALSE(ip_prefix::parse(text)) << text;
    }
    EXPECT_EQ(ip_prefix::parse("192.0.2.7")->length_bits(), 32u);
}

}  // namespace
}  // namespace sipha::geo
