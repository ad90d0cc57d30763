#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <sipha/resolver/health.hpp>
#include <sipha/resolver/prober.hpp>
#include <sipha/resolver/session.hpp>

#include "resolver/src/session_place.hpp"

namespace sipha::resolver::detail {

/// A probe to start.
struct probe_start {
    probe_id id = 0;
    probe what;
};

/// What a session plan wants done.
struct session_effects {
    std::vector<probe_id> stop;
    std::vector<probe_start> start;
    bool wants_lookup = false;  ///< replaces a lookup under way
    std::vector<session_event> events;
};

/// What a session plan stands on.
struct session_ground {
    health& known;             ///< shared by all sessions of an engine; outlives the plan
    std::string domain;        ///< host of the account's URI, for OPTIONS
    std::uint64_t seed = 0;    ///< of jitter
    probe_id first_probe = 1;  ///< ids of probes count up from here
};

/// One account: which place it uses, when it watches which place how, when it moves. Pure: time
/// is an argument, jitter comes from the seed; probes and lookups are effects.
class session_plan {
  public:
    session_plan(const session_options& options, session_ground ground);

    /// Starts to locate.
    void start();
    /// The lookup asked for by `wants_lookup` ended well.
    void located(time_point now, std::vector<candidate> candidates, bool is_stale);
    /// It did not. Places once known stay in use for ever.
    void locate_failed(time_point now, std::error_code error);
    void report(time_point now, const candidate& target, const outcome& what);
    void probed(time_point now, const probe_event& event);
    void set_busy(busy value) { busy_ = value; }
    void network_changed(time_point now);
    void advance(time_point now);
    /// Stops every probe.
    void stop();

    session_effects take_effects() { return std::exchange(effects_, {}); }
    time_point next_deadline(time_point now) const;

    session_state state() const { return state_; }
    const candidate* target() const { return pinned_ ? &places_[*pinned_].target : nullptr; }
    /// The target first, then the others as they would be chosen; those in BACKOFF are left out.
    std::vector<place_status> places(time_point now) const;
    std::chrono::milliseconds registration_delay(unsigned failures, flows_failed which) const;

    /// Probes of one session open at the same time.
    static constexpr std::size_t max_open_probes = 8;
    /// Time between lookups that fail, doubled up to the cap.
    static constexpr std::chrono::milliseconds lookup_retry{1000};
    static constexpr std::chrono::milliseconds lookup_retry_cap{30'000};
    /// A canary closed sooner than this is not opened again at once.
    static constexpr std::chrono::milliseconds shortest_canary{1000};
    /// A place closed its canary and lives: it must show so within this time to be believed.
    static constexpr std::chrono::milliseconds idle_close_proof{10'000};
    /// A place was seen alive this short a time before an account returns to it.
    static constexpr std::chrono::milliseconds last_look{200};

  private:
    using milliseconds = std::chrono::milliseconds;
    struct choice {
        std::size_t index = 0;
        bool is_usable = false;  ///< nothing speaks against it, or its mark has ended
    };

    // Which place: session_plan.cpp.
    std::vector<choice> ranked(time_point now) const;
    std::optional<choice> choose(time_point now, std::optional<std::size_t> failed) const;
    std::optional<std::size_t> index_of(const candidate& target) const;
    bool is_better(std::size_t index, std::size_t than) const;
    void adopt(time_point now, std::vector<candidate> candidates);
    void pin(time_point now, std::optional<choice> next, session_reason reason);
    void lose(time_point now, std::size_t index, const outcome& what);
    void confirm(std::size_t index);
    void alive(time_point now, std::size_t index);
    void retry_stranded(time_point now);
    void fail_back(time_point now);
    time_point failback_at(time_point now, std::size_t index) const;
    void ask_dns();
    void emit(time_point now, session_reason reason, milliseconds register_after = {});

    // Which probe: session_watch.cpp.
    bool is_probing() const { return options_.probes != liveness::none; }
    bool has_room() const { return open_probes_ < max_open_probes; }
    bool has_canary() const;
    bool asks(const session_place& place) const;
    bool is_recent(time_point now, const session_place& place) const;
    std::size_t backup_number(std::size_t index) const;
    time_point probe_due(time_point now, std::size_t index) const;
    time_point canary_due(std::size_t index) const;
    void watch(time_point now);
    void start_question(time_point now, std::size_t index);
    void start_canary(time_point now, std::size_t index);
    void stop_probe(probe_id& id);
    void stop_probes(session_place& place);
    void end_probe(probe_id& id);
    void schedule(time_point now, std::size_t index);
    void canary_event(time_point now, std::size_t index, const probe_event& event);
    void canary_failed(time_point now, std::size_t index, const probe_event& event);
    void canary_closed(time_point now, std::size_t index);
    void question_event(time_point now, std::size_t index, const probe_event& event);
    void missed(time_point now, std::size_t index, const outcome& what);
    probe base_probe(const session_place& place) const;
    milliseconds jittered(milliseconds interval);
    milliseconds uniform(milliseconds bound);

    session_options options_;
    session_ground ground_;
    std::uint64_t draws_ = 0;

    session_state state_ = session_state::locating;
    std::vector<session_place> places_;
    std::optional<std::size_t> pinned_;
    time_point pinned_at_ = time_point::min();
    time_point failed_back_at_ = time_point::min();
    unsigned strandings_ = 0;  ///< in a row
    std::size_t open_probes_ = 0;
    bool is_stale_ = false;
    bool is_secure_only_ = false;  ///< a certificate was wrong: nothing in clear text
    bool has_new_network_ = false;
    busy busy_ = busy::no;

    bool is_locating_ = false;
    time_point lookup_at_ = never;
    unsigned failed_lookups_ = 0;  ///< in a row
    std::error_code lookup_error_;
    session_effects effects_;
};

}  // namespace sipha::resolver::detail
