#include "proxy/route/routing_table.hpp"

#include <gtest/gtest.h>

namespace sipha::route {
namespace {

rule_action to_group(std::size_t group) {
    rule_action out;
    out.what = rule_action::kind::group;
    out.group = group;
    return out;
}

/// The group of the first rule that applies; -1 when none does.
int group_of(
    const routing_table& table,
    std::string_view uri,
    source_class source = source_class::registered,
    std::string_view method = "INVITE"
) {
    const auto target = sip::parse_uri(uri);
    const auto address = geo::ip_address::parse("192.0.2.7");
    int out = -1;
    table.find({source, &*address, method, *target}, [&](const rule_action& action) {
        out = static_cast<int>(action.group);
        return true;
    });
    return out;
}

TEST(RoutingTable, TheLongestPrefixDecidesAndWithoutOneTheNextRule) {
    routing_rule numbers;
    numbers.prefixes = {{"+49", to_group(1)}, {"+4930", to_group(2)}, {"+4", to_group(3)}};
    routing_rule rest;
    rest.otherwise = to_group(9);
    const routing_table table({numbers, rest});
    EXPECT_EQ(group_of(table, "sip:+49301@example.org"), 2);
    EXPECT_EQ(group_of(table, "sip:+4930@example.org"), 2);
    EXPECT_EQ(group_of(table, "sip:+493@example.org"), 1);
    EXPECT_EQ(group_of(table, "sip:+43@example.org"), 3);
    EXPECT_EQ(group_of(table, "sip:+1@example.org"), 9);
    EXPECT_EQ(group_of(table, "sip:example.org"), 9);
}

TEST(RoutingTable, EachConditionCanExcludeARule) {
    routing_rule rule;
    rule.otherwise = to_group(1);
    rule.domain = "Example.org";
    rule.method = "INVITE";
    const routing_table table({rule});
    EXPECT_EQ(group_of(table, "sip:1@example.ORG"), 1);
    EXPECT_EQ(group_of(table, "sip:1@example.com"), -1);
    EXPECT_EQ(group_of(table, "sip:1@example.org", source_class::registered, "MESSAGE"), -1);
}

TEST(RoutingTable, StrangersAreMeantOnlyWhereTheRuleSaysSo) {
    using kind = rule_source::kind;
    struct row {
        kind from;
        int stranger, registered, trusted;
    };
    for (const auto& [from, stranger, registered, trusted] :
         {row{kind::known, -1, 1, 1},
          row{kind::registered, -1, 1, -1},
          row{kind::trusted, -1, -1, 1},
          row{kind::anyone, 1, 1, 1}}) {
        routing_rule rule;
        rule.from.what = from;
        rule.otherwise = to_group(1);
        const routing_table table({rule});
        EXPECT_EQ(group_of(table, "sip:1@example.org", source_class::stranger), stranger);
        EXPECT_EQ(group_of(table, "sip:1@example.org", source_class::registered), registered);
        EXPECT_EQ(group_of(table, "sip:1@example.org", source_class::trusted), trusted);
    }
}

TEST(RoutingTable, ANetworkMatchesItsAddressesOnly) {
    routing_rule rule;
    rule.from.what = rule_source::kind::network;
    rule.otherwise = to_group(1);
    rule.from.network = *geo::ip_prefix::parse("192.0.2.0/24");
    EXPECT_EQ(group_of(routing_table({rule}), "sip:1@h", source_class::stranger), 1);
    rule.from.network = *geo::ip_prefix::parse("192.0.3.0/24");
    EXPECT_EQ(group_of(routing_table({rule}), "sip:1@h", source_class::trusted), -1);
}

TEST(RoutingTable, ARefusedActionLetsTheNextRuleTry) {
    routing_rule first;
    first.otherwise = to_group(1);
    routing_rule second;
    second.otherwise = to_group(2);
    const routing_table table({first, second});
    const auto target = sip::parse_uri("sip:1@h");
    std::vector<std::size_t> asked;
    const bool found = table.find(
        {source_class::trusted, nullptr, "INVITE", *target},
        [&](const rule_action& action) {
            asked.push_back(action.group);
            return false;
        }
    );
    EXPECT_FALSE(found);
    EXPECT_EQ(asked, (std::vector<std::size_t>{1, 2}));
}

TEST(RoutingTable, RewritingChangesTheUserPartOnly) {
    const auto uri = sip::parse_uri("sip:+49301:pw@example.org:5070;user=phone?a=b");
    rule_action action;
    action.strip = 1;
    action.prepend = "00";
    EXPECT_EQ(rewritten_uri(*uri, action), "sip:0049301:pw@example.org:5070;user=phone?a=b");
    action.strip = 99;
    action.prepend = "112";
    EXPECT_EQ(rewritten_uri(*uri, action), "sip:112:pw@example.org:5070;user=phone?a=b");
}

}  // namespace
}  // namespace sipha::route
