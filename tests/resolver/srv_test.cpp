#include "resolver/src/srv.hpp"

#include <gtest/gtest.h>
#include <sipha/resolver/options.hpp>

#include <algorithm>
#include <cmath>
#include <set>

namespace sipha::resolver::detail {
namespace {

constexpr int draws = 20'000;

std::vector<srv_record> group(const std::vector<unsigned>& weights) {
    std::vector<srv_record> records;
    for (std::size_t index = 0; index < weights.size(); ++index) {
        records.push_back(
            {10, static_cast<std::uint16_t>(weights[index]), 5060, "h" + std::to_string(index)}
        );
    }
    return records;
}

/// How often each record comes first, over seeds 0 to draws - 1.
std::vector<int> first_counts(const std::vector<unsigned>& weights) {
    std::vector<int> counts(weights.size(), 0);
    const auto records = group(weights);
    for (std::uint64_t seed = 0; seed < draws; ++seed) {
        const auto order = order_srv(records, seed, "_sip._udp.ex");
        ++counts.at(static_cast<std::size_t>(order.records.at(0).target.at(1) - '0'));
    }
    return counts;
}

void expect_share(int count, double share) {
    const double sigma = std::sqrt(draws * share * (1 - share));
    EXPECT_NEAR(count, draws * share, 5 * sigma + 1) << "share " << share;
}

TEST(SrvDraw, SharesFollowTheWeights) {
    auto counts = first_counts({60, 20});
    expect_share(counts[0], 0.75);
    counts = first_counts({1, 2});
    expect_share(counts[1], 2.0 / 3);
    counts = first_counts({30000, 10000});
    expect_share(counts[0], 0.75);
}

TEST(SrvDraw, EqualWeightsShareEqually) {
    for (const auto& weights : {std::vector<unsigned>{1, 1, 1}, {0, 0, 0}, {65535, 65535, 65535}}) {
        for (const auto count : first_counts(weights)) {
            expect_share(count, 1.0 / 3);
        }
    }
}

TEST(SrvDraw, WeightZeroHasAVerySmallChance) {
    auto counts = first_counts({0, 10, 90});
    EXPECT_LE(counts[0], draws / 1000);
    expect_share(counts[1], 0.1);
    counts = first_counts({0, 1});
    EXPECT_LE(counts[0], draws / 100);
    EXPECT_GT(counts[0], 0);  // 1 of 257: small, not none
}

TEST(SrvDraw, NobodyIsDrawnTwiceOrLost) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const auto order = order_srv(group({0, 5, 5, 90, 0}), seed, "o");
        std::set<std::string> targets;
        for (const auto& record : order.records) {
            targets.insert(record.target);
        }
        EXPECT_EQ(targets.size(), 5u);
        EXPECT_EQ(order.picks.size(), 5u);
    }
}

TEST(SrvOrder, DoesNotDependOnTheOrderOfTheAnswer) {
    auto records = group({1, 1, 1, 1, 1, 1});
    const auto first = order_srv(records, 5, "o").records;
    std::reverse(records.begin(), records.end());
    EXPECT_EQ(order_srv(records, 5, "o").records, first);
}

TEST(SrvOrder, PriorityStandsAboveWeight) {
    const std::vector<srv_record> records{{20, 65535, 5060, "b"}, {10, 0, 5060, "a"}};
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        EXPECT_EQ(order_srv(records, seed, "o").records.front().target, "a");
    }
}

TEST(SrvOrder, DotAloneMeansAbsentAndBesideOthersNothing) {
    EXPECT_TRUE(order_srv(std::vector<srv_record>{{0, 0, 0, ""}}, 0, "o").is_service_absent);
    const auto order = order_srv(std::vector<srv_record>{{0, 0, 0, ""}, {1, 1, 1, "a"}}, 0, "o");
    EXPECT_FALSE(order.is_service_absent);
    EXPECT_TRUE(order.has_ignored_dot);
    EXPECT_EQ(order.records.size(), 1u);
}

TEST(SrvOrder, IsCutAtTheLimit) {
    std::vector<srv_record> records;
    for (std::size_t index = 0; index < max_srv_records; ++index) {
        records.push_back({0, 1, static_cast<std::uint16_t>(index + 1), "h"});
    }
    EXPECT_FALSE(order_srv(records, 0, "o").is_truncated);
    records.push_back({1, 1, 9999, "last"});
    const auto order = order_srv(records, 0, "o");
    EXPECT_TRUE(order.is_truncated);
    EXPECT_EQ(order.records.size(), max_srv_records);
    EXPECT_EQ(order.records.back().priority, 0);
}

}  // namespace
}  // namespace sipha::resolver::detail
