#include "resolver/src/address_order.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sipha::resolver::detail {
namespace {

std::string ordered(const std::vector<std::string>& texts) {
    std::vector<address> list;
    for (const auto& text : texts) {
        list.push_back(address::parse(text).value());
    }
    std::string out;
    for (const auto& value : order_addresses(list)) {
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

}  // namespace
}  // namespace sipha::resolver::detail
