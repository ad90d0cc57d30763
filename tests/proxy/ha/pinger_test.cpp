#include "proxy/ha/pinger.hpp"

#include <gtest/gtest.h>

#include <map>

#include "tests/support/bindings.hpp"

namespace sipha::ha {
namespace {

using namespace std::chrono_literals;
using test::at;
using test::epoch;
using test::registration_spec;
using members = std::vector<cluster::node_id>;

members nodes(std::initializer_list<std::uint16_t> ids) {
    members out;
    for (const auto id : ids) {
        out.push_back({id});
    }
    return out;
}

registration_spec behind_nat(int user = 0, std::uint16_t origin = 1) {
    registration_spec spec;
    spec.aor = "sip:user" + std::to_string(user) + "@example.org";
    spec.source = "udp:192.0.2.20:" + std::to_string(1024 + user);
    spec.reach = state::reach::source;
    spec.origin = origin;
    spec.lifetime = 1h;
    return spec;
}

/// One node's pinger with its own copy of the location service.
class pinging_node {
  public:
    explicit pinging_node(std::uint16_t id, pinger_options options = {})
        : pings(options, cluster::node_id{id}) {}

    void merge(const registration_spec& spec, timing::time_point now = epoch) {
        test::merge(location, spec, now);
        pings.on_changes(now, location, location.take_changes());
    }
    /// Serves every deadline up to `end`. @returns for each pinged address how often.
    std::map<std::string, int> run(timing::time_point end, const members& present) {
        std::map<std::string, int> seen;
        sip::outbox out;
        const auto next = [&] { return std::min(pings.next_deadline(), location.next_deadline()); };
        while (next() <= end) {
            const auto now = next();
            location.advance(now);
            pings.on_changes(now, location, location.take_changes());
            pings.advance(now, {location, us, present}, out);
        }
        for (const auto& message : test::drain(out)) {
            EXPECT_EQ(message.text, "\r\n\r\n");
            EXPECT_EQ(message.token, 0u);
            ++seen[message.to.remote.to_string()];
        }
        return seen;
    }

