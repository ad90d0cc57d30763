#include "resolver/src/srv.hpp"

#include <gtest/gtest.h>
#include <sipha/resolver/options.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

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

std::vector<std::uint16_t> draw(
    const std::vector<unsigned>& weights, std::uint64_t seed, srv_draw how = srv_draw::fair
) {
    const std::vector<std::uint16_t> narrow(weights.begin(), weights.end());
    std::vector<std::uint16_t> order(weights.size());
    draw_order(narrow, how, keyed_draw(seed, "_sip._udp.ex"), order);
    return order;
}

/// How often each record comes first, over seeds 0 to draws - 1.
std::vector<int> first_counts(const std::vector<unsigned>& weights, srv_draw how = srv_draw::fair) {
    std::vector<int> counts(weights.size(), 0);
    for (std::uint64_t seed = 0; seed < draws; ++seed) {
        ++counts.at(draw(weights, seed, how).at(0));
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

// RFC 2782, letter: over {0,1} the inclusive draw takes each in half of the cases, over {1,1}
// behind a shuffle the head is taken for 0 and 1 of 0..2.
TEST(SrvDraw, LiteralModeFollowsTheLetter) {
    auto counts = first_counts({0, 1}, srv_draw::rfc2782_literal);
    expect_share(counts[0], 0.5);
    counts = first_counts({1, 1}, srv_draw::rfc2782_literal);
    expect_share(counts[0], 0.5);  // each is the head of the shuffle equally often
    counts = first_counts({0, 10, 90}, srv_draw::rfc2782_literal);
    expect_share(counts[0], 1.0 / 101);
    EXPECT_NE(draw({1, 1, 1, 1, 1, 1}, 3, srv_draw::rfc2782_literal), draw({1, 1, 1, 1, 1, 1}, 3));
}

TEST(SrvDraw, SecondPlaceFollowsTheWeightsOfThoseLeft) {
    int after_first = 0;
    int with_first = 0;
    for (std::uint64_t seed = 0; seed < draws; ++seed) {
        const auto order = draw({50, 30, 20}, seed);
        if (order[0] == 0) {
            ++with_first;
            after_first += order[1] == 1 ? 1 : 0;
        }
    }
    const double sigma = std::sqrt(with_first * 0.6 * 0.4);
    EXPECT_NEAR(after_first, with_first * 0.6, 5 * sigma);
}

TEST(SrvDraw, NobodyIsDrawnTwiceOrLost) {
    for (const auto how : {srv_draw::fair, srv_draw::rfc2782_literal}) {
        for (std::uint64_t seed = 0; seed < 200; ++seed) {
            auto order = draw({0, 5, 5, 90, 0}, seed, how);
            std::sort(order.begin(), order.end());
            EXPECT_EQ(order, (std::vector<std::uint16_t>{0, 1, 2, 3, 4}));
        }
    }
}

TEST(SrvDraw, TellsWhatItDrew) {
    const std::vector<std::uint16_t> weights{60, 20};
    std::vector<std::uint16_t> order(2);
    std::vector<srv_pick> picks;
    draw_order(weights, srv_draw::fair, keyed_draw(1, "o"), order, &picks);
    ASSERT_EQ(picks.size(), 2u);
    EXPECT_EQ(picks[0].total, 80u * 256);
    EXPECT_LT(picks[0].drawn, picks[0].total);
    EXPECT_EQ(picks[1].total, weights[order[1]] * 256u);
}

TEST(SrvSet, DoesNotDependOnTheOrderOfTheAnswerAndDropsRepetition) {
    auto records = group({1, 1, 1, 1, 1, 1});
    records.push_back(records.front());
    const auto targets = [](const std::vector<srv_record>& from) {
        std::vector<std::string> out;
        for (const auto* record : usable_srv(from).records) {
            out.push_back(record->target);
        }
        return out;
    };
    const auto first = targets(records);
    EXPECT_EQ(first.size(), 6u);
    std::reverse(records.begin(), records.end());
    EXPECT_EQ(targets(records), first);
}

TEST(SrvSet, PriorityStandsAboveWeight) {
    const std::vector<srv_record> records{{20, 65535, 5060, "b"}, {10, 0, 5060, "a"}};
    EXPECT_EQ(usable_srv(records).records.front()->target, "a");
}

TEST(SrvSet, DotAloneMeansAbsentAndBesideOthersNothing) {
    EXPECT_TRUE(usable_srv(std::vector<srv_record>{{0, 0, 0, ""}}).is_service_absent);
    const std::vector<srv_record> records{{0, 0, 0, ""}, {1, 1, 1, "a"}};
    const auto set = usable_srv(records);
    EXPECT_FALSE(set.is_service_absent);
    EXPECT_TRUE(set.has_ignored_dot);
    EXPECT_EQ(set.records.size(), 1u);
}

}  // namespace
}  // namespace sipha::resolver::detail
