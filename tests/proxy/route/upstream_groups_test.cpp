#include "proxy/route/upstream_groups.hpp"

#include <gtest/gtest.h>

#include <map>

#include "tests/support/sip_text.hpp"

namespace sipha::route {
namespace {

using namespace std::chrono_literals;
using test::at;

const crypto::mac key("0123456789abcdef");

/// Groups with what they need around them, and a clock.
class world {
  public:
    explicit world(upstream_group group) : groups_({std::move(group)}, parts(), 1) { step(0s); }

    /// The port of the chosen member; 0 when there is none.
    unsigned pick(std::string_view call_id = "c", std::string_view user = "alice") {
        const auto order = pick_all(call_id, user);
        return order.empty() ? 0 : order[0];
    }
    std::vector<unsigned> pick_all(
        std::string_view call_id = "c", std::string_view user = "alice"
    ) {
        test::request_text text;
        text.call_id = call_id;
        text.from = "<sip:" + std::string(user) + "@example.org>;tag=1";
        const test::parsed request(text);
        std::vector<next_hop> hops;
        groups_.pick(now, 0, *request, hops);
        std::vector<unsigned> ports;
        for (const auto& hop : hops) {
            ports.push_back(hop.hop ? hop.hop->remote.port : 0u);
        }
        return ports;
    }
    /// How often each member is chosen in `count` requests.
    std::map<unsigned, int> shares(int count) {
        std::map<unsigned, int> chosen;
        for (int i = 0; i < count; ++i) {
            ++chosen[pick("call-" + std::to_string(i), "user" + std::to_string(i))];
        }
        return chosen;
    }
    void fail(unsigned port, int times = 1) {
        for (int i = 0; i < times; ++i) {
            groups_.hop_failed(now, remote(port), 503);
        }
    }
    /// Lets time pass; probes go into `probes`, lookups into `lookups`.
    void step(timing::duration time) {
        const auto end = now + time;
        while (groups_.next_deadline() <= end) {
            now = std::max(now, groups_.next_deadline());
            groups_.advance(now, out, lookups);
            collect();
        }
        now = end;
        groups_.advance(now, out, lookups);
        collect();
    }
    void collect() {
        for (auto& message : test::drain(out)) {
            probes.push_back(message);
        }
    }
    /// Answers the probes sent so far.
    void answer(int status) {
        for (const auto& probe : std::exchange(probes, {})) {
            groups_.on_probe_ended(now, probe.token, status);
        }
    }
    member_state state(std::size_t index) { return groups_.view().at(index).state; }
    static sip::endpoint remote(unsigned port) {
        return at("udp:203.0.113.1:" + std::to_string(port));
    }

    timing::time_point now{1000h};
    std::vector<test::sent> probes;
    std::vector<lookup> lookups;

  private:
    upstream_groups::parts parts() { return {us_, targets_, transactions_}; }

    identity us_{{"example.org"}, {at("udp:10.0.0.1:5060")}};
    state::location location_;
    dialog_tokens tokens_{key, cluster::node_id{1}};
    target_finder targets_{{cluster::node_id{1}, {}}, us_, location_, tokens_};
    txn::branch_codec branches_{key, 1, 1};
    txn::table transactions_{{}, branches_};
    sip::outbox out;

