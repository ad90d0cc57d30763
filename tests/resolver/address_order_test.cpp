#include "resolver/src/address_order.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace sipha::resolver::detail {
namespace {

source_address source(std::string_view text, std::uint8_t prefix_length = 64) {
    return {address::parse(text).value(), prefix_length};
}

std::string ordered(
    const std::vector<std::string>& texts, const std::vector<source_address>& sources = {}
) {
    std::vector<address> list;
    for (const auto& text : texts) {
        list.push_back(address::parse(text).value());
    }
    std::string out;
    for (const auto& value : order_addresses(list, sources)) {
        out += (out.empty() ? "" : " ") + value.to_string();
    }
    return out;
}

TEST(AddressOrder, FollowsThePolicyTable) {
    EXPECT_EQ(ordered({"192.0.2.1", "2001:db8::1"}), "2001:db8::1 192.0.2.1");
    EXPECT_EQ(
        ordered({"2001::1", "fd00::1", "2002:102:304::1", "192.0.2.1", "::1"}),
        "::1 192.0.2.1 2002:102:304::1 2001::1 fd00::1"
    );
}

TEST(AddressOrder, SmallerScopeFirst) {
    EXPECT_EQ(ordered({"2001:db8::1", "fe80::1"}), "fe80::1 2001:db8::1");
    EXPECT_EQ(ordered({"192.0.2.1", "169.254.0.1"}), "169.254.0.1 192.0.2.1");
}

TEST(AddressOrder, OtherwiseKeepsTheOrderOfTheAnswerWithoutDoubles) {
    EXPECT_EQ(ordered({"192.0.2.9", "192.0.2.1", "192.0.2.9"}), "192.0.2.9 192.0.2.1");
    EXPECT_EQ(ordered({}), "");
}

TEST(AddressOrder, FamilyWithoutASourceComesLast) {  // rule 1
    EXPECT_EQ(
        ordered({"2001:db8::1", "192.0.2.1"}, {source("192.0.2.77", 24)}), "192.0.2.1 2001:db8::1"
    );
    EXPECT_EQ(
        ordered({"192.0.2.1", "2001:db8::1"}, {source("2001:db8::77")}), "2001:db8::1 192.0.2.1"
    );
}

// RFC 6724 10.2: a destination whose scope no source has comes later.
TEST(AddressOrder, ScopesOfSourceAndDestinationMatch) {  // rule 2
    const std::vector<source_address> sources{source("fe80::77"), source("198.51.100.117", 24)};
    EXPECT_EQ(ordered({"2001:db8::1", "198.51.100.121"}, sources), "198.51.100.121 2001:db8::1");
    EXPECT_EQ(ordered({"198.51.100.121", "fe80::1"}, sources), "fe80::1 198.51.100.121");
}

TEST(AddressOrder, LabelsOfSourceAndDestinationMatch) {  // rule 5
    // A host with a unique local address only does not reach the world with it.
    const std::vector<source_address> sources{source("fd00::77"), source("192.0.2.77", 24)};
    EXPECT_EQ(ordered({"2001:db8::1", "192.0.2.1"}, sources), "192.0.2.1 2001:db8::1");
    EXPECT_EQ(ordered({"192.0.2.1", "fd00::1"}, sources), "192.0.2.1 fd00::1");  // rule 6
}

TEST(AddressOrder, LongestCommonPrefixFirst) {  // rule 9
    const std::vector<source_address> sources{source("2001:db8:1::77")};
    EXPECT_EQ(
        ordered({"2001:db8:2::1", "2001:db8:1::1", "2001:db8:1::2"}, sources),
        "2001:db8:1::1 2001:db8:1::2 2001:db8:2::1"
    );
    // Bits beyond the source's network do not count (RFC 6724 2.2).
    EXPECT_EQ(
        ordered({"192.0.2.200", "192.0.2.78"}, {source("192.0.2.77", 24)}), "192.0.2.200 192.0.2.78"
    );
}

TEST(AddressOrder, SourceIsTheOneThatFits) {
    const std::vector<source_address> sources{
        source("fe80::77"), source("fd00::77"), source("2001:db8:1::77")};
    EXPECT_EQ(ordered({"192.0.2.1", "2001:db8:1::1"}, sources), "2001:db8:1::1 192.0.2.1");
}

TEST(AddressOrder, SourcesBeyondTheLimitAreNotUsed) {
    std::vector<source_address> sources(max_source_addresses, source("192.0.2.77", 24));
    sources.push_back(source("2001:db8::77"));
    EXPECT_EQ(ordered({"2001:db8::1", "192.0.2.1"}, sources), "192.0.2.1 2001:db8::1");
}

}  // namespace
}  // namespace sipha::resolver::detail
