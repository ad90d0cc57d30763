// Whole-cluster stories, each readable from top to bottom.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "tests/sim/hostile.hpp"
#include "tests/sim/invariants.hpp"
#include "tests/sim/world.hpp"

namespace sipha::sim {
namespace {

using namespace std::chrono_literals;
using place = world::phone_plan::place;

/// Three nodes that know each other, and nobody else yet.
class Cluster : public testing::Test {
  protected:
    explicit Cluster(world_options options = {}) : in(std::move(options)) {
        in.start_all();
        in.run_for(3s);
        expect_convergence(in);
    }

    void TearDown() override {
        for (const auto& violation : in.log().violations()) {
            ADD_FAILURE() << violation;
        }
    }

    /// Phones that register one after the other, spread over the nodes.
    void add_registered_phones(unsigned count, place where) {
        for (unsigned i = 0; i < count; ++i) {
            world::phone_plan plan;
            plan.where = i % 2 == 0 ? where : place::open;
            auto& phone = in.add_phone(plan);
            phone.register_at(i % in.node_count());
            in.run_for(20ms);
        }
        in.run_for(500ms);
    }

    std::uint64_t unconfirmed() const {
        std::uint64_t sum = 0;
        for (const auto& node : in.nodes()) {
            sum += node->node() == nullptr ? 0 : node->node()->counters().registers_unconfirmed;
        }
        return sum;
    }

