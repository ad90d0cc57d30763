#include "sipha/resolver/health.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/resolver/support/places.hpp"

namespace sipha::resolver {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::place;

const time_point start{std::chrono::hours(1)};
const candidate h1 = place(1, 1);
const candidate h2 = place(2, 2);
const candidate h3 = place(3, 3);

/// Marks of exactly their nominal length.
health_options exact() {
    health_options options;
    options.jitter_percent = 0;
    return options;
}

outcome failed(outcome_kind kind = outcome_kind::refused) {
    return {kind, std::nullopt};
}

outcome busy(int seconds_asked) {
    return {outcome_kind::unavailable, seconds(seconds_asked)};
}

/// The order as host numbers.
std::string ordered(const health& known, time_point now, std::vector<candidate> list) {
    std::string text;
    for (const auto index : known.order(now, list)) {
        text += std::to_string(list[index].rank.draw);
    }
    return text;
}

TEST(Health, NothingKnownLeavesTheOrder) {
    const health known;
    EXPECT_TRUE(known.is_clear());
    EXPECT_EQ(ordered(known, start, {h1, h2, h3}), "123");
    EXPECT_EQ(known.standing_of(start, h1), standing::ok);
    EXPECT_EQ(known.until(start, h1), never);
    EXPECT_EQ(ordered(known, start, {}), "");
}

// Case 88.
TEST(Health, FailedPlaceComesLast) {
    health known(exact());
    known.report(start, h1, failed());
    EXPECT_EQ(known.standing_of(start, h1), standing::down);
    EXPECT_EQ(known.until(start, h1), start + seconds(30));
    EXPECT_EQ(ordered(known, start + seconds(1), {h1, h2}), "21");
}

// Case 89.
TEST(Health, AllDownAreTriedByEarliestRecovery) {
    health known(exact());
    known.report(start + seconds(2), h1, failed());
    known.report(start, h2, failed());
    known.report(start + seconds(1), h3, failed());
    EXPECT_EQ(ordered(known, start + seconds(3), {h1, h2, h3}), "231");
}

// Case 90.
TEST(Health, OneRequestProbesAPlaceOnProbation) {
    health known(exact());
    known.report(start, h1, failed());
    const auto later = start + seconds(30);
    EXPECT_EQ(known.standing_of(later - milliseconds(1), h1), standing::down);
    EXPECT_FALSE(known.claim(later - milliseconds(1), h1));
    ASSERT_EQ(known.standing_of(later, h1), standing::probation);
    std::string first;
    for (int request = 0; request < 5; ++request) {
        const std::vector<candidate> list{h1, h2};
        const auto& chosen = list[known.order(later, list).front()];
        known.claim(later, chosen);
        first += std::to_string(chosen.rank.draw);
    }
    EXPECT_EQ(first, "12222");
    known.report(later, h1, {});
    EXPECT_EQ(ordered(known, later, {h1, h2}), "12");
    EXPECT_TRUE(known.is_clear());
}

// Case 91.
TEST(Health, FailureOnProbationDoublesUpToTheCap) {
    health known(exact());
    auto now = start;
    for (const int length : {30, 60, 120, 240, 300, 300}) {
        known.report(now, h1, failed(outcome_kind::timeout));
        EXPECT_EQ(known.until(now, h1), now + seconds(length));
        now += seconds(length);
        EXPECT_TRUE(known.claim(now, h1));
    }
    known.report(now, h1, {});
    known.report(now, h1, failed());
    EXPECT_EQ(known.until(now, h1), now + seconds(30));
}

TEST(Health, FailuresInFlightTogetherCountOnce) {
    health known(exact());
    for (int request = 0; request < 5; ++request) {
        known.report(start + milliseconds(request), h1, failed());
    }
    EXPECT_EQ(known.until(start, h1), start + seconds(30));
}

TEST(Health, ClaimEndsByReleaseOrTime) {
    health known(exact());
    known.report(start, h1, failed());
    const auto later = start + seconds(30);
    EXPECT_TRUE(known.claim(later, h1));
    EXPECT_FALSE(known.claim(later, h1));
    known.release(h1);
    EXPECT_TRUE(known.claim(later, h1));
    const auto limit = later + health_options{}.claim_limit;
    EXPECT_FALSE(known.claim(limit - milliseconds(1), h1));
    EXPECT_TRUE(known.claim(limit, h1));
    EXPECT_FALSE(known.claim(later, h2));
    known.release(h3);  // unknown
}

TEST(Health, OnlyOneProbationIsLeftWhereItIs) {
    health known(exact());
    known.report(start, h1, failed());
    known.report(start, h2, failed());
    EXPECT_EQ(ordered(known, start + seconds(30), {h1, h2, h3}), "132");
}

// Case 74, 75.
TEST(Health, RetryAfterLeavesThePlaceOutThenProbes) {
    health known(exact());
    known.report(start, h1, busy(30));
    EXPECT_EQ(known.standing_of(start, h1), standing::backoff);
    EXPECT_EQ(ordered(known, start + seconds(10), {h1, h2}), "2");
    EXPECT_EQ(known.standing_of(start + seconds(31), h1), standing::probation);
    EXPECT_TRUE(known.claim(start + seconds(31), h1));
    EXPECT_EQ(ordered(known, start + seconds(31), {h1, h2}), "21");
}

// Case 76.
TEST(Health, AllInBackoffSayWhenToRetry) {
    health known(exact());
    known.report(start, h1, busy(30));
    EXPECT_EQ(known.retry_in(start, std::vector{h1, h2}), std::nullopt);
    known.report(start, h2, busy(60));
    const std::vector list{h1, h2};
    EXPECT_TRUE(known.order(start + seconds(5), list).empty());
    EXPECT_EQ(known.retry_in(start + seconds(5), list), seconds(25));
    EXPECT_EQ(known.retry_in(start, {}), std::nullopt);
}

// Case 77.
TEST(Health, RetryAfterIsCapped) {
    health known(exact());
    known.report(start, h1, busy(999'999));
    EXPECT_EQ(known.until(start, h1), start + seconds(3600));
}

// Case 78; RFC 3261 21.5.4.
TEST(Health, UnavailableWithoutTimeLeavesNoMark) {
    health known(exact());
    known.report(start, h1, busy(0));
    known.report(start, h1, {outcome_kind::unavailable, std::nullopt});
    known.report(start, h1, busy(-5));
    EXPECT_TRUE(known.is_clear());
}

TEST(Health, NothingShortensABackoff) {
    health known(exact());
    known.report(start, h1, busy(60));
    known.report(start, h1, busy(10));
    known.report(start, h1, {});
    known.report(start, h1, failed());
    EXPECT_EQ(known.standing_of(start + seconds(59), h1), standing::backoff);
    EXPECT_EQ(known.until(start, h1), start + seconds(60));
}

TEST(Health, BackoffReplacesDown) {
    health known(exact());
    known.report(start, h1, failed());
    known.report(start, h1, busy(5));
    EXPECT_EQ(known.standing_of(start, h1), standing::backoff);
    EXPECT_EQ(known.until(start, h1), start + seconds(5));
}

TEST(Health, JitterStaysWithinItsPercentageAndFollowsTheSeed) {
    milliseconds least = milliseconds::max();
    milliseconds most{0};
    health known({}, 7);
    health same({}, 7);
    for (unsigned host = 1; host <= 200; ++host) {
        known.report(start, place(host), failed());
        same.report(start, place(host), failed());
        const auto length =
            std::chrono::duration_cast<milliseconds>(known.until(start, place(host)) - start);
        EXPECT_EQ(known.until(start, place(host)), same.until(start, place(host)));
        least = std::min(least, length);
        most = std::max(most, length);
    }
    EXPECT_GE(least, seconds(24));
    EXPECT_LT(least, seconds(25));
    EXPECT_LE(most, seconds(36));
    EXPECT_GT(most, seconds(35));
}

TEST(Health, OldMarksAreForgotten) {
    health known(exact());
    known.report(start, h1, failed());
    const auto end = start + seconds(30) + std::chrono::minutes(10);
    EXPECT_EQ(known.standing_of(end - milliseconds(1), h1), standing::probation);
    EXPECT_EQ(known.standing_of(end, h1), standing::ok);
    known.report(end, h1, failed());  // starts anew, not doubled
    EXPECT_EQ(known.until(end, h1), end + seconds(30));
    known.forget_old(end + std::chrono::hours(1));
    EXPECT_EQ(known.size(), 0u);
}

TEST(Health, PlacesAreBoundedAndTheFirstToRecoverMakesRoom) {
    auto options = exact();
    options.max_places = 3;
    health known(options);
    for (unsigned host = 1; host <= 4; ++host) {
        known.report(start + seconds(host), place(host), failed());
    }
    EXPECT_EQ(known.size(), 3u);
    EXPECT_EQ(known.standing_of(start + seconds(5), place(1)), standing::ok);
    EXPECT_EQ(known.standing_of(start + seconds(5), place(4)), standing::down);
}

TEST(Health, PlacesAreToldApartByTransportPortAndCheckedName) {
    health known(exact());
    known.report(start, place(1, 1, transport::tls), failed(outcome_kind::tls_identity));
    auto other = place(1, 1, transport::tls);
    EXPECT_EQ(known.standing_of(start, other), standing::down);
    other.tls_name = "other.ex";
    EXPECT_EQ(known.standing_of(start, other), standing::ok);
    EXPECT_EQ(known.standing_of(start, h1), standing::ok);
    known.report(start, h1, failed());
    other = h1;
    other.tls_name = "other.ex";  // says nothing in clear text
    EXPECT_EQ(known.standing_of(start, other), standing::down);
    EXPECT_TRUE(is_same_place(other, h1));
    EXPECT_EQ(key_of(other), key_of(h1));
    other.port = 5070;
    EXPECT_EQ(known.standing_of(start, other), standing::ok);
}

// Case 66: what lost the race comes after the other address of the same host, not after others.
TEST(Health, DemeritReordersTheAddressesOfOneHostOnly) {
    health known(exact());
    auto first = place(1);
    auto second = place(1);
    second.ip = *address::parse("2001:db8::1");
    second.rank.address = 1;
    const std::vector list{first, second, h2};
    known.demerit(start, first);
    EXPECT_EQ(known.standing_of(start, first), standing::ok);
    EXPECT_EQ(known.order(start, list), (std::vector<std::size_t>{1, 0, 2}));
    EXPECT_EQ(ordered(known, start, {first, h2}), "12");
    EXPECT_EQ(
        known.order(start + std::chrono::minutes(10), list), (std::vector<std::size_t>{0, 1, 2})
    );
    known.report(start, first, {});  // a success alone does not make it the faster one
    EXPECT_EQ(known.order(start, list), (std::vector<std::size_t>{1, 0, 2}));
}

// Case 121.
TEST(Health, NetworkChangeClearsEverything) {
    health known(exact());
    known.report(start, h1, busy(60));
    known.report(start, h2, failed());
    known.clear();
    EXPECT_EQ(ordered(known, start, {h1, h2}), "12");
}

// Section 4.3 of RFC 3263 orders what failed; it never changes the order of what did not.
TEST(Health, OverlayNeverLiftsALowerPriorityAboveAUsableHigherOne) {
    const std::vector<candidate> list{place(1, 1), place(2, 1), place(3, 2), place(4, 3)};
    for (unsigned marks = 0; marks < 16; ++marks) {
        health known(exact());
        for (unsigned index = 0; index < 4; ++index) {
            if ((marks >> index & 1u) != 0) {
                known.report(start, list[index], failed());
            }
        }
        const auto order = known.order(start, list);
        ASSERT_EQ(order.size(), 4u);
        unsigned previous = 0;
        for (const auto index : order) {
            if ((marks >> index & 1u) == 0) {
                EXPECT_GE(list[index].rank.draw, previous) << marks;
                previous = list[index].rank.draw;
            }
        }
    }
}

}  // namespace
}  // namespace sipha::resolver
