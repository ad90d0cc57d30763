#include "sipha/resolver/connect_race.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/resolver/support/places.hpp"

namespace sipha::resolver {
namespace {

using std::chrono::milliseconds;
using test::place;

const time_point start{std::chrono::hours(1)};

candidate tcp(unsigned host, unsigned level = 1) {
    return place(host, level, transport::tcp);
}

/// Another address of the same host.
candidate tcp6(unsigned host, unsigned level = 1) {
    auto target = tcp(host, level);
    target.ip = *address::parse("2001:db8::" + std::to_string(host));
    return target;
}

/// What the race did: "+0" starts candidate 0, "-0" stops it, "0=ok" marks, "<0" demerits,
/// "won1", "lost:refused".
struct teller {
    std::string operator()(const start_connect& item) { return "+" + std::to_string(item.index); }
    std::string operator()(const stop_connect& item) { return "-" + std::to_string(item.index); }
    std::string operator()(const mark_connect& item) {
        return std::to_string(item.index) + "=" + std::string(name(item.what.kind));
    }
    std::string operator()(const demerit_connect& item) { return "<" + std::to_string(item.index); }
    std::string operator()(const connect_won& item) { return "won" + std::to_string(item.index); }
    std::string operator()(const connect_lost& item) {
        return "lost:" + std::string(name(item.what));
    }
};

std::string story(connect_race& race) {
    std::string text;
    for (const auto& effect : race.take_effects()) {
        text += (text.empty() ? "" : " ") + std::visit(teller{}, effect);
    }
    return text;
}

/// Runs deadlines up to `after`; "250:+1" for what each did.
std::string run(connect_race& race, milliseconds after) {
    std::string text;
    while (race.next_deadline() <= start + after) {
        const auto now = race.next_deadline();
        race.advance(now);
        const auto at = std::chrono::duration_cast<milliseconds>(now - start);
        text += (text.empty() ? "" : " ") + std::to_string(at.count()) + ":" + story(race);
    }
    return text;
}

// Case 66.
TEST(ConnectRace, SilentAddressIsJoinedByTheNextAfterTheDelay) {
    connect_race race({tcp6(1), tcp(1)});
    race.start(start);
    EXPECT_EQ(story(race), "+0");
    EXPECT_EQ(run(race, milliseconds(250)), "250:+1");
    race.on_connected(1);
    EXPECT_EQ(story(race), "1=ok -0 <0 won1");
    EXPECT_TRUE(race.is_over());
    EXPECT_EQ(race.next_deadline(), never);
}

TEST(ConnectRace, FirstToStartWinsWithoutDemerits) {
    connect_race race({tcp6(1), tcp(1)});
    race.start(start);
    run(race, milliseconds(250));
    race.on_connected(0);
    EXPECT_EQ(story(race), "0=ok -1 won0");
}

TEST(ConnectRace, OtherHostsOfThePriorityRaceWithoutDemerits) {
    connect_race race({tcp(1), tcp(2)});
    race.start(start);
    run(race, milliseconds(250));
    race.on_connected(1);
    EXPECT_EQ(story(race), "1=ok -0 won1");
}

// Case 68.
TEST(ConnectRace, NextPriorityWaitsForTheTimeout) {
    connect_race race({tcp(1, 1), tcp(2, 2)});
    race.start(start);
    story(race);
    EXPECT_EQ(run(race, milliseconds(2999)), "");
    EXPECT_EQ(run(race, milliseconds(3000)), "3000:-0 0=timeout +1");
    connect_race slow({tcp(1, 1), tcp(2, 2)});
    slow.start(start);
    run(slow, milliseconds(400));
    slow.on_connected(0);
    EXPECT_EQ(story(slow), "+0 0=ok won0");
}

TEST(ConnectRace, FailureStartsTheNextAtOnce) {
    connect_race race({tcp(1), tcp(2), tcp(3, 2)});
    race.start(start);
    race.on_failed(start, 0, outcome_kind::refused);
    EXPECT_EQ(story(race), "+0 0=refused +1");
    race.on_failed(start, 1, outcome_kind::refused);
    EXPECT_EQ(story(race), "1=refused +2");
    race.on_failed(start, 2, outcome_kind::timeout);
    EXPECT_EQ(story(race), "2=timeout lost:timeout");
}

TEST(ConnectRace, NextPriorityWaitsForEachOneUnderWay) {
    connect_race race({tcp(1), tcp(2), tcp(3, 2)});
    race.start(start);
    run(race, milliseconds(250));
    race.on_failed(start + milliseconds(300), 0, outcome_kind::refused);
    EXPECT_EQ(story(race), "0=refused");
    EXPECT_EQ(run(race, milliseconds(3249)), "");
    EXPECT_EQ(run(race, milliseconds(3250)), "3250:-1 1=timeout +2");
}

// Case 67; RFC 7984 3.2.
TEST(ConnectRace, UdpIsNeverRaced) {
    auto second = place(1);
    second.ip = *address::parse("2001:db8::1");
    connect_race race({place(1), second});
    race.start(start);
    EXPECT_EQ(story(race), "won0");
    connect_race mixed({tcp(1), place(2, 1)});
    mixed.start(start);
    EXPECT_EQ(story(mixed), "+0");
    EXPECT_EQ(run(mixed, milliseconds(2999)), "");
    EXPECT_EQ(run(mixed, milliseconds(3000)), "3000:-0 0=timeout won1");
}

TEST(ConnectRace, TransportsDoNotRaceEachOther) {
    connect_race race({place(1, 1, transport::tls), tcp(2, 1)});
    race.start(start);
    EXPECT_EQ(story(race), "+0");
    EXPECT_EQ(run(race, milliseconds(2999)), "");
}

// Case 20.
TEST(ConnectRace, WrongCertificateNeverLeadsToClearText) {
    connect_race race({place(1, 1, transport::tls), tcp(2, 2), place(3, 3)});
    race.start(start);
    race.on_failed(start, 0, outcome_kind::tls_identity);
    EXPECT_EQ(story(race), "+0 0=tls-identity lost:tls-identity");
}

TEST(ConnectRace, DelayIsKeptWithinTheLimitsOfTheRfc) {
    for (const auto& [asked, used] : {std::pair{1, 100}, {99'000, 2000}, {400, 400}}) {
        connect_race_options options;
        options.attempt_delay = milliseconds(asked);
        connect_race race({tcp(1), tcp(2)}, options);
        race.start(start);
        EXPECT_EQ(race.next_deadline(), start + milliseconds(used)) << asked;
    }
}

TEST(ConnectRace, EmptyListAndUnknownNewsEndWell) {
    connect_race none({});
    none.start(start);
    EXPECT_EQ(story(none), "lost:refused");
    connect_race race({tcp(1), tcp(2)});
    race.start(start);
    race.on_connected(1);
    race.on_failed(start, 9, outcome_kind::refused);
    EXPECT_EQ(story(race), "+0");
    race.on_connected(0);
    story(race);
    race.on_failed(start, 0, outcome_kind::reset);
    EXPECT_EQ(story(race), "");
}

}  // namespace
}  // namespace sipha::resolver