    world in;
};

TEST_F(Cluster, RegistrationIsHeldByTwoNodesBeforeItIsAcknowledged) {
    std::vector<std::size_t> holders;
    for (int i = 0; i < 50; ++i) {
        auto& phone = in.add_phone();
        phone.register_at(static_cast<std::size_t>(i) % 3);
        ASSERT_TRUE(in.run_until([&] { return phone.is_registered(); }, 1s));
        EXPECT_GE(in.ledger().holders(phone), 2u);
    }
    EXPECT_EQ(unconfirmed(), 0u);
}

TEST_F(Cluster, PhoneStaysCallableThroughEverySurvivorAfterAnySingleKill) {
    add_registered_phones(6, place::behind_nat);
    for (unsigned victim = 1; victim <= 3; ++victim) {
        in.node(victim).kill(death::process);
        in.run_for(200ms);
        expect_promises_kept(in);
        expect_callable(in);
        in.node(victim).start();
        expect_convergence(in);
    }
    EXPECT_EQ(in.carrier().count(outcome::completed), in.carrier().call_count());
    EXPECT_EQ(in.carrier().call_count(), 3u * 2 * 6);
}

TEST_F(Cluster, AcknowledgedRegistrationSurvivesTheKillInTheVeryNextMoment) {
    auto& phone = in.add_phone({.where = place::behind_nat});
    phone.register_at(world::edge(1));
    while (!phone.is_registered()) {
        ASSERT_TRUE(in.time().run_one(in.time().now() + 1s));
    }
    in.node(1).kill(death::power);
    in.run_for(2s);
    expect_promises_kept(in);
    expect_callable(in);
    EXPECT_EQ(in.carrier().count(outcome::completed), 2u);
}

TEST_F(Cluster, DeadNodesPhonesArePingedByOneSurvivorEach) {
    add_registered_phones(12, place::behind_nat);
    expect_one_pinger(in);
    in.node(1).kill(death::power);
    in.run_for(2s);
    expect_one_pinger(in);
    for (const auto& phone : in.phones()) {
        if (phone->is_behind_nat()) {
            ASSERT_GE(phone->pings().size(), 5u);
            EXPECT_NE(phone->pings().back().from, in.node(1).sip_address());
            EXPECT_TRUE(phone->behind()->is_open(phone->options().local));
        }
    }
}

TEST_F(Cluster, NewestRegistrationWinsUnderReorderingAndDuplication) {
    in.datagrams().set_quality(
        {.jitter = 30ms, .duplicated = 300, .reordered = 300, .reorder_by = 200ms}
    );
    in.links().set_quality({.jitter = 300ms});
    auto& phone = in.add_phone({.where = place::behind_nat});
    for (unsigned i = 0; i < 30; ++i) {
        // Moves on without waiting for the answer, so that the nodes' records overtake each other.
        phone.register_at(i % 3);
        in.run_for(i % 4 == 0 ? 50ms : 400ms);
    }
    ASSERT_TRUE(in.run_until([&] { return phone.is_settled(); }, 10s));
    expect_convergence(in);
    expect_promises_kept(in);
    for (const auto& node : in.nodes()) {
        EXPECT_TRUE(holds(*node, phone, *phone.acknowledged())) << node->name();
        EXPECT_EQ(
            in.node(accepted_by(*node, phone).value).sip_address(), phone.acknowledged()->edge
        );
    }
}

TEST_F(Cluster, RemovedRegistrationIsNotRevivedByANodeThatMissedIt) {
    add_registered_phones(4, place::open);
    in.partition({{1, 2}, {3}});
    in.run_for(2s);
    for (const auto& phone : in.phones()) {
        phone->register_at(world::edge(1));
        in.run_for(400ms);
        phone->unregister();
    }
    in.run_for(1s);
    for (const auto& phone : in.phones()) {
        EXPECT_TRUE(routes_to(in.node(3), *phone, in.time().now()));
    }
    in.heal();
    expect_convergence(in);
    expect_promises_kept(in);
    for (const auto& phone : in.phones()) {
        EXPECT_TRUE(phone->acknowledged()->is_removal);
        EXPECT_FALSE(routes_to(in.node(3), *phone, in.time().now()));
    }
}

TEST_F(Cluster, JoiningNodeConvergesUnderLoad) {
    add_registered_phones(60, place::behind_nat);
    in.node(3).kill(death::process);
    in.run_for(1s);
    in.node(3).start();
    const auto joined = in.time().now();
    for (unsigned i = 0; i < 100; ++i) {
        in.phones()[i % 60]->register_at(i % 2);
        in.run_for(20ms);
    }
    EXPECT_TRUE(in.node(3).is_ready());
    EXPECT_LE(in.time().now() - joined, 3s);
    expect_convergence(in);
    expect_promises_kept(in);
    EXPECT_EQ(in.node(3).node()->location().size(), 60u);
}

TEST_F(Cluster, PartitionWithRegistrationsOnBothSidesHeals) {
    add_registered_phones(6, place::behind_nat);
    in.partition({{1}, {2, 3}});
    in.run_for(2s);
    for (const auto& phone : in.phones()) {
        phone->register_at(world::edge(1));
        in.run_for(600ms);
        phone->register_at(world::edge(2));  // the later one, on the other side
        in.run_for(600ms);
    }
    auto& lonely = in.add_phone();
    lonely.register_at(world::edge(1));
    in.run_for(1s);
    EXPECT_TRUE(lonely.is_registered());
    EXPECT_EQ(in.ledger().holders(lonely), 1u);
    EXPECT_FALSE(in.are_digests_equal());
    in.heal();
    EXPECT_TRUE(in.run_until([&] { return in.are_digests_equal(); }, 5s));
    expect_convergence(in);
    expect_promises_kept(in);
    for (const auto& phone : in.phones()) {
        if (phone.get() != &lonely) {
            EXPECT_EQ(accepted_by(in.node(1), *phone).value, 2) << phone->user();
        }
    }
    expect_callable(in);
}

TEST_F(Cluster, NodePausedForFourSecondsUnderLoadLosesNothing) {
    for (unsigned i = 0; i < 200; ++i) {
        in.add_phone({.edge_limit = 4s});
    }
    unsigned next = 0;
    const auto load = [&](unsigned count) {
        for (unsigned i = 0; i < count; ++i, ++next) {
            in.phones()[next % 200]->register_at(next % 3);
            in.run_for(5ms);  // 200 registrations in a second
        }
    };
    load(200);
    in.node(2).pause();
    load(800);
    in.node(2).resume();
    ASSERT_TRUE(in.run_until(
        [&] {
            return std::ranges::all_of(in.phones(), [](const auto& phone) {
                return phone->is_settled();
            });
        },
        20s
    ));
    expect_convergence(in);
    expect_promises_kept(in);
    for (const auto& phone : in.phones()) {
        EXPECT_TRUE(holds(in.node(2), *phone, *phone->acknowledged())) << phone->user();
    }
}

TEST_F(Cluster, RollingRestartLosesNoRegistrationAndNoLaterCall) {
    add_registered_phones(9, place::behind_nat);
    for (unsigned number = 1; number <= 3; ++number) {
        in.node(number).kill(death::process);
        in.run_for(1s);
        in.node(number).start();
        EXPECT_TRUE(in.run_until([&] { return in.node(number).is_ready(); }, 5s));
        expect_convergence(in);
        expect_promises_kept(in);
    }
    expect_callable(in);
    expect_one_pinger(in);
    expect_empty_tables(in);
}

TEST_F(Cluster, CallsSucceedWithTenPercentLoss) {
    add_registered_phones(10, place::behind_nat);
    in.datagrams().set_quality({.jitter = 20ms, .loss = 100});
    for (unsigned i = 0; i < 60; ++i) {
        in.call(*in.phones()[i % 10], i % 3 + 1);
        in.run_for(250ms);
    }
    in.run_for(80s);
    EXPECT_EQ(in.carrier().count(outcome::completed), 60u);
    EXPECT_GT(in.datagrams().counters().lost, 50u);
    in.datagrams().set_quality({});
    expect_empty_tables(in);
}

TEST_F(Cluster, ClockThirtySecondsAheadNeitherExtendsNorRevivesAnything) {
    in.node(2).set_wall_skew(30s);
    auto& stays = in.add_phone();
    auto& goes = in.add_phone();
    auto& expires = in.add_phone({.expires = 60s});
    for (auto* phone : {&stays, &goes, &expires}) {
        phone->register_at(world::edge(2));
        in.run_for(300ms);
    }
    expires.fall_silent();
    in.run_for(3s);
    goes.register_at(world::edge(1));
    in.run_for(1s);
    goes.unregister();
    in.run_for(1s);
    expect_convergence(in);
    expect_promises_kept(in);
    EXPECT_TRUE(goes.acknowledged()->is_removal);
    in.run_for(57s);
    for (const auto& node : in.nodes()) {
        EXPECT_FALSE(routes_to(*node, expires, in.time().now())) << node->name();
        EXPECT_TRUE(routes_to(*node, stays, in.time().now())) << node->name();
    }
}

TEST_F(Cluster, PhoneRebootedAtANodeWithTheRightClockReplacesWhatTheFastClockAccepted) {
    in.node(2).set_wall_skew(30s);
    auto& phone = in.add_phone();
    phone.register_at(world::edge(2));
    in.run_for(1s);
    // Another Call-ID each time: only the clocks order these.
    for (unsigned i = 0; i < 6; ++i) {
        phone.reboot();
        phone.register_at(world::edge(1));
        in.run_for(1s);
    }
    EXPECT_TRUE(phone.is_settled());
    phone.unregister();
    in.run_for(1s);
    expect_convergence(in);
    expect_promises_kept(in);
}

TEST_F(Cluster, NothingIsRelayedForStrangers) {
    add_registered_phones(2, place::open);
    for (unsigned kind = 0; kind < attack_kinds; ++kind) {
        for (unsigned number = 1; number <= 3; ++number) {
            attack(in, kind, number);
            in.run_for(100ms);
        }
    }
    in.run_for(5s);
    std::uint64_t refused = 0;
    for (const auto& node : in.nodes()) {
        refused += node->node()->counters().refused;
    }
    // The ACK gets no answer, and maddr beside our name changes nothing: p1 rings.
    EXPECT_GE(refused, 3u * (attack_kinds - 2));
    expect_empty_tables(in);
}

TEST_F(Cluster, TablesAreEmptyAfterCallsThatNobodyAnswered) {
    add_registered_phones(3, place::behind_nat);
    // The phones vanish: every call ends by a timer.
    in.datagrams().set_quality({.loss = 1000});
    in.run_for(1s);
    in.datagrams().set_quality({});
    for (const auto& phone : in.phones()) {
        in.datagrams().detach(
            phone->is_behind_nat() ? phone->behind()->public_address() : phone->options().local.ip
        );
        in.call(*phone, 1);
    }
    in.run_for(100s);
    EXPECT_EQ(in.carrier().count(outcome::completed), 0u);
    EXPECT_EQ(in.carrier().count(outcome::calling), 0u);
    expect_empty_tables(in);
}

}  // namespace
}  // namespace sipha::sim
