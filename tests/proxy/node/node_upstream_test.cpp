// Upstream groups and routing rules in a whole node.
#include "tests/proxy/node/phones.hpp"

namespace sipha::proxy {
namespace {

route::upstream_group carrier() {
    auto group = route::default_group({"sip:203.0.113.1", "sip:203.0.113.2"});
    group.name = "carrier";
    group.failures = 1;
    group.probe.interval = 30s;
    return group;
}

route::routing_rule to_group_0() {
    route::routing_rule rule;
    rule.otherwise.emplace();
    rule.otherwise->what = route::rule_action::kind::group;
    return rule;
}

/// Where the INVITE that alice sends goes; empty when nowhere.
std::vector<std::string> way_of(node_world& world, const std::string& uri, unsigned number) {
    world.take(1);
    world.receive(1, alice.from, alice.request("INVITE", uri, number).text());
    std::vector<std::string> out;
    for (const auto& invite : of_kind(world.take(1), "INVITE")) {
        out.push_back(invite.to.remote.ip.to_string());
    }
    return out;
}

using addresses = std::vector<std::string>;

TEST(NodeUpstream, ProbesFindAMemberLostAndBack) {
    node_world world(1, [](node_options& options) {
        options.groups = {carrier()};
        options.policy.has_upstream = true;
    });
    enroll(world, 1, alice);
    EXPECT_EQ(way_of(world, "sip:+49@example.org", 1), (addresses{"203.0.113.1"}));
    const auto answer = [&](const std::string& who, int status) {
        for (const auto& probe : of_kind(world.take(1), "OPTIONS")) {
            if (probe.to.remote.ip.to_string() == who) {
                world.receive(1, probe.to, test::response_to(probe.text, status));
            }
        }
    };
    world.pass(2min);  // nobody answers
    EXPECT_EQ(world.node(1).groups().view()[0].state, route::member_state::down);
    world.take(1);
    for (int i = 0; i < 2; ++i) {
        for (int seconds = 0; seconds < 30; ++seconds) {
            world.pass(1s);
            answer("203.0.113.2", 200);
        }
    }
    EXPECT_EQ(world.node(1).groups().view()[1].state, route::member_state::up);
    EXPECT_EQ(way_of(world, "sip:+49@example.org", 2), (addresses{"203.0.113.2"}));
}

TEST(NodeUpstream, A503LosesAMemberForTheNextCall) {
    node_world world(1, [](node_options& options) {
        auto group = carrier();
        group.probe.interval = 0s;
        options.groups = {group};
        options.policy.has_upstream = true;
    });
    enroll(world, 1, alice);
    world.receive(1, alice.from, alice.request("INVITE", "sip:1@example.org", 1).text());
    const auto first = of_kind(world.take(1), "INVITE").at(0);
    world.receive(1, first.to, test::response_to(first.text, 503));
    // RFC 3263 4.3: the next one gets this request too.
    EXPECT_EQ(of_kind(world.take(1), "INVITE").at(0).to.remote.ip.to_string(), "203.0.113.2");
    EXPECT_EQ(way_of(world, "sip:1@example.org", 2), (addresses{"203.0.113.2"}));
}

TEST(NodeUpstream, RulesComeBeforeTheBuiltInOnesAndMayRewrite) {
    node_world world(1, [](node_options& options) {
        options.groups = {carrier()};
        options.groups[0].probe.interval = 0s;
        auto rule = to_group_0();
        rule.prefixes = {{"+49", *rule.otherwise}, {"+490", {}}};
        rule.prefixes[0].action.strip = 1;
        rule.prefixes[0].action.prepend = "00";
        rule.prefixes[1].action.status = 603;
        rule.otherwise.reset();
        options.policy.routing = {rule};
    });
    enroll(world, 1, alice);
    enroll(world, 1, bob);
    world.receive(1, alice.from, alice.request("INVITE", "sip:+4930@example.org", 1).text());
    const auto invite = of_kind(world.take(1), "INVITE").at(0);
    EXPECT_EQ(parsed(invite.text)->request_uri(), "sip:004930@example.org");
    world.receive(1, alice.from, alice.request("INVITE", "sip:+4901@example.org", 2).text());
    EXPECT_EQ(kinds(world.take(1)), "603");
    EXPECT_EQ(way_of(world, bob.uri(), 3), (addresses{"192.0.2.20"}));
    EXPECT_EQ(way_of(world, "sip:nobody@example.org", 4), addresses{});
}

TEST(NodeUpstream, ALocalRuleAppliesToUsersOfOursOnly) {
    node_world world(1, [](node_options& options) {
        options.groups = {carrier()};
        options.groups[0].probe.interval = 0s;
        route::routing_rule local;
        local.otherwise.emplace();
        local.otherwise->what = route::rule_action::kind::local;
        options.policy.routing = {local, to_group_0()};
    });
    enroll(world, 1, alice);
    enroll(world, 1, bob);
    EXPECT_EQ(way_of(world, bob.uri(), 1), (addresses{"192.0.2.20"}));
    EXPECT_EQ(way_of(world, "sip:42@example.org", 2), (addresses{"203.0.113.1"}));
    EXPECT_EQ(way_of(world, "sip:bob@example.net", 3), (addresses{"203.0.113.1"}));
}

TEST(NodeUpstream, NoRuleWithoutAnyoneRelaysForStrangers) {
    node_world world(1, [](node_options& options) {
        options.groups = {carrier()};
        options.groups[0].probe.interval = 0s;
        options.policy.routing = {to_group_0()};
    });
    world.receive(1, stranger.from, stranger.request("INVITE", "sip:1@example.net", 1).text());
    EXPECT_EQ(kinds(world.take(1)), "403");
}

TEST(NodeUpstream, AGroupThatDrainsIs480) {
    node_world world(1, [](node_options& options) {
        options.groups = {carrier()};
        options.policy.has_upstream = true;
    });
    enroll(world, 1, alice);
    for (const auto* uri : {"sip:203.0.113.1", "sip:203.0.113.2"}) {
        world.node(1).groups().set_use("carrier", uri, route::member_use::draining);
    }
    world.receive(1, alice.from, alice.request("INVITE", "sip:1@example.org", 1).text());
    EXPECT_EQ(kinds(world.take(1)), "480");
}

}  // namespace
}  // namespace sipha::proxy
