#include "resolver/stub/synthetic_name.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sipha::resolver::stub {
namespace {

TEST(SyntheticName, CarriesTheAddressBothWays) {
    for (const char* text :
         {"192.0.2.1",
          "0.0.0.0",
          "255.255.255.255",
          "2001:db8::1",
          "::",
          "::1",
          "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
          "::ffff:192.0.2.1"}) {
        const auto ip = *address::parse(text);
        EXPECT_EQ(address_of_label(label_of(ip)), ip) << text;
    }
    EXPECT_EQ(synthetic_name(*address::parse("192.0.2.1"), "ex"), "192-0-2-1.sipha-stub.ex");
    EXPECT_EQ(
        synthetic_name(*address::parse("2001:db8::1"), "ex"), "2001-db8-0-0-0-0-0-1.sipha-stub.ex"
    );
}

TEST(SyntheticName, OnlyOneSpellingIsAName) {
    for (const char* text :
         {"",
          "192",
          "192-0-2",
          "192-0-2-1-",
          "192-0-2-256",
          "192-0-2-01",
          "-192-0-2-1",
          "192-0--1",
          "192-0-2-1-5",
          "2001-DB8-0-0-0-0-0-1",
          "2001-db8-0-0-0-0-0-00001",
          "2001-db8-0-0-0-0-0-10001",
          "2001-db8-0-0-0-0-1",
          "99999999999999999999-0-0-0",
          "a-b-c-d"}) {
        EXPECT_FALSE(address_of_label(text)) << text;
    }
    EXPECT_FALSE(address_of_label(std::string(10'000, '1')));
}

TEST(SyntheticName, TheLongestOneMustFitBelowTheDomain) {
    // 39 octets of label, the marker "sipha-stub" and two dots leave 202 of 253.
    EXPECT_TRUE(has_room_for_synthetic_names(std::string(202, 'a')));
    EXPECT_FALSE(has_room_for_synthetic_names(std::string(203, 'a')));
}

}  // namespace
}  // namespace sipha::resolver::stub
