#include <gtest/gtest.h>

#include "tests/proxy/cluster/support/world.hpp"

namespace sipha::cluster {
namespace {

using test::ending;
using test::milliseconds;
using test::world;
using namespace std::chrono_literals;

std::uint16_t any_node(world& all, std::uint16_t nodes) {
    return static_cast<std::uint16_t>(1 + all.random().below(nodes));
}

/// Every node sees every other one alive and ready, and all hold the same.
bool is_whole(world& all, std::uint16_t nodes) {
    for (std::uint16_t id = 1; id <= nodes; ++id) {
        if (all.node(id).ready_members().size() != nodes) {
            return false;
        }
    }
    return all.is_equal();
}

/// One random disturbance or write.
void disturb(world& all, std::uint16_t nodes) {
    const auto one = any_node(all, nodes), other = any_node(all, nodes);
    switch (all.random().below(16)) {
        case 0:
        case 1:
            if (one != other) {
                all.drop_links(one, other);
            }
            break;
        case 2:
            if (one != other) {
                all.cut(one, other);
            }
            break;
        case 3:
        case 4:
            if (one != other) {
                all.heal(one, other);
            }
            break;
        case 5:
            // Node 1 keeps running, so that what was acknowledged is never lost as a whole.
            if (one != 1 && all.is_running(one)) {
                all.kill(
                    one, all.random().below(2) == 0 ? ending::closes_links : ending::goes_silent
                );
            }
            break;
        case 6:
        case 7:
            if (!all.is_running(one)) {
                all.start(one);
            }
            break;
        default:
            if (all.is_running(one)) {
                all.write(one, "key" + std::to_string(all.random().below(50)), std::to_string(one));
            }
            break;
    }
    all.run_for(milliseconds(static_cast<std::int64_t>(all.random().below(60))));
}

TEST(RandomRuns, TwoHundredDisturbedClustersConvergeInThreeSecondsOfPeace) {
    for (int seed = 0; seed < 200; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        const auto nodes = static_cast<std::uint16_t>(2 + seed % 4);
        world all({.seed = "run" + std::to_string(seed), .nodes = nodes});
        all.start_all();
        for (int i = 0; i < 30; ++i) {
            disturb(all, nodes);
        }
        for (std::uint16_t one = 1; one <= nodes; ++one) {
            if (!all.is_running(one)) {
                all.start(one);
            }
            for (std::uint16_t other = 1; other < one; ++other) {
                all.heal(one, other);
            }
        }
        const auto took = all.run_until([&] { return is_whole(all, nodes); }, 3s);
        ASSERT_GE(took, 0ms);
        all.run_for(300ms);
        EXPECT_TRUE(is_whole(all, nodes));
        for (std::uint16_t id = 1; id <= nodes; ++id) {
            const auto counters = all.node(id).counters();
            EXPECT_EQ(counters.unexpected_frames, 0u);
            EXPECT_EQ(counters.replicator.wrong_acks, 0u);
            EXPECT_EQ(counters.replicator.gaps, 0u);
            EXPECT_EQ(counters.mesh.unsent, 0u);
            for (const auto& [at, what] : all.told<replicated>(id)) {
                EXPECT_LE(what.holders + what.awaited, nodes - 1u);
            }
        }
    }
}

TEST(RandomRuns, EveryRecordIsSettledOnceAndAcknowledgementsAreTrue) {
    for (int seed = 0; seed < 10; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        world all({.seed = "ack" + std::to_string(seed), .nodes = 3});
        all.start_all();
        all.run_for(3s);
        std::uint64_t published = 0;
        for (int i = 0; i < 100; ++i) {
            published = all.write(1, "key" + std::to_string(i), "x");
            if (all.random().below(10) == 0) {
                all.drop_links(1, any_node(all, 3) == 2 ? 2 : 3);
            }
            all.run_for(milliseconds(static_cast<std::int64_t>(all.random().below(20))));
        }
        all.run_for(2s);
        std::map<std::uint64_t, int> settled;
        for (const auto& [at, what] : all.told<replicated>(1)) {
            settled[what.sequence] += what.awaited == 0 ? 1 : 0;
        }
        ASSERT_EQ(settled.size(), published);
        for (const auto& [sequence, times] : settled) {
            EXPECT_EQ(times, 1) << sequence;
        }
    }
}

TEST(RandomRuns, TheSameSeedGivesTheSameRun) {
    const auto run = [] {
        world all({.seed = "again", .nodes = 4});
        all.start_all();
        for (int i = 0; i < 80; ++i) {
            disturb(all, 4);
        }
        std::vector<std::uint64_t> trace;
        for (std::uint16_t id = 1; id <= 4; ++id) {
            trace.push_back(all.sent_bytes(id));
            trace.push_back(all.store_of(id).digest());
        }
        return trace;
    };
    EXPECT_EQ(run(), run());
}

}  // namespace
}  // namespace sipha::cluster
