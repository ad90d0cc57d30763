#include "proxy/guard/gate.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/support/sip_text.hpp"

namespace sipha::guard {
namespace {

using namespace std::chrono_literals;
using whose = gate::nonce_of;
const timing::time_point start(1000h);
const crypto::mac key("a key of the cluster, 32 octets.");
const auto loud = test::hop_to("udp:198.51.100.1:5060");
const auto calm = test::hop_to("udp:192.0.2.1:5060");

/// A gate with 100 messages a second.
struct bench {
    explicit bench(gate_options with = limited()) : gate(std::move(with), key, draw) {}
    static gate_options limited() {
        gate_options out;
        out.messages = {100, 200};
        out.max_wrong_passwords = 3;
        return out;
    }
    /// Messages let through of a flood of so many a second.
    int flood(const sip::hop& from, int per_second, timing::duration time) {
        int admitted = 0;
        const auto step = timing::duration(1s) / per_second;
        for (const auto end = now + time; now < end; now += step) {
            admitted += gate.admit(now, from, 400) ? 1 : 0;
        }
        return admitted;
    }

    crypto::random draw{"seed"};
    guard::gate gate;
    timing::time_point now = start;
};

TEST(Gate, AFloodIsCutAndOthersLoseNothing) {
    bench at;
    int admitted = 0;
    int calm_admitted = 0;
    for (int i = 0; i < 100'000; ++i) {  // 20,000 a second for 5 s, and 50 a second beside it
        at.now += 50us;
        admitted += at.gate.admit(at.now, loud, 400) ? 1 : 0;
        if (i % 400 == 0) {
            calm_admitted += at.gate.admit(at.now, calm, 400) ? 1 : 0;
        }
    }
    EXPECT_NEAR(admitted, 200 + 5 * 100, 2);
    EXPECT_EQ(calm_admitted, 250);
    EXPECT_EQ(at.gate.counters().dropped_rate, 100'000u - static_cast<unsigned>(admitted));
}

TEST(Gate, WhoFloodsForLongIsBannedAndHeardAgain) {
    bench at;
    at.flood(loud, 1000, 9s);
    EXPECT_TRUE(at.gate.bans(at.now).empty());
    at.flood(loud, 1000, 3s);
    ASSERT_EQ(at.gate.bans(at.now).size(), 1u);
    EXPECT_EQ(at.flood(loud, 1, 10s), 0);
    EXPECT_GT(at.gate.counters().dropped_banned, 0u);
    EXPECT_TRUE(at.gate.admit(at.now, calm, 400));
    at.now += 61s;
    EXPECT_TRUE(at.gate.admit(at.now, loud, 400));
}

TEST(Gate, ABanCanBeLifted) {
    bench at;
    at.flood(loud, 1000, 12s);
    ASSERT_EQ(at.gate.bans(at.now).size(), 1u);
    EXPECT_EQ(address_of(at.gate.bans(at.now)[0].source), loud.remote.ip);
    EXPECT_TRUE(at.gate.lift_ban(at.now, loud.remote.ip));
    at.now += 3s;
    EXPECT_TRUE(at.gate.admit(at.now, loud, 400));
}

TEST(Gate, BurstsWithPausesAreNoFlood) {
    bench at;
    for (int i = 0; i < 20; ++i) {
        at.flood(loud, 1000, 1s);
        at.now += 2s;
    }
    EXPECT_TRUE(at.gate.bans(at.now).empty());
}

TEST(Gate, AKnownSourceIsLimitedButNeverBanned) {
    bench at;
    at.gate.prove(at.now, loud.remote.ip);
    EXPECT_LT(at.flood(loud, 1000, 20s), 2300);
    EXPECT_TRUE(at.gate.bans(at.now).empty());
    for (int i = 0; i < 100; ++i) {
        at.gate.wrong_password(at.now, loud.remote.ip, whose::source);
    }
    EXPECT_TRUE(at.gate.bans(at.now).empty());
}

TEST(Gate, InventedSourcesPushOutNoKnownOne) {
    auto small = bench::limited();
    small.max_sources = 64;
    small.max_known = 64;
    bench at(small);
    at.gate.prove(at.now, calm.remote.ip);
    for (std::uint32_t i = 0; i < 100'000; ++i) {
        at.now += 10us;
        const std::array<std::uint8_t, 4> octets{
            11,
            static_cast<std::uint8_t>(i >> 16),
            static_cast<std::uint8_t>(i >> 8),
            static_cast<std::uint8_t>(i)};
        auto from = loud;
        from.remote.ip = geo::ip_address::v4(octets);
        at.gate.admit(at.now, from, 400);
    }
    EXPECT_LE(at.gate.sources(), 64u);
    EXPECT_EQ(at.gate.known_sources(), 1u);
    EXPECT_FALSE(at.gate.is_unproven(calm));
}

TEST(Gate, TrunksAndPeersHaveNoLimits) {
    auto with = bench::limited();
    with.exempt = {*geo::ip_prefix::parse("198.51.100.0/24")};
    bench at(with);
    EXPECT_EQ(at.flood(loud, 20'000, 1s), 20'000);
    EXPECT_FALSE(at.gate.is_unproven(loud));
    EXPECT_LT(at.flood(calm, 20'000, 1s), 301);
}

TEST(Gate, SwitchedOffItLimitsNothing) {
    auto off = bench::limited();
    off.is_on = false;
    bench at(off);
    EXPECT_EQ(at.flood(loud, 20'000, 1s), 20'000);
    EXPECT_TRUE(at.gate.may_answer(at.now, loud, 60'000));
    EXPECT_EQ(at.gate.sources(), 0u);
}

TEST(Gate, WrongPasswordsBanAStrangerWhoHoldsTheNonce) {
    bench at;
    ASSERT_TRUE(at.gate.admit(at.now, loud, 400));
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(at.gate.wrong_password(at.now, loud.remote.ip, whose::source));
    }
    EXPECT_FALSE(at.gate.wrong_password(at.now, loud.remote.ip, whose::source));
    EXPECT_FALSE(at.gate.admit(at.now, loud, 400));
    ASSERT_EQ(at.gate.bans(at.now).size(), 1u);
    EXPECT_EQ(at.gate.bans(at.now)[0].why, ban_reason::passwords);
}

TEST(Gate, WrongPasswordsFadeWithTime) {
    bench at;
    for (int i = 0; i < 30; ++i) {
        EXPECT_TRUE(at.gate.wrong_password(at.now, loud.remote.ip, whose::source));
        at.now += 21s;
    }
}

TEST(Gate, NobodyIsBannedForPasswordsSentInItsName) {
    bench at;
    int answered = 0;
    for (int i = 0; i < 1000; ++i) {
        answered += at.gate.wrong_password(at.now, calm.remote.ip, whose::other) ? 1 : 0;
    }
    EXPECT_EQ(answered, 50) << "but guessing so gets no answers";
    EXPECT_TRUE(at.gate.admit(at.now, calm, 400));
}

TEST(Gate, AnUnprovenSourceGetsNoMoreThanItSent) {
    bench at;
    std::size_t received = 0;
    std::size_t sent = 0;
    for (int i = 0; i < 90; ++i) {
        at.now += 100ms;
        ASSERT_TRUE(at.gate.admit(at.now, calm, 300));
        received += 300;
        sent += at.gate.may_answer(at.now, calm, 500) ? 500u : 0u;
        ASSERT_LE(sent, received + static_cast<std::size_t>(reflection_debt));
    }
    EXPECT_LE(sent, received);
    EXPECT_GT(sent, received - 1000);
}

TEST(Gate, OneShortRequestIsAnsweredAllTheSame) {
    bench at;
    ASSERT_TRUE(at.gate.admit(at.now, calm, 250));
    EXPECT_TRUE(at.gate.may_answer(at.now, calm, 400));
    ASSERT_TRUE(at.gate.admit(at.now, calm, 250));
    EXPECT_FALSE(at.gate.may_answer(at.now, calm, 2000)) << "beyond the debt";
}

TEST(Gate, ADebtIsNotForgotten) {
    bench at;
    ASSERT_TRUE(at.gate.admit(at.now, calm, 10));
    ASSERT_TRUE(at.gate.may_answer(at.now, calm, 600));
    at.now += 11s;
    ASSERT_TRUE(at.gate.admit(at.now, calm, 10));
    EXPECT_FALSE(at.gate.may_answer(at.now, calm, 600));
}

TEST(Gate, CreditEndsWithItsTime) {
    bench at;
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(at.gate.admit(at.now, calm, 1000));
    }
    at.now += 11s;
    ASSERT_TRUE(at.gate.admit(at.now, calm, 100));
    EXPECT_FALSE(at.gate.may_answer(at.now, calm, 5000));
}

TEST(Gate, StreamsAndKnownSourcesAreProven) {
    bench at;
    auto stream = test::hop_to("tcp:198.51.100.1:5060", 7);
    ASSERT_TRUE(at.gate.admit(at.now, stream, 100));
    EXPECT_TRUE(at.gate.may_answer(at.now, stream, 60'000));
    EXPECT_TRUE(at.gate.is_unproven(calm));
    at.gate.prove(at.now, calm.remote.ip);
    EXPECT_FALSE(at.gate.is_unproven(calm));
    EXPECT_TRUE(at.gate.may_answer(at.now, calm, 60'000));
}

TEST(Gate, OneAddressOfRecordHasItsOwnRates) {
    auto with = bench::limited();
    with.registers_per_aor = {1, 2};
    with.invites_per_aor = {1, 3};
    bench at(with);
    const auto taken = [&](sip::method method, const char* aor) {
        int count = 0;
        for (int i = 0; i < 10; ++i) {
            count += at.gate.admit_aor(at.now, method, aor) ? 1 : 0;
        }
        return count;
    };
    EXPECT_EQ(taken(sip::method::register_, "sip:alice@example.org"), 2);
    EXPECT_EQ(taken(sip::method::invite, "sip:alice@example.org"), 3);
    EXPECT_EQ(taken(sip::method::register_, "sip:bob@example.org"), 2);
    EXPECT_EQ(taken(sip::method::options, "sip:bob@example.org"), 10);
    EXPECT_EQ(at.gate.counters().refused_aor_rate, 8u + 7u + 8u);
}

TEST(Gate, RetryAfterIsSmallAndDrawn) {
    bench at;
    std::set<unsigned> seen;
    for (int i = 0; i < 200; ++i) {
        seen.insert(at.gate.retry_after());
    }
    EXPECT_EQ(seen, (std::set<unsigned>{1, 2, 3, 4, 5}));
}

}  // namespace
}  // namespace sipha::guard
