#include "tests/proxy/cluster/support/map_store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace sipha::cluster::test {
namespace {

TEST(MapStore, AnyOrderAndAnyDuplicateEndInTheSameState) {
    map_store source;
    std::vector<std::string> payloads = {
        source.put("a", 5, "five"),
        source.put("a", 9, "nine"),
        source.put("b", 7, "seven"),
        source.put("a", 9, "also nine")};
    std::ranges::sort(payloads);
    do {
        map_store copy;
        for (const auto& payload : payloads) {
            copy.merge({}, {1}, payload);
            copy.merge({}, {2}, payload);
        }
        EXPECT_EQ(copy.digest(), source.digest());
        EXPECT_EQ(copy.value("a"), "nine");
        EXPECT_EQ(copy.value("b"), "seven");
    } while (std::ranges::next_permutation(payloads).found);
}

TEST(MapStore, DigestsDifferWhenContentDoes) {
    map_store one, other;
    one.put("a", 1, "x");
    EXPECT_NE(one.digest(), other.digest());
    other.put("a", 2, "x");
    EXPECT_NE(one.digest(), other.digest());
    one.put("a", 2, "x");
    EXPECT_EQ(one.digest(), other.digest());
}

TEST(MapStore, SnapshotInChunksHoldsEverythingOnce) {
    map_store source;
    for (int i = 0; i < 100; ++i) {
        source.put("key" + std::to_string(i), 1, "value");
    }
    map_store copy;
    std::string cursor;
    std::size_t chunks = 0;
    do {
        const auto part = source.snapshot({}, cursor, 100);
        for (const auto& payload : part.payloads) {
            copy.merge({}, {1}, payload);
        }
        cursor = part.next_cursor;
        ++chunks;
    } while (!cursor.empty());
    EXPECT_EQ(copy.merges, 100u);
    EXPECT_EQ(copy.digest(), source.digest());
    EXPECT_GT(chunks, 15u);
}

TEST(MapStore, HostilePayloadsAreCounted) {
    map_store store;
    store.merge({}, {1}, "");
    store.merge({}, {1}, "12345678");
    store.merge(
        {},
        {1},
        "12345678\xff"
        "key"
    );
    EXPECT_EQ(store.malformed, 3u);
    EXPECT_EQ(store.size(), 0u);
}

}  // namespace
}  // namespace sipha::cluster::test
