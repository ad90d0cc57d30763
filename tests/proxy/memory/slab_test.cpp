#include "proxy/memory/slab.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

namespace sipha::memory {
namespace {

TEST(Slab, HandlesDieWithTheirRecord) {
    slab<std::string> records;
    const auto a = records.add("a");
    const auto b = records.add("b");
    ASSERT_NE(records.find(a), nullptr);
    EXPECT_EQ(*records.find(a), "a");
    records.remove(a);
    EXPECT_EQ(records.find(a), nullptr);
    EXPECT_EQ(*records.find(b), "b");
    EXPECT_EQ(records.size(), 1u);
}

TEST(Slab, AReusedSlotHasANewHandle) {
    slab<int> records;
    std::set<slab<int>::handle> seen;
    for (int i = 0; i < 1000; ++i) {
        const auto which = records.add(i);
        EXPECT_TRUE(seen.insert(which).second) << "handle given twice";
        EXPECT_EQ(*records.find(which), i);
        records.remove(which);
    }
    for (const auto old : seen) {
        EXPECT_EQ(records.find(old), nullptr);
    }
}

TEST(Slab, HandlesSurviveGrowth) {
    slab<std::size_t> records;
    std::vector<slab<std::size_t>::handle> handles;
    for (std::size_t i = 0; i < 5000; ++i) {
        handles.push_back(records.add(i));
    }
    for (std::size_t i = 0; i < handles.size(); ++i) {
        EXPECT_EQ(*records.find(handles[i]), i);
    }
}

TEST(Slab, UnknownHandlesFindNothing) {
    slab<int> records;
    const auto known = records.add(1);
    for (const std::uint64_t wrong :
         {std::uint64_t{0},
          known + 1,
          known + (std::uint64_t{1} << 24),
          known | std::uint64_t{1} << 48,
          known | std::uint64_t{1} << 63,
          ~std::uint64_t{0}}) {
        EXPECT_EQ(records.find(wrong), nullptr) << wrong;
    }
}

TEST(Slab, TheLimitCountsRecordsThatAreAlive) {
    slab<int, 3> records;
    const auto first = records.add(1);
    EXPECT_NE(first, 0u);
    EXPECT_NE(records.add(2), 0u);
    EXPECT_NE(records.add(3), 0u);
    EXPECT_EQ(records.add(4), 0u);
    EXPECT_EQ(records.size(), 3u);
    records.remove(first);
    const auto again = records.add(5);
    EXPECT_NE(again, 0u);
    EXPECT_EQ(*records.find(again), 5);
    EXPECT_EQ(records.add(6), 0u);
}

TEST(Slab, RemoveDestroysTheRecord) {
    slab<std::shared_ptr<int>> records;
    const auto value = std::make_shared<int>(1);
    const auto which = records.add(value);
    EXPECT_EQ(value.use_count(), 2);
    records.remove(which);
    EXPECT_EQ(value.use_count(), 1);
}

TEST(Slab, VisitsTheLivingInTheOrderOfTheirSlots) {
    slab<char> records;
    records.add('a');
    const auto gone = records.add('b');
    records.add('c');
    records.remove(gone);
    std::string seen;
    records.visit_all([&](char each) { seen += each; });
    EXPECT_EQ(seen, "ac");
}

TEST(Slab, GenerationsWrapWithoutEverGivingZero) {
    slab<char, 10, 3> records;
    const auto first = records.add('a');
    records.remove(first);
    for (int generation = 2; generation <= 3; ++generation) {
        const auto which = records.add('a');
        EXPECT_NE(which, 0u);
        EXPECT_NE(which, first);
        records.remove(which);
    }
    EXPECT_EQ(records.add('b'), first) << "the generation starts again at 1";
}

}  // namespace
}  // namespace sipha::memory