  public:
    upstream_groups groups_;
};

upstream_group group_of(balance algorithm, std::vector<unsigned> ports) {
    upstream_group out;
    out.name = "carrier";
    out.algorithm = algorithm;
    for (const auto port : ports) {
        out.members.push_back({"sip:203.0.113.1:" + std::to_string(port), 1, 0});
    }
    return out;
}

using ports = std::vector<unsigned>;

TEST(UpstreamGroups, InOrderTheFirstLivingMemberIsChosenAndTheOthersFollow) {
    world w(group_of(balance::in_order, {1, 2, 3}));
    EXPECT_EQ(w.pick_all(), (ports{1, 2, 3}));
    w.fail(1, 3);
    EXPECT_EQ(w.pick_all(), (ports{2, 3}));
}

TEST(UpstreamGroups, RoundRobinIsEvenWhateverTheWeights) {
    auto group = group_of(balance::round_robin, {1, 2, 3});
    group.members[0].weight = 10;
    world w(group);
    EXPECT_EQ(w.shares(30), (std::map<unsigned, int>{{1, 10}, {2, 10}, {3, 10}}));
}

TEST(UpstreamGroups, WeightsAreKeptExactlyAndSpreadOut) {
    auto group = group_of(balance::weighted, {1, 2});
    group.members[0].weight = 3;
    world w(group);
    ports order;
    for (int i = 0; i < 8; ++i) {
        order.push_back(w.pick());
    }
    EXPECT_EQ(order, (ports{1, 1, 2, 1, 1, 1, 2, 1}));
}

TEST(UpstreamGroups, APriorityIsUsedOnlyWhenAllBetterOnesAreLost) {
    auto group = group_of(balance::round_robin, {1, 2, 3});
    group.members[0].priority = 1;
    world w(group);
    EXPECT_EQ(w.shares(10), (std::map<unsigned, int>{{2, 5}, {3, 5}}));
    EXPECT_EQ(w.pick_all().back(), 1u);
    w.fail(2, 3);
    w.fail(3, 3);
    EXPECT_EQ(w.pick_all(), (ports{1}));
}

TEST(UpstreamGroups, LeastCallsGoesByCallsPerWeight) {
    auto group = group_of(balance::least_calls, {1, 2});
    group.members[1].weight = 2;
    world w(group);
    std::map<unsigned, int> calls;
    for (int i = 0; i < 9; ++i) {
        const auto port = w.pick();
        ++calls[port];
        w.groups_.count_call(world::remote(port), 1);
    }
    EXPECT_EQ(calls, (std::map<unsigned, int>{{1, 3}, {2, 6}}));
    for (int i = 0; i < 9; ++i) {
        w.groups_.count_call(world::remote(1), -1);  // more ends than calls: stays at 0
    }
    EXPECT_EQ(w.pick(), 1u);
}

TEST(UpstreamGroups, AHashKeepsItsMemberAndALostOneMovesOnlyItsOwn) {
    for (const auto algorithm : {balance::hash_call_id, balance::hash_from}) {
        world w(group_of(algorithm, {1, 2, 3, 4}));
        std::map<std::string, unsigned> before;
        for (int i = 0; i < 400; ++i) {
            const auto text = "k" + std::to_string(i);
            before[text] = w.pick(text, text);
            EXPECT_EQ(w.pick(text, text), before[text]);
        }
        w.fail(2, 3);
        std::map<unsigned, int> moved_to;
        for (const auto& [text, port] : before) {
            const auto after = w.pick(text, text);
            if (port == 2) {
                ++moved_to[after];
            } else {
                EXPECT_EQ(after, port);
            }
        }
        EXPECT_EQ(moved_to.size(), 3u);  // over all the others
        EXPECT_FALSE(moved_to.contains(2));
    }
}

TEST(UpstreamGroups, RendezvousSharesFollowTheWeights) {
    auto group = group_of(balance::hash_call_id, {1, 2});
    group.members[0].weight = 3;
    const auto shares = world(group).shares(10'000);
    // Binomial with p = 3/4: five standard deviations are 217.
    EXPECT_NEAR(shares.at(1), 7500, 217);
}

TEST(UpstreamGroups, WhenAllAreLostAllAreTried) {
    world w(group_of(balance::in_order, {1, 2}));
    w.fail(1, 3);
    w.fail(2, 3);
    EXPECT_EQ(w.pick_all(), (ports{1, 2}));
}

TEST(UpstreamGroups, FailuresCountInARowOnly) {
    world w(group_of(balance::in_order, {1, 2}));
    w.fail(1, 2);
    w.groups_.hop_answered(w.now, world::remote(1));
    w.fail(1, 2);
    EXPECT_EQ(w.pick(), 1u);
    w.fail(1);
    EXPECT_EQ(w.pick(), 2u);
}

TEST(UpstreamGroups, WithoutProbesALostMemberIsBackAfterItsPenalty) {
    world w(group_of(balance::in_order, {1, 2}));
    w.fail(1, 3);
    w.step(29s);
    EXPECT_EQ(w.pick(), 2u);
    w.step(1s);
    EXPECT_EQ(w.pick(), 1u);
    EXPECT_EQ(w.groups_.next_deadline(), timing::never);
}

TEST(UpstreamGroups, AMemberThatIsBackStartsSlowly) {
    auto group = group_of(balance::round_robin, {1, 2});
    group.slow_start = 100s;
    world w(group);
    w.fail(1, 3);
    w.step(30s);
    EXPECT_LE(w.shares(100)[1], 6);  // a twentieth against a whole one
    w.step(50s);
    EXPECT_NEAR(w.shares(99)[1], 33, 1);
    w.step(50s);
    EXPECT_NEAR(w.shares(100)[1], 50, 1);
}

TEST(UpstreamGroups, ADrainingMemberGetsNothingNewAndComesBackOnRequest) {
    world w(group_of(balance::in_order, {1, 2}));
    EXPECT_TRUE(w.groups_.set_use("carrier", "sip:203.0.113.1:1", member_use::draining));
    EXPECT_EQ(w.pick_all(), (ports{2}));
    EXPECT_EQ(w.state(0), member_state::draining);
    EXPECT_TRUE(w.groups_.set_use("carrier", "sip:203.0.113.1:2", member_use::draining));
    EXPECT_EQ(w.pick_all(), ports{});
    EXPECT_TRUE(w.groups_.set_use("carrier", "sip:203.0.113.1:1", member_use::in_use));
    EXPECT_EQ(w.pick_all(), (ports{1}));
    EXPECT_FALSE(w.groups_.set_use("other", "sip:203.0.113.1:1", member_use::in_use));
}

upstream_group probed() {
    auto group = group_of(balance::in_order, {1, 2});
    group.probe.interval = 10s;
    return group;
}

TEST(UpstreamGroups, ProbesAreOptionsRequestsInEachIntervalSpreadByATenth) {
    world w(probed());
    ASSERT_EQ(w.probes.size(), 2u);
    const test::parsed probe(w.probes[0].text);
    EXPECT_EQ(probe.start_line(), "OPTIONS sip:203.0.113.1:1 SIP/2.0");
    EXPECT_EQ(probe.value(sip::header_id::max_forwards), "70");
    EXPECT_EQ(sip::validate(*probe).status, 0);
    EXPECT_EQ(w.probes[1].to.remote, world::remote(2));
    w.answer(200);
    w.step(8999ms);
    EXPECT_EQ(w.probes.size(), 0u);
    w.step(1001ms);
    EXPECT_EQ(w.probes.size(), 2u);
}

TEST(UpstreamGroups, FailedProbesLoseAMemberAndGoodOnesBringItBack) {
    for (const int failure : {408, 503}) {
        world w(probed());
        for (int i = 0; i < 3; ++i) {
            EXPECT_EQ(w.state(0), member_state::up) << i;
            w.answer(failure);
            w.step(10s);
        }
        EXPECT_EQ(w.state(0), member_state::down);
        w.answer(404);  // any other answer shows that somebody is there
        EXPECT_EQ(w.state(0), member_state::down);
        w.step(10s);
        w.answer(405);
        EXPECT_EQ(w.state(0), member_state::up);
    }
}

TEST(UpstreamGroups, AProbeWithoutAnAnswerFailsAfterItsTimeout) {
    world w(probed());
    w.step(3999ms);
    EXPECT_EQ(w.groups_.view()[0].probes_failed, 0u);
    w.step(1ms);
    EXPECT_EQ(w.groups_.view()[0].probes_failed, 1u);
    w.step(26s);
    EXPECT_EQ(w.state(0), member_state::down);
    // Late answers change nothing.
    w.answer(200);
    EXPECT_EQ(w.state(0), member_state::down);
}

TEST(UpstreamGroups, LostByRequestsAMemberIsProbedAtOnceAndNotBackByTimeAlone) {
    world w(probed());
    w.answer(200);
    w.fail(1, 3);
    EXPECT_EQ(w.state(0), member_state::down);
    w.step(0s);
    ASSERT_EQ(w.probes.size(), 1u);
    w.step(60s);
    EXPECT_EQ(w.state(0), member_state::down);
}

TEST(UpstreamGroups, ANameIsLookedUpForEachProbeAndKeepsItsAddressesWhileTheDnsFails) {
    auto group = probed();
    group.members = {{"sip:pbx.example.net", 1, 0}};
    world w(group);
    EXPECT_EQ(w.pick_all(), (ports{0}));  // the relay asks for itself
    ASSERT_EQ(w.lookups.size(), 1u);
    EXPECT_TRUE((w.lookups[0].query & own_request_flag) != 0);
    w.groups_.on_located(w.now, w.lookups[0].query, {world::remote(7), world::remote(8)});
    w.step(0s);
    EXPECT_EQ(w.probes.size(), 1u);
    EXPECT_EQ(w.pick_all(), (ports{7, 8}));
    w.answer(200);
    w.step(10s);
    ASSERT_EQ(w.lookups.size(), 2u);
    w.groups_.on_located(w.now, w.lookups[1].query, {});
    EXPECT_EQ(w.pick_all(), (ports{7, 8}));
    w.step(0s);
    w.answer(200);
    w.step(10s);
    w.groups_.on_located(w.now, w.lookups.at(2).query, {world::remote(9)});
    EXPECT_EQ(w.pick_all(), (ports{9}));
    w.fail(9, 3);
    EXPECT_EQ(w.state(0), member_state::down);
}

TEST(UpstreamGroups, NoMoreAddressesThanTheLimitsAreTried) {
    upstream_group group = probed();
    group.members = {
        {"sip:a.example.net", 1, 0}, {"sip:b.example.net", 1, 0}, {"sip:c.example.net", 1, 0}};
    world w(group);
    std::vector<sip::endpoint> many;
    for (unsigned port = 1; port <= 20; ++port) {
        many.push_back(world::remote(port));
    }
    for (const auto& asked : w.lookups) {
        w.groups_.on_located(w.now, asked.query, many);
    }
    EXPECT_EQ(w.groups_.view()[0].addresses, max_member_addresses);
    EXPECT_EQ(w.pick_all().size(), max_hops_of_request);
}

TEST(UpstreamGroups, AReloadKeepsTheHealthOfMembersThatStay) {
    auto group = group_of(balance::in_order, {1, 2});
    group.probe.interval = 10s;
    world w(group);
    w.fail(1, 3);
    group.members.push_back({"sip:203.0.113.1:3", 1, 0});
    w.groups_.reconfigure({group});
    EXPECT_EQ(w.pick_all(), (ports{2, 3}));
    // Without probes it is tried again, since nothing else would find it back.
    group.probe.interval = 0s;
    w.groups_.reconfigure({group});
    w.step(0s);
    EXPECT_EQ(w.pick_all(), (ports{1, 2, 3}));
}

}  // namespace
}  // namespace sipha::route
