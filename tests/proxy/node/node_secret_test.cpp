// The cluster's secret changes while calls are under way.
#include "tests/proxy/node/phones.hpp"

namespace sipha::proxy {
namespace {

constexpr const char* old_secret = "0123456789abcdef0123456789abcdef";  // node_world's
constexpr const char* new_secret = "fedcba9876543210fedcba9876543210";

/// Node 2 is given the new secret; it is asked about what node 1 made under the old one.
class changed_secret {
  public:
    explicit changed_secret(bool remembers)
        : world(2, [remembers](node_options& options) {
              if (options.cluster.self.value == 2) {
                  options.cluster.secret = new_secret;
                  options.previous_secret = remembers ? old_secret : "";
              }
          }) {}

    node_world world;
};

TEST(NodeSecret, BranchesOfTheFormerSecretAreStillKnown) {
    for (const bool remembers : {true, false}) {
        changed_secret with(remembers);
        with.world.receive(1, bob.from, bob.registration(1).text());
        with.world.pass(1s);
        with.world.take(1);
        with.world.receive(1, alice.from, alice.request("INVITE", bob.uri(), 1).text());
        const auto out = of_kind(with.world.take(1), "INVITE").at(0);
        with.world.receive(2, bob.from, test::response_to(out.text, 200));
        const auto& counters = with.world.node(2).counters();
        EXPECT_EQ(counters.dropped_forged_response, remembers ? 0u : 1u);
        EXPECT_EQ(counters.dropped_foreign_response, remembers ? 1u : 0u);
    }
}

TEST(NodeSecret, DialogTokensOfTheFormerSecretStillLeadThrough) {
    for (const bool remembers : {true, false}) {
        changed_secret with(remembers);
        with.world.receive(1, nat_bob.from, nat_bob.registration(1).text());
        with.world.pass(1s);
        with.world.take(1);
        with.world.receive(1, alice.from, alice.request("INVITE", nat_bob.uri(), 1).text());
        const auto out = of_kind(with.world.take(1), "INVITE").at(0);
        with.world.receive(1, nat_bob.from, test::response_to(out.text, 200));
        const auto ok = of_kind(with.world.take(1), "200").at(0);
        auto bye = alice.request("BYE", nat_bob.contact(), 2);
        bye.to = parsed(ok.text).value(sip::header_id::to);
        auto routes = parsed(ok.text).values(sip::header_id::record_route);
        ASSERT_FALSE(routes.empty());
        for (auto& route : routes) {
            // The survivor of a shared address is asked under the same name.
            route.replace(route.find("10.0.0.1"), 8, "10.0.0.2");
            bye.headers.push_back("Route: " + route);
        }
        with.world.take(2);
        with.world.receive(2, alice.from, bye.text());
        const auto messages = with.world.take(2);
        EXPECT_EQ(kinds(messages), remembers ? "BYE" : "403");
    }
}

}  // namespace
}  // namespace sipha::proxy
