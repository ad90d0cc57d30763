#include "tests/bench/table.hpp"

#include <gtest/gtest.h>

namespace sipha::bench {
namespace {

row line_of(double ours, double peer, const bar& limits) {
    return compared("what", "us", {{"ours", ours}, {"peer", peer}}, limits);
}

TEST(BenchTable, BarIsReachedWhenMetExactly) {
    EXPECT_EQ(judge(line_of(2, 4, {2.0, 0.5})), verdict::ok);
    EXPECT_EQ(judge(line_of(2.1, 4, {{}, 0.5})), verdict::missed);
    EXPECT_EQ(judge(line_of(2.1, 100, {2.0, 0.5})), verdict::missed);
}

TEST(BenchTable, GrossBeginsBeyondThreeTimesTheBar) {
    EXPECT_EQ(judge(line_of(6, 0, {2.0, {}})), verdict::missed);
    EXPECT_EQ(judge(line_of(6.1, 0, {2.0, {}})), verdict::gross);
}

TEST(BenchTable, BarOfNothingAllowsNothing) {
    EXPECT_EQ(judge(line_of(0, 30, {0.0, {}})), verdict::ok);
    EXPECT_EQ(judge(line_of(1, 30, {0.0, {}})), verdict::gross);
}

TEST(BenchTable, RowWithoutBarOnlyInforms) {
    EXPECT_EQ(judge(line_of(1000, 1, {})), verdict::info);
}

TEST(BenchTable, SkippedRowTellsWhyAndIsNotOk) {
    const auto line = skipped("what", "needs root");
    EXPECT_EQ(judge(line), verdict::skipped);
    EXPECT_NE(to_text({line}).find("needs root"), std::string::npos);
    EXPECT_NE(to_json({line}).find("\"ours\": null"), std::string::npos);
}

TEST(BenchTable, RatioIsThatToTheFirstPeer) {
    const auto line = compared("what", "us", {{"ours", 1}, {"first", 4}, {"second", 2}}, {{}, 0.5});
    EXPECT_NE(to_json({line}).find("\"ratio\": 0.25"), std::string::npos);
    EXPECT_NE(to_text({line}).find("<= 0.500 x first"), std::string::npos);
}

TEST(BenchTable, JsonEscapesQuotes) {
    auto line = line_of(1, 2, {});
    line.note = "a \"b\" \\ c";
    EXPECT_NE(to_json({line}).find(R"("note": "a \"b\" \\ c")"), std::string::npos);
}

}  // namespace
}  // namespace sipha::bench
