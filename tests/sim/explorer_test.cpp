#include "tests/sim/explorer.hpp"

#include <gtest/gtest.h>

namespace sipha::sim {
namespace {

class RandomWorld : public testing::TestWithParam<std::uint64_t> {};

TEST_P(RandomWorld, NoInvariantBreaks) {
    const auto result = explore({.seed = GetParam()});
    for (const auto& violation : result.violations) {
        ADD_FAILURE() << violation << "\nreplay: sim_explore --seed " << GetParam() << " --trace";
    }
    EXPECT_GT(result.faults, 0u);
    EXPECT_GT(result.registrations, 0u);
    EXPECT_GT(result.calls_completed, 0u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomWorld, testing::Range<std::uint64_t>(1, 1 + SIPHA_SIM_SEEDS));

TEST(Explorer, SameSeedGivesTheSameHash) {
    EXPECT_EQ(explore({.seed = 1001}).hash, explore({.seed = 1001}).hash);
}

}  // namespace
}  // namespace sipha::sim
