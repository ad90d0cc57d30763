#include "resolver/src/capi_session_structs.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <vector>

#include <sipha/resolver/errors.hpp>

#include "resolver/src/capi_structs.hpp"

namespace sipha::resolver::detail {
namespace {

using namespace std::chrono_literals;

sipha_session_options c_options() {
    sipha_session_options options{};
    options.size = sizeof options;
    return options;
}

TEST(CApiSessionStructs, ZeroIsTheFigureOfTheProfile) {
    for (const auto& [number, profile] :
         {std::pair{SIPHA_PROFILE_FIELD, probe_profile::field},
          {SIPHA_PROFILE_FAST, probe_profile::fast},
          {SIPHA_PROFILE_BATTERY, probe_profile::battery}}) {
        auto options = c_options();
        options.profile = static_cast<std::uint32_t>(number);
        const auto read = to_session_options(options);
        ASSERT_TRUE(read);
        const auto expected = make_session_options(profile);
        EXPECT_EQ(read->probes, expected.probes);
        EXPECT_EQ(read->probe_interval, expected.probe_interval);
        EXPECT_EQ(read->ping_interval, expected.ping_interval);
        EXPECT_EQ(read->silence_limit, expected.silence_limit);
        EXPECT_EQ(read->hold_down, expected.hold_down);
        EXPECT_EQ(read->max_backups, expected.max_backups);
        EXPECT_TRUE(read->account.empty());
        EXPECT_FALSE(read->source);
    }
}

TEST(CApiSessionStructs, EachFigureReachesItsField) {
    auto options = c_options();
    std::uint32_t next = 1;
    for (auto* field :
         {&options.probe_interval_ms,
          &options.probe_timeout_ms,
          &options.misses,
          &options.hop_limit_ms,
          &options.hop_stagger_ms,
          &options.backup_interval_ms,
          &options.max_backups,
          &options.ping_interval_ms,
          &options.silence_limit_ms,
          &options.good_probes,
          &options.hold_down_ms,
          &options.failback_jitter_ms,
          &options.herd_spread_ms,
          &options.unavailable_pause_ms,
          &options.refresh_floor_ms,
          &options.refresh_cap_ms}) {
        *field = next++;
    }
    options.liveness = SIPHA_LIVENESS_CANARY;
    options.account = "sip:alice@example.com";
    options.source = "192.0.2.9";
    sipha_options lookup{};
    lookup.size = sizeof lookup;
    lookup.transports[0] = SIPHA_UDP;
    options.lookup = &lookup;
    const auto read = to_session_options(options);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->probe_interval, 1ms);
    EXPECT_EQ(read->probe_timeout, 2ms);
    EXPECT_EQ(read->misses, 3u);
    EXPECT_EQ(read->hop_limit, 4ms);
    EXPECT_EQ(read->hop_stagger, 5ms);
    EXPECT_EQ(read->backup_interval, 6ms);
    EXPECT_EQ(read->max_backups, 7u);
    EXPECT_EQ(read->ping_interval, 8ms);
    EXPECT_EQ(read->silence_limit, 9ms);
    EXPECT_EQ(read->good_probes, 10u);
    EXPECT_EQ(read->hold_down, 11ms);
    EXPECT_EQ(read->failback_jitter, 12ms);
    EXPECT_EQ(read->herd_spread, 13ms);
    EXPECT_EQ(read->unavailable_pause, 14ms);
    EXPECT_EQ(read->refresh_floor, 15ms);
    EXPECT_EQ(read->refresh_cap, 16ms);
    EXPECT_EQ(read->probes, liveness::canary);
    EXPECT_EQ(read->account, "sip:alice@example.com");
    EXPECT_EQ(read->source->to_string(), "192.0.2.9");
    EXPECT_EQ(read->lookup.transports, std::vector{transport::udp});
}

TEST(CApiSessionStructs, ZeroItselfCanBeAskedFor) {
    auto options = c_options();
    options.herd_spread_ms = SIPHA_ZERO;
    options.max_backups = SIPHA_ZERO;
    const auto read = to_session_options(options);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->herd_spread, 0ms);
    EXPECT_EQ(read->max_backups, 0u);
}

TEST(CApiSessionStructs, UnknownValuesAreRefused) {
    auto options = c_options();
    options.profile = 3;
    EXPECT_FALSE(to_session_options(options));
    options = c_options();
    options.liveness = 5;
    EXPECT_FALSE(to_session_options(options));
    options = c_options();
    options.source = "here";
    EXPECT_FALSE(to_session_options(options));
    options = c_options();
    sipha_options lookup{};
    lookup.size = 3;
    options.lookup = &lookup;
    EXPECT_FALSE(to_session_options(options));
    lookup.size = sizeof lookup;
    lookup.families = 9;
    EXPECT_FALSE(to_session_options(options));
}

TEST(CApiSessionStructs, EventIsFlattened) {
    session_event event;
    event.state = session_state::stranded;
    event.reason = session_reason::dns_recovered;
    event.register_after = 250ms;
    event.is_stale = true;
    event.error = errc::dns_timeout;
    event.retry_in = 25s;
    const auto flat = to_struct(event);
    EXPECT_EQ(flat.size, sizeof flat);
    EXPECT_EQ(flat.state, static_cast<std::uint32_t>(SIPHA_STRANDED));
    EXPECT_EQ(flat.reason, static_cast<std::uint32_t>(SIPHA_DNS_RECOVERED));
    EXPECT_EQ(flat.register_after_ms, 250u);
    EXPECT_EQ(flat.is_stale, 1u);
    EXPECT_EQ(flat.error, SIPHA_EDNS_TIMEOUT);
    EXPECT_EQ(flat.retry_in_s, 25u);
    EXPECT_EQ(flat.target, nullptr);
}

TEST(CApiSessionStructs, TimesOfAnEventAreClamped) {
    session_event event;
    event.register_after = std::chrono::hours(2'000'000);
    event.retry_in = 0s;
    auto flat = to_struct(event);
    EXPECT_EQ(flat.register_after_ms, std::numeric_limits<std::uint32_t>::max());
    EXPECT_EQ(flat.retry_in_s, 1u) << "0 would say that nobody asks to be left alone";
    event.register_after = -1ms;
    EXPECT_EQ(to_struct(event).register_after_ms, 0u);
}

TEST(CApiSessionStructs, ReportNamesAPlaceAndAKnownOutcome) {
    candidate place;
    place.transport = transport::tls;
    place.ip = *address::parse("192.0.2.7");
    place.port = 5061;
    place.tls_name = "example.com";
    const auto where = to_struct(place, time_point{});
    sipha_outcome what{};
    what.size = sizeof what;
    what.kind = SIPHA_OUTCOME_UNAVAILABLE;
    what.retry_after_s = 30;
    const auto read = read_report(&where, &what);
    ASSERT_TRUE(read);
    EXPECT_TRUE(is_same_place(read->place, place));
    EXPECT_EQ(read->what.kind, outcome_kind::unavailable);
    EXPECT_EQ(read->what.retry_after, 30s);
    what.retry_after_s = 0;
    EXPECT_FALSE(read_report(&where, &what)->what.retry_after);

    what.kind = 7;
    EXPECT_FALSE(read_report(&where, &what));
    what.kind = SIPHA_OUTCOME_OK;
    EXPECT_FALSE(read_report(nullptr, &what));
    EXPECT_FALSE(read_report(&where, nullptr));
    auto broken = where;
    broken.port = 0;
    EXPECT_FALSE(read_report(&broken, &what));
}

}  // namespace
}  // namespace sipha::resolver::detail
