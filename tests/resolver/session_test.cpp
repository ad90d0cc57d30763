#include "sipha/resolver/session.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <sipha/resolver/engine.hpp>

#include "tests/resolver/support/edges.hpp"
#include "tests/resolver/support/zone.hpp"

namespace sipha::resolver {
namespace {

using namespace std::chrono_literals;
using test::edge_mode;

const char* const two_edges =
    "_sip._udp.ex 30 SRV 10 1 5060 h1.ex; _sip._udp.ex 30 SRV 20 1 5060 h2.ex;"
    "h1.ex 30 A 192.0.2.1; h2.ex 30 A 192.0.2.2; SOA 60 60";

/// An engine over a zone and edges under a virtual clock.
class Session : public testing::Test {
  protected:
    Session() { start(two_edges); }

    void start(const char* content) {
        for (const auto* ip : {"192.0.2.1", "192.0.2.2"}) {
            edges_.set(ip, edge_mode::alive);
        }
        engine_ports ports;
        ports.transport = std::make_unique<test::memory_transport>(test::zone(content));
        auto probes = std::make_unique<test::memory_prober>(edges_);
        probes_ = probes.get();
        ports.probes = std::move(probes);
        ports.clock = [this] { return now_; };
        ports.seed = 1;
        engine_ = std::make_unique<engine>(engine_options{}, std::move(ports));
    }
    std::unique_ptr<session> open(
        session_options options = make_session_options(probe_profile::fast)
    ) {
        options.lookup.transports = {transport::udp};
        options.account = "sip:alice@ex";
        return std::make_unique<session>(*engine_, "sip:ex", options, [this](const auto& event) {
            events_.push_back(event);
        });
    }
    void run(std::chrono::milliseconds time) {
        const auto end = now_ + time;
        for (int turn = 0; turn < 100'000; ++turn) {
            const auto wait = engine_->timeout();
            if (!wait || now_ + *wait > end) {
                break;
            }
            now_ += *wait;
            engine_->process();
        }
        now_ = end;
        engine_->process();
    }
    static std::string ip_of(const std::optional<candidate>& place) {
        return place ? place->ip.to_string() : std::string{};
    }

