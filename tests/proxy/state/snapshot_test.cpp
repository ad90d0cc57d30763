#include <gtest/gtest.h>

#include <random>

#include "proxy/state/location.hpp"
#include "tests/support/bindings.hpp"

namespace sipha::state {
namespace {

using namespace std::chrono_literals;
using test::epoch;
using test::merge;
using test::registration_spec;

constexpr timing::instant now{epoch, 0};

std::string user(std::size_t i) {
    return "sip:user" + std::to_string(i) + "@example.org";
}

void fill(location& store, std::size_t users) {
    registration_spec spec;
    for (std::size_t i = 0; i < users; ++i) {
        spec.aor = user(i);
        spec.hlc = 100 + i;
        spec.is_removed = i % 10 == 0;
        merge(store, spec);
    }
}

/// Pulls everything from `donor` chunk by chunk. @returns the number of payloads.
std::size_t pull(const location& donor, location& into, std::size_t max_bytes) {
    std::string cursor;
    std::size_t payloads = 0;
    do {
        const auto part = donor.snapshot(now, cursor, max_bytes);
        std::size_t bytes = 0;
        for (const auto& payload : part.payloads) {
            bytes += payload.size();
            into.merge(now, cluster::node_id{1}, payload);
        }
        EXPECT_TRUE(bytes <= max_bytes || part.payloads.size() == 1);
        EXPECT_TRUE(part.next_cursor.empty() || part.next_cursor != cursor) << "no progress";
        payloads += part.payloads.size();
        cursor = part.next_cursor;
    } while (!cursor.empty());
    return payloads;
}

TEST(Snapshot, ThousandsOfBindingsAreGivenExactlyOnce) {
    constexpr std::size_t users = 5000;
    location donor;
    fill(donor, users);
    for (const std::size_t max_bytes : {std::size_t{1}, std::size_t{1000}, std::size_t{65536}}) {
        location joiner;
        EXPECT_EQ(pull(donor, joiner, max_bytes), users);
        EXPECT_EQ(joiner.digest(), donor.digest());
        EXPECT_EQ(joiner.size(), users);
        EXPECT_EQ(joiner.counters().merged_stale, 0u);
    }
}

TEST(Snapshot, AnEmptyStoreEndsAtOnce) {
    const location store;
    const auto part = store.snapshot(now, {}, 1000);
    EXPECT_TRUE(part.payloads.empty());
    EXPECT_TRUE(part.next_cursor.empty());
}

TEST(Snapshot, AllContactsAndCallIdsOfAUserComeTogether) {
    location donor;
    registration_spec spec;
    for (int contact = 0; contact < 3; ++contact) {
        spec.key = "sip:bob@192.0.2." + std::to_string(contact);
        for (const auto* call_id : {"x", "y"}) {
            spec.call_id = call_id;
            ++spec.hlc;
            merge(donor, spec);
        }
    }
    const auto part = donor.snapshot(now, {}, 1);
    EXPECT_EQ(part.payloads.size(), 6u) << "one address of record stands alone above the bound";
    EXPECT_TRUE(part.next_cursor.empty());
}

TEST(Snapshot, AnotherDonorContinuesAtTheCursor) {
    location first;
    location second;
    fill(first, 500);
    for (std::size_t i = 500; i-- > 0;) {  // the same content, merged in another order
        registration_spec spec;
        spec.aor = user(i);
        spec.hlc = 100 + i;
        spec.is_removed = i % 10 == 0;
        merge(second, spec);
    }
    location joiner;
    const auto* donor = &first;
    std::string cursor;
    do {
        const auto part = donor->snapshot(now, cursor, 2000);
        for (const auto& payload : part.payloads) {
            joiner.merge(now, cluster::node_id{1}, payload);
        }
        cursor = part.next_cursor;
        donor = donor == &first ? &second : &first;
    } while (!cursor.empty());
    EXPECT_EQ(joiner.digest(), first.digest());
    EXPECT_EQ(joiner.counters().merged_stale, 0u);
}

TEST(Snapshot, TheCursorHoldsWhileTheStoreChanges) {
    location donor;
    fill(donor, 300);
    location joiner;
    std::string cursor;
    std::size_t next = 300;
    do {
        const auto part = donor.snapshot(now, cursor, 1500);
        for (const auto& payload : part.payloads) {
            joiner.merge(now, cluster::node_id{1}, payload);
        }
        cursor = part.next_cursor;
        registration_spec fresh;  // comes and goes live to the joiner too
        fresh.aor = user(next++);
        merge(donor, fresh);
        merge(joiner, fresh);
    } while (!cursor.empty());
    EXPECT_EQ(joiner.digest(), donor.digest());
}

TEST(Snapshot, AnyCursorIsSurvived) {
    location store;
    fill(store, 200);
    for (const std::string cursor :
         {"",
          "x",
          "/",
          "-1/",
          "+1/",
          "1024/",
          "99999999999999999999999/",
          "5",
          "5x",
          "5/",
          "1023/\xff\xff",
          " 5/a"}) {
        const auto part = store.snapshot(now, cursor, 1000);
        EXPECT_LE(part.payloads.size(), 200u);
    }
    std::mt19937 random(1);
    for (int i = 0; i < 2000; ++i) {
        std::string cursor(random() % 12, '\0');
        for (auto& c : cursor) {
            c = static_cast<char>(random());
        }
        const auto part = store.snapshot(now, cursor, 1000);
        EXPECT_TRUE(part.next_cursor.empty() || part.next_cursor != cursor);
    }
}

TEST(Snapshot, TimeLeftIsThatOfTheMomentOfSending) {
    location donor;
    registration_spec spec;
    spec.lifetime = 10min;
    merge(donor, spec);
    const auto part = donor.snapshot({epoch + 4min, 0}, {}, 1000);
    ASSERT_EQ(part.payloads.size(), 1u);
    location joiner;
    joiner.merge({epoch + 2h, 0}, cluster::node_id{1}, part.payloads.front());
    EXPECT_EQ(joiner.next_deadline(), epoch + 2h + 6min);
}

}  // namespace
}  // namespace sipha::state
