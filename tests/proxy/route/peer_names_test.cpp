#include "proxy/route/peer_names.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace sipha::route {

namespace {

const timing::time_point start{std::chrono::hours(10)};

}  // namespace

TEST(PeerNames, OneDomainHasOneNumberInAnyCase) {
    peer_names names;
    const auto number = names.number_of(start, "sip:Example.com;transport=tls");
    EXPECT_EQ(number, 1);
    EXPECT_EQ(names.number_of(start, "sips:bob@example.COM"), number);
    EXPECT_NE(names.number_of(start, "sip:other.example.com"), number);
    std::vector<peer_name> told;
    names.take_new(told);
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].domain, "example.com");
    names.take_new(told);
    EXPECT_EQ(told.size(), 2U);
}

TEST(PeerNames, AnAddressStandsForItself) {
    peer_names names;
    EXPECT_EQ(names.number_of(start, "sips:192.0.2.1"), 0);
    EXPECT_EQ(names.number_of(start, "sips:[2001:db8::1]"), 0);
    EXPECT_EQ(names.number_of(start, "no uri"), 0);
    EXPECT_EQ(names.size(), 0U);
}

TEST(PeerNames, ANumberChangesHandsOnlyAfterAnHour) {
    peer_names names;
    std::set<std::uint16_t> numbers;
    for (std::size_t i = 0; i < peer_names::capacity; ++i) {
        const auto now = start + std::chrono::milliseconds(i);
        numbers.insert(names.number_of(now, "sip:d" + std::to_string(i) + ".example"));
    }
    EXPECT_EQ(numbers.size(), peer_names::capacity);
    EXPECT_FALSE(numbers.contains(0));
    const auto just_before = start + peer_names::kept - std::chrono::milliseconds(1);
    EXPECT_EQ(names.number_of(just_before, "sip:late.example"), 0);
    EXPECT_EQ(names.number_of(start + peer_names::kept, "sip:late.example"), 1);
    EXPECT_EQ(names.size(), peer_names::capacity);
}

}  // namespace sipha::route
