#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/sim/invariants.hpp"
#include "tests/sim/world.hpp"

namespace sipha::sim {
namespace {

using namespace std::chrono_literals;

TEST(World, NodesStartedTogetherBecomeReadyWithinThreeSeconds) {
    world in;
    in.start_all();
    EXPECT_TRUE(in.run_until([&] { return in.are_all_ready(); }, 3s));
    expect_convergence(in);
    EXPECT_TRUE(in.log().violations().empty());
}

TEST(World, PhoneRegistersAndAnswersThroughEveryNode) {
    world in;
    in.start_all();
    in.run_for(3s);
    auto& open = in.add_phone();
    auto& hidden = in.add_phone({.where = world::phone_plan::place::behind_nat});
    open.register_at(world::edge(1));
    hidden.register_at(world::edge(2));
    in.run_for(1s);
    EXPECT_EQ(open.counters().acknowledged, 1u);
    EXPECT_EQ(hidden.counters().acknowledged, 1u);
    EXPECT_GE(in.ledger().holders(open), 2u);
    expect_callable(in);
    EXPECT_EQ(in.carrier().count(outcome::completed), 6u);
    EXPECT_TRUE(in.log().violations().empty());
}

std::uint64_t hash_of_run(const std::string& seed) {
    world in({.seed = seed});
    in.datagrams().set_quality({.jitter = 5ms, .loss = 100, .duplicated = 50, .reordered = 100});
    in.start_all();
    in.run_for(3s);
    auto& phone = in.add_phone();
    phone.register_at(0);
    in.run_for(2s);
    in.node(1).kill(death::process);
    in.call(phone, 2);
    in.run_for(10s);
    return in.log().hash();
}

TEST(World, SameSeedGivesTheSameRunToTheLastOctet) {
    EXPECT_EQ(hash_of_run("7"), hash_of_run("7"));
    EXPECT_NE(hash_of_run("7"), hash_of_run("8"));
}

}  // namespace
}  // namespace sipha::sim
