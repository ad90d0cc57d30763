#include "proxy/state/location.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

#include "tests/support/bindings.hpp"

namespace sipha::state {
namespace {

using namespace std::chrono_literals;
using test::at;
using test::entry_of;
using test::epoch;
using test::merge;
using test::only_binding;
using test::record_of;
using test::registration_spec;

constexpr std::string_view bob = "sip:bob@example.org";

/// Within one Call-ID the CSeq decides, between them the clock: pairwise that is a circle.
std::vector<registration_spec> circle() {
    registration_spec x5;
    x5.call_id = "x";
    x5.cseq = 5;
    x5.hlc = 10;
    auto y = x5;
    y.call_id = "y";
    y.cseq = 1;
    y.hlc = 11;
    auto x4 = x5;
    x4.cseq = 4;
    x4.hlc = 12;
    return {x5, y, x4};
}

TEST(Location, TheWinnerDoesNotDependOnTheOrderOfArrival) {
    std::array order{0, 1, 2};
    std::optional<std::uint64_t> digest;
    do {
        for (int doubled = -1; doubled < 3; ++doubled) {
            location store;
            for (const int which : order) {
                merge(store, circle()[static_cast<std::size_t>(which)]);
                if (doubled >= 0) {
                    merge(store, circle()[static_cast<std::size_t>(doubled)]);
                }
            }
            const auto* found = only_binding(store);
            ASSERT_NE(found, nullptr);
            EXPECT_EQ(found->winner().version.call_id, "y");
            ASSERT_EQ(found->entries.size(), 2u);
            EXPECT_EQ(found->entries[1].version.cseq, 5u);
            EXPECT_EQ(store.digest(), digest.value_or(store.digest()));
            digest = store.digest();
        }
    } while (std::ranges::next_permutation(order).found);
}

TEST(Location, EqualTimesAreDecidedByTheOrigin) {
    registration_spec low;
    low.call_id = "x";
    registration_spec high = low;
    high.call_id = "y";
    high.origin = 2;
    for (const bool is_low_first : {true, false}) {
        location store;
        merge(store, is_low_first ? low : high);
        merge(store, is_low_first ? high : low);
        EXPECT_EQ(only_binding(store)->winner().version.origin.value, 2);
    }
}

TEST(Location, TheSameCseqOfARestartedNodeIsDecidedByTheClock) {
    registration_spec before;
    registration_spec after = before;
    after.hlc = 20;
    for (const bool is_old_first : {true, false}) {
        location store;
        merge(store, is_old_first ? before : after);
        merge(store, is_old_first ? after : before);
        ASSERT_EQ(only_binding(store)->entries.size(), 1u);
        EXPECT_EQ(only_binding(store)->winner().version.hlc, 20u);
    }
}

TEST(Location, CountersTellNewFromKnownFromMalformed) {
    location store;
    merge(store, {});
    merge(store, {});
    store.merge({epoch, 0}, cluster::node_id{1}, "no record");
    store.merge({epoch, 0}, cluster::node_id{1}, "");
    EXPECT_EQ(store.counters().merged, 1u);
    EXPECT_EQ(store.counters().merged_stale, 1u);
    EXPECT_EQ(store.counters().dropped_malformed, 2u);
    EXPECT_EQ(store.newest_hlc(), 10u);
}

TEST(Location, ATombstoneHidesALateRefresh) {
    location store;
    registration_spec removal;
    removal.cseq = 3;
    removal.hlc = 30;
    removal.is_removed = true;
    merge(store, removal);
    registration_spec late;
    late.cseq = 2;
    late.hlc = 20;
    merge(store, late);  // same Call-ID
    late.call_id = "y";
    late.cseq = 9;
    merge(store, late);  // another one, older by the clock
    EXPECT_FALSE(store.has_live(bob, epoch));
    EXPECT_FALSE(store.is_registered_source(at("udp:192.0.2.20:5060")));
    registration_spec newer = late;
    newer.hlc = 31;
    newer.cseq = 10;
    merge(store, newer);
    EXPECT_TRUE(store.has_live(bob, epoch));
}

TEST(Location, ARemovalIsForgottenAfterTheLifeOfWhatItRemoved) {
    location store;
    registration_spec spec;
    spec.lifetime = 10min;
    store.apply(epoch, bob, spec.key, entry_of(spec, epoch));
    auto removal = entry_of(spec, epoch + 1min);
    removal.version.cseq = 2;
    removal.is_removed = true;
    removal.value.expires_at = epoch + 1min;
    store.apply(epoch + 1min, bob, spec.key, removal);
    store.advance(epoch + 10min);
    EXPECT_EQ(store.size(), 1u) << "a node that was cut off may hold it until 10 min";
    store.advance(epoch + 10min + 10s);
    EXPECT_EQ(store.size(), 0u);
    EXPECT_EQ(store.digest(), 0u);
    EXPECT_EQ(store.next_deadline(), timing::never);
}

TEST(Location, ARemovalOutlivesEveryEntryItHides) {
    location store;
    registration_spec longer;
    longer.lifetime = 1h;
    store.apply(epoch, bob, longer.key, entry_of(longer, epoch));
    registration_spec shorter;
    shorter.call_id = "y";
    shorter.hlc = 11;
    shorter.lifetime = 1min;
    store.apply(epoch, bob, shorter.key, entry_of(shorter, epoch));
    auto removal = entry_of(shorter, epoch);
    removal.version.cseq = 2;
    removal.is_removed = true;
    store.apply(epoch, bob, shorter.key, removal);
    store.advance(epoch + 30min);
    merge(store, longer, epoch + 30min);
    EXPECT_FALSE(store.has_live(bob, epoch + 30min)) << "the first entry lives for an hour";
}

TEST(Location, AnExpiredBindingIsNotLiveButKnownForAWhile) {
    location store;
    registration_spec spec;
    spec.lifetime = 1min;
    merge(store, spec);
    (void)store.take_changes();
    EXPECT_EQ(store.next_deadline(), epoch + 1min);
    EXPECT_TRUE(store.has_live(bob, epoch + 59s));
    EXPECT_FALSE(store.has_live(bob, epoch + 1min)) << "also before `advance`";
    store.advance(epoch + 1min);
    EXPECT_EQ(store.counters().expired, 1u);
    EXPECT_FALSE(store.is_registered_source(at(spec.source)));
    EXPECT_EQ(store.take_changes().size(), 1u);
    EXPECT_EQ(store.bindings_of(bob).size(), 1u);

    auto late = spec;  // a copy that was on its way for two minutes
    merge(store, late, epoch + 70s);
    EXPECT_FALSE(store.has_live(bob, epoch + 70s));

    store.advance(epoch + 2min);
    EXPECT_EQ(store.bindings_of(bob).size(), 0u);
    EXPECT_EQ(store.counters().expired, 1u);
    EXPECT_EQ(store.digest(), 0u);
}

TEST(Location, ARefreshMovesTheExpiry) {
    location store;
    registration_spec spec;
    spec.lifetime = 1min;
    merge(store, spec);
    auto refresh = spec;
    refresh.cseq = 2;
    merge(store, refresh, epoch + 30s);
    store.advance(epoch + 1min);
    EXPECT_TRUE(store.has_live(bob, epoch + 1min));
    EXPECT_EQ(store.counters().expired, 0u);
    store.advance(epoch + 90s);
    EXPECT_FALSE(store.has_live(bob, epoch + 90s));
    EXPECT_EQ(store.counters().expired, 1u);
}

TEST(Location, SourcesAreCountedThroughEveryChange) {
    location store;
    const auto first = at("udp:192.0.2.20:5060");
    const auto second = at("udp:192.0.2.20:5062");
    registration_spec spec;
    merge(store, spec);
    auto other_user = spec;
    other_user.aor = "sip:carol@example.org";
    merge(store, other_user);
    EXPECT_TRUE(store.is_registered_source(first));

    auto moved = spec;  // bob's phone gets another port
    moved.cseq = 2;
    moved.source = "udp:192.0.2.20:5062";
    merge(store, moved);
    EXPECT_TRUE(store.is_registered_source(first)) << "carol is still there";
    EXPECT_TRUE(store.is_registered_source(second));

    other_user.cseq = 2;
    other_user.is_removed = true;
    merge(store, other_user);
    EXPECT_FALSE(store.is_registered_source(first));
    merge(store, other_user);
    EXPECT_FALSE(store.is_registered_source(first));

    EXPECT_FALSE(store.is_registered_source(at("tcp:192.0.2.20:5062"))) << "another transport";
    store.advance(epoch + 10min);
    EXPECT_FALSE(store.is_registered_source(second));
}

TEST(Location, LimitsDropAndCount) {
    location_limits limits;
    limits.max_bindings = 3;
    limits.max_bindings_per_aor = 2;
    location store(limits);
    registration_spec spec;
    for (const auto* key : {"sip:a@192.0.2.1", "sip:b@192.0.2.1", "sip:c@192.0.2.1"}) {
        spec.key = key;
        merge(store, spec);
    }
    EXPECT_EQ(store.size(), 2u);
    EXPECT_EQ(store.counters().dropped_limit, 1u);
    EXPECT_FALSE(store.has_room_for(bob, 1));
    EXPECT_TRUE(store.has_room_for("sip:carol@example.org", 1));
    EXPECT_FALSE(store.has_room_for("sip:carol@example.org", 2)) << "three in all";
    spec.aor = "sip:carol@example.org";
    merge(store, spec);
    spec.key = "sip:b@192.0.2.1";
    merge(store, spec);
    EXPECT_EQ(store.size(), 3u);
    EXPECT_EQ(store.counters().dropped_limit, 2u);

    spec.key = "sip:c@192.0.2.1";  // what is there may change at the limit
    spec.cseq = 2;
    merge(store, spec);
    EXPECT_EQ(store.counters().dropped_limit, 2u);
}

TEST(Location, OnlySomeCallIdsOfABindingAreKept) {
    location store;
    registration_spec spec;
    for (std::uint64_t i = 0; i < 100; ++i) {
        spec.call_id = std::to_string(i);
        spec.hlc = 1000 + i;
        merge(store, spec);
    }
    ASSERT_NE(only_binding(store), nullptr);
    EXPECT_EQ(only_binding(store)->entries.size(), 4u);
    EXPECT_EQ(only_binding(store)->winner().version.call_id, "99");
}

TEST(Location, LastVersionLooksAtOneCallId) {
    location store;
    merge(store, circle()[0]);
    merge(store, circle()[1]);
    const auto* x = store.last_version(bob, circle()[0].key, "x");
    ASSERT_NE(x, nullptr);
    EXPECT_EQ(x->version.cseq, 5u);
    EXPECT_EQ(store.last_version(bob, circle()[0].key, "z"), nullptr);
    EXPECT_EQ(store.last_version(bob, "sip:other@192.0.2.1", "x"), nullptr);
}

TEST(Location, ApplyReturnsTheRecordThatPeersMerge) {
    location here;
    location there;
    registration_spec spec;
    const auto record = here.apply(epoch, bob, spec.key, entry_of(spec, epoch));
    there.merge({epoch, 0}, cluster::node_id{1}, record);
    EXPECT_EQ(here.digest(), there.digest());
    EXPECT_NE(here.digest(), 0u);
    EXPECT_TRUE(there.has_live(bob, epoch));
}

/// One random registration out of few users, contacts and Call-IDs, so that they meet often. No two
/// share a version: a node never stamps twice.
registration_spec random_spec(std::mt19937& random, std::uint64_t hlc) {
    registration_spec spec;
    const auto pick = [&](unsigned bound) { return random() % bound; };
    spec.aor = "sip:user" + std::to_string(pick(4)) + "@example.org";
    spec.key = "sip:c" + std::to_string(pick(3)) + "@192.0.2.1";
    spec.call_id = "call" + std::to_string(pick(4));
    spec.cseq = static_cast<std::uint32_t>(pick(6));
    spec.hlc = hlc;
    spec.origin = static_cast<std::uint16_t>(1 + pick(3));
    spec.is_removed = pick(4) == 0;
    spec.source = "udp:192.0.2." + std::to_string(1 + pick(3)) + ":5060";
    return spec;
}

TEST(Location, AnyHistoryEndsInTheSameStateEverywhere) {
    for (unsigned seed = 0; seed < 50; ++seed) {
        std::mt19937 random(seed);
        std::vector<registration_spec> history;
        for (std::uint64_t i = 0; i < 60; ++i) {
            history.push_back(random_spec(random, 100 + i));
        }
        std::array<location, 3> stores;
        for (auto& store : stores) {
            auto seen = history;
            for (int i = 0; i < 20; ++i) {
                seen.push_back(history[random() % history.size()]);
            }
            std::shuffle(seen.begin(), seen.end(), random);
            for (const auto& spec : seen) {
                merge(store, spec);
            }
        }
        for (std::size_t i = 1; i < stores.size(); ++i) {
            ASSERT_EQ(stores[0].digest(), stores[i].digest()) << "seed " << seed;
            ASSERT_EQ(stores[0].size(), stores[i].size()) << "seed " << seed;
            for (int source = 1; source <= 3; ++source) {
                const auto from = at("udp:192.0.2." + std::to_string(source) + ":5060");
                ASSERT_EQ(
                    stores[0].is_registered_source(from), stores[i].is_registered_source(from)
                ) << "seed "
                  << seed;
            }
        }
        for (auto& store : stores) {
            store.advance(epoch + 10min);
            for (int source = 1; source <= 3; ++source) {
                ASSERT_FALSE(store.is_registered_source(
                    at("udp:192.0.2." + std::to_string(source) + ":5060")
                ));
            }
            store.advance(epoch + 1h);
            ASSERT_EQ(store.size(), 0u) << "seed " << seed;
            ASSERT_EQ(store.digest(), 0u) << "seed " << seed;
            ASSERT_EQ(store.next_deadline(), timing::never);
        }
    }
}

}  // namespace
}  // namespace sipha::state
