#include "tests/bench/rounds.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sipha::bench {
namespace {

TEST(BenchRounds, MedianOfAnEvenNumberIsTheLowerOne) {
    EXPECT_EQ(median({3}), 3);
    EXPECT_EQ(median({9, 1, 5}), 5);
    EXPECT_EQ(median({4, 1, 3, 2}), 2);
}

TEST(BenchRounds, ContendersTakeTurnsAndEachRoundBeginsWithAnother) {
    std::string order;
    const auto named = [&order](const char* name, double value) {
        return contender{name, [&order, name, value] {
                             order += name;
                             return value;
                         }};
    };
    const std::vector contenders{named("a", 1), named("b", 2), named("c", 3)};
    const auto figures = alternate(contenders, 3);
    EXPECT_EQ(order, "abcbcacab");
    ASSERT_EQ(figures.size(), 3u);
    EXPECT_EQ(figures[1].name, "b");
    EXPECT_EQ(figures[1].value, 2);
}

TEST(BenchRounds, OneSlowRoundDoesNotMoveTheFigure) {
    int round = 0;
    const std::vector contenders{contender{"a", [&round] { return ++round == 2 ? 1000.0 : 1.0; }}};
    EXPECT_EQ(alternate(contenders, 5).front().value, 1);
}

}  // namespace
}  // namespace sipha::bench