    state::location location;
    route::identity us{{"example.org"}, {at("udp:10.0.0.1:5060"), at("tcp:10.0.0.1:5060")}};
    pinger pings;
};

TEST(Pinger, APhoneBehindNatIsPingedAtItsSourceOncePerInterval) {
    pinging_node node(1);
    node.merge(behind_nat());
    const auto seen = node.run(epoch + 250s, nodes({1}));
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen.begin()->first, "udp:192.0.2.20:1024");
    EXPECT_EQ(seen.begin()->second, 10);
    EXPECT_EQ(node.pings.sent(), 10u);
}

TEST(Pinger, OnlyUdpPhonesThatNeedItArePinged) {
    using scope = decltype(pinger_options::scope);
    struct row {
        const char* claim;
        const char* source;
        state::reach reach;
        scope pinged;
        bool is_pinged;
    };
    for (const auto& [claim, source, reach, which, is_pinged] :
         {row{"NAT", "udp:192.0.2.20:1", state::reach::source, scope::nat, true},
          row{"no NAT", "udp:192.0.2.20:1", state::reach::contact, scope::nat, false},
          row{"all", "udp:192.0.2.20:1", state::reach::contact, scope::all, true},
          row{"TCP", "tcp:192.0.2.20:1", state::reach::source, scope::all, false},
          row{"no socket", "udp:[2001:db8::1]:1", state::reach::source, scope::all, false}}) {
        pinger_options options;
        options.scope = which;
        pinging_node node(1, options);
        auto spec = behind_nat();
        spec.source = source;
        spec.reach = reach;
        node.merge(spec);
        EXPECT_EQ(!node.run(epoch + 60s, nodes({1})).empty(), is_pinged) << claim;
    }
}

TEST(Pinger, ExactlyOneNodePingsEachPhoneForAnyMemberList) {
    for (const auto& present :
         {nodes({1, 2, 3, 4}), nodes({1, 2}), nodes({3}), nodes({2, 3, 4}), nodes({4, 7, 9})}) {
        std::map<std::string, int> total;
        for (const auto self : present) {
            pinging_node node(self.value);
            for (int user = 0; user < 200; ++user) {
                node.merge(behind_nat(user, static_cast<std::uint16_t>(1 + user % 4)));
            }
            for (const auto& [address, times] : node.run(epoch + 25s, present)) {
                total[address] += times;
            }
        }
        EXPECT_EQ(total.size(), 200u);
        for (const auto& [address, times] : total) {
            EXPECT_EQ(times, 1) << address << " with " << present.size() << " nodes";
        }
    }
}

TEST(Pinger, TheAcceptingNodePingsWhileItIsThere) {
    pinging_node node(2);
    node.merge(behind_nat(0, 2));
    const auto& binding = *test::only_binding(node.location, "sip:user0@example.org");
    EXPECT_EQ(pinger_of(binding, nodes({1, 2, 3})).value, 2);
    EXPECT_NE(pinger_of(binding, nodes({1, 3})).value, 0);
    EXPECT_EQ(pinger_of(binding, nodes({3})).value, 3);
    EXPECT_EQ(pinger_of(binding, {}).value, 0);
}

TEST(Pinger, ADeadNodesPhonesSpreadOverTheOthersAndNoOthersMove) {
    state::location location;
    std::map<std::uint16_t, int> share;
    for (int user = 0; user < 2000; ++user) {
        auto spec = behind_nat(user, 4);
        test::merge(location, spec);
        const auto& binding = *test::only_binding(location, spec.aor);
        const auto chosen = pinger_of(binding, nodes({1, 2, 3}));
        ++share[chosen.value];
        for (const auto gone : nodes({1, 2, 3})) {
            auto rest = nodes({1, 2, 3});
            std::erase(rest, gone);
            if (chosen != gone) {
                EXPECT_EQ(pinger_of(binding, rest), chosen) << "moved without need";
            }
        }
    }
    for (const auto& [node, phones] : share) {
        EXPECT_NEAR(phones, 667, 5 * 21) << "node " << node;  // 5 standard deviations
    }
}

TEST(Pinger, TheOthersTakeOverWithinOneInterval) {
    pinging_node survivor(2);
    survivor.merge(behind_nat(0, 1));
    EXPECT_TRUE(survivor.run(epoch + 100s, nodes({1, 2})).empty());
    EXPECT_EQ(survivor.run(epoch + 125s, nodes({2})).size(), 1u);
    EXPECT_TRUE(survivor.run(epoch + 200s, nodes({1, 2})).empty()) << "the owner is back";
}

TEST(Pinger, ARefreshDoesNotDoubleThePings) {
    pinging_node node(1);
    auto spec = behind_nat();
    int pings = 0;
    for (int second = 0; second < 250; ++second) {
        const auto now = epoch + std::chrono::seconds(second);
        spec.cseq++;
        node.merge(spec, now);
        for (const auto& [address, times] : node.run(now, nodes({1}))) {
            pings += times;
        }
    }
    EXPECT_EQ(pings, 10);
}

TEST(Pinger, ARemovedPhoneIsLeftInPeaceAndAReturningOnePingedOnce) {
    pinging_node node(1);
    auto spec = behind_nat();
    node.merge(spec);
    node.run(epoch + 50s, nodes({1}));
    spec.cseq = 2;
    spec.is_removed = true;
    node.merge(spec, epoch + 50s);
    EXPECT_TRUE(node.run(epoch + 100s, nodes({1})).empty());
    spec.cseq = 3;
    spec.is_removed = false;
    node.merge(spec, epoch + 101s);
    const auto seen = node.run(epoch + 101s + 100s, nodes({1}));
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen.begin()->second, 4);
}

TEST(Pinger, AnExpiredPhoneIsNoLongerPinged) {
    pinging_node node(1);
    auto spec = behind_nat();
    spec.lifetime = 60s;
    node.merge(spec);
    node.run(epoch + 59s, nodes({1}));
    EXPECT_TRUE(node.run(epoch + 1h, nodes({1})).empty());
    EXPECT_EQ(node.pings.next_deadline(), timing::never) << "nothing is left to do";
}

TEST(Pinger, APhoneThatMovedIsPingedAtItsNewAddress) {
    pinging_node node(1);
    auto spec = behind_nat();
    node.merge(spec);
    node.run(epoch + 30s, nodes({1}));
    spec.cseq = 2;
    spec.source = "udp:192.0.2.99:9";
    node.merge(spec, epoch + 30s);
    const auto seen = node.run(epoch + 60s, nodes({1}));
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen.begin()->first, "udp:192.0.2.99:9");
}

TEST(Pinger, FirstPingsSpreadOverTheInterval) {
    pinging_node node(1);
    for (int user = 0; user < 1000; ++user) {
        node.merge(behind_nat(user));
    }
    std::size_t before = 0;
    for (int second = 5; second <= 25; second += 5) {
        node.run(epoch + std::chrono::seconds(second), nodes({1}));
        EXPECT_NEAR(static_cast<double>(node.pings.sent() - before), 200, 5 * 13);
        before = node.pings.sent();
    }
}

}  // namespace
}  // namespace sipha::ha