    test::edge_world edges_;
    test::memory_prober* probes_ = nullptr;
    time_point now_{std::chrono::hours(1)};
    std::unique_ptr<engine> engine_;
    std::vector<session_event> events_;
};

TEST_F(Session, LocatesProbesAndPins) {
    const auto account = open();
    EXPECT_EQ(account->state(), session_state::locating);
    EXPECT_TRUE(events_.empty());
    EXPECT_EQ(engine_->open_sessions(), 1u);
    run(100ms);
    ASSERT_EQ(events_.size(), 2u);
    EXPECT_EQ(events_[0].reason, session_reason::located);
    EXPECT_EQ(account->state(), session_state::pinned);
    EXPECT_EQ(ip_of(account->target()), "192.0.2.1");
    EXPECT_EQ(account->candidates().size(), 2u);
    const auto places = account->places();
    EXPECT_TRUE(places[0].is_target);
    EXPECT_TRUE(places[0].rtt.has_value());
}

TEST_F(Session, MovesWhenTheTargetDiesAndTellsOnce) {
    const auto account = open();
    run(5s);
    edges_.set("192.0.2.1", edge_mode::refusing);
    run(100ms);
    EXPECT_EQ(ip_of(account->target()), "192.0.2.2");
    ASSERT_EQ(events_.size(), 4u);
    EXPECT_EQ(events_[2].reason, session_reason::reset);
    EXPECT_EQ(ip_of(events_[2].target), "192.0.2.2");
    const auto seen = engine_->snapshot();
    EXPECT_EQ(seen.open_sessions, 1u);
    EXPECT_GT(seen.probes.started, 3u);
    EXPECT_GT(seen.probes.alive, 3u);
    EXPECT_GE(seen.probes.down, 1u);
    EXPECT_EQ(seen.probes.skipped, 0u);
    EXPECT_EQ(events_[3].state, session_state::pinned);
}

TEST_F(Session, ReportMovesAtOnceAndCallsBackLater) {
    const auto account = open();
    run(100ms);
    const auto before = events_.size();
    account->report(*account->target(), {outcome_kind::timeout, std::nullopt});
    EXPECT_EQ(ip_of(account->target()), "192.0.2.2");
    EXPECT_EQ(events_.size(), before);
    EXPECT_EQ(engine_->timeout(), 0ms);
    engine_->process();
    EXPECT_EQ(events_.size(), before + 1);
}

TEST_F(Session, SessionsOfOneEngineShareWhatFailed) {
    const auto first = open();
    run(100ms);
    first->report(*first->target(), {outcome_kind::timeout, std::nullopt});
    edges_.set("192.0.2.1", edge_mode::black_hole);
    const auto second = open();
    run(10ms);
    EXPECT_EQ(ip_of(second->target()), "192.0.2.2");
}

TEST_F(Session, ReportOfTheEngineCountsForSessions) {
    candidate place;
    place.ip = *address::parse("192.0.2.1");
    place.port = 5060;
    engine_->report(place, {outcome_kind::refused, std::nullopt});
    edges_.set("192.0.2.1", edge_mode::black_hole);
    const auto account = open();
    run(10ms);
    EXPECT_EQ(ip_of(account->target()), "192.0.2.2");
}

TEST_F(Session, HandlerMayDestroyItsSession) {
    std::unique_ptr<session> account;
    int calls = 0;
    session_options options;
    options.lookup.transports = {transport::udp};
    account = std::make_unique<session>(*engine_, "sip:ex", options, [&](const session_event&) {
        ++calls;
        account.reset();
    });
    run(10s);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(engine_->open_sessions(), 0u);
    EXPECT_EQ(probes_->open(), 0u);
}

TEST_F(Session, DestructionEndsProbesAndTheLookup) {
    auto account = open();
    account.reset();
    run(10s);
    EXPECT_TRUE(events_.empty());
    EXPECT_EQ(engine_->pending(), 0u);
    account = open();
    run(1s);
    EXPECT_GT(probes_->open(), 0u);
    const auto before = events_.size();
    account->report(*account->target(), {outcome_kind::refused, std::nullopt});
    account.reset();
    run(1s);
    EXPECT_EQ(events_.size(), before);
    EXPECT_EQ(probes_->open(), 0u);
}

TEST_F(Session, EngineMayGoFirst) {
    const auto account = open();
    run(1s);
    engine_.reset();
    EXPECT_EQ(account->target(), std::nullopt);
    EXPECT_TRUE(account->candidates().empty());
    account->report({}, {});
    account->set_busy(busy::yes);
    account->network_changed();
    EXPECT_EQ(account->state(), session_state::stranded);
    EXPECT_EQ(account->registration_delay(1, flows_failed::all), 0ms);
}

TEST_F(Session, BadUriIsToldNotThrown) {
    const session account(*engine_, "tel:+1", {}, [this](const auto& event) {
        events_.push_back(event);
    });
    run(10ms);
    ASSERT_FALSE(events_.empty());
    EXPECT_EQ(events_[0].reason, session_reason::locate_failed);
    EXPECT_EQ(events_[0].error, errc::bad_uri);
}

TEST_F(Session, NetworkChangeLocatesAgain) {
    const auto account = open();
    run(1s);
    events_.clear();
    account->network_changed();
    account->network_changed();  // replaces the lookup under way
    run(1s);
    ASSERT_EQ(events_.size(), 2u);
    EXPECT_EQ(events_[0].reason, session_reason::network_changed);
    EXPECT_EQ(events_[1].state, session_state::pinned);
}

TEST_F(Session, AThousandSessionsShareOneEngine) {
    std::vector<std::unique_ptr<session>> accounts;
    for (int number = 0; number < 1000; ++number) {
        session_options options;
        options.lookup.transports = {transport::udp};
        options.account = "sip:user" + std::to_string(number) + "@ex";
        accounts.push_back(std::make_unique<session>(*engine_, "sip:ex", options, nullptr));
    }
    run(1s);
    for (const auto& account : accounts) {
        ASSERT_EQ(account->state(), session_state::pinned);
    }
    edges_.set("192.0.2.1", edge_mode::refusing);
    run(100ms);
    for (const auto& account : accounts) {
        ASSERT_EQ(ip_of(account->target()), "192.0.2.2");
    }
}

// The weighted draw is sticky per account, across engines and restarts.
TEST_F(Session, SameAccountDrawsTheSameOrderEachTime) {
    const auto* equal =
        "_sip._udp.ex SRV 10 1 5060 h1.ex; _sip._udp.ex SRV 10 1 5060 h2.ex;"
        "h1.ex A 192.0.2.1; h2.ex A 192.0.2.2; SOA 60 60";
    std::string first;
    for (int turn = 0; turn < 10; ++turn) {
        start(equal);
        const auto account = open();
        run(100ms);
        first = first.empty() ? ip_of(account->target()) : first;
        EXPECT_EQ(ip_of(account->target()), first);
    }
}

}  // namespace
}  // namespace sipha::resolver
