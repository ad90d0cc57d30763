#include "proxy/txn/key_index.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "proxy/txn/spare_strings.hpp"

namespace sipha::txn {
namespace {

const crypto::short_mac secret(crypto::mac("0123456789abcdef"), "test");

TEST(KeyIndex, HoldsWhatAMapHoldsThroughManyChanges) {
    // Few hashes, so that they meet, wrap round the end of the table and leave gaps everywhere.
    for (unsigned seed = 0; seed < 20; ++seed) {
        std::mt19937 draw(seed);
        key_index index(secret);
        std::map<std::uint64_t, std::uint64_t> all;  // handle to hash
        for (int i = 0; i < 3000; ++i) {
            const std::uint64_t handle = draw() % 200 + 1;
            if (const auto known = all.find(handle); known != all.end()) {
                index.remove(known->second, handle);
                all.erase(known);
            } else {
                const std::uint64_t hash = 50 + draw() % 20;
                index.add(hash, handle);
                all.emplace(handle, hash);
            }
            const std::uint64_t asked = draw() % 200 + 1;
            const auto known = all.find(asked);
            const auto hash = known == all.end() ? 50 + draw() % 20 : known->second;
            const auto found = index.find(hash, [&](std::uint64_t one) { return one == asked; });
            ASSERT_EQ(found, known == all.end() ? 0 : asked);
            ASSERT_EQ(index.size(), all.size());
        }
    }
}

TEST(KeyIndex, GrowsAndFindsEveryOne) {
    key_index index(secret);
    for (std::uint64_t i = 1; i <= 10'000; ++i) {
        index.add(index.hash(std::to_string(i)), i);
    }
    for (std::uint64_t i = 1; i <= 10'000; ++i) {
        const auto is_it = [&](std::uint64_t one) { return one == i; };
        ASSERT_EQ(index.find(index.hash(std::to_string(i)), is_it), i);
    }
    EXPECT_EQ(index.find(index.hash("0"), [](std::uint64_t) { return true; }), 0u);
}

TEST(KeyIndex, HashesDependOnTheSecret) {
    const key_index one(secret);
    const key_index other(crypto::short_mac(crypto::mac("another secret key"), "test"));
    EXPECT_NE(one.hash("z9hG4bK-1"), other.hash("z9hG4bK-1"));
}

TEST(SpareStrings, GivesBackTheMemoryWithNewContent) {
    spare_strings spare;
    const std::string text(100, 'x');
    auto first = spare.make(text);
    const auto* memory = first.data();
    spare.keep(std::move(first));
    EXPECT_EQ(spare.size(), 1u);
    const std::string other(60, 'y');
    const auto second = spare.make(other);
    EXPECT_EQ(second.data(), memory);
    EXPECT_EQ(second, other);
    EXPECT_EQ(spare.size(), 0u);
}

TEST(SpareStrings, KeepsNeitherSmallNorGreatNorTooMany) {
    spare_strings spare;
    spare.keep("small");
    std::string great(spare_strings::max_octets + 1, 'x');
    spare.keep(std::move(great));
    EXPECT_EQ(spare.size(), 0u);
    std::vector<std::string> many(spare_strings::max_strings + 1, std::string(100, 'x'));
    for (auto& one : many) {
        spare.keep(std::move(one));
    }
    EXPECT_EQ(spare.size(), spare_strings::max_strings);
}

}  // namespace
}  // namespace sipha::txn
