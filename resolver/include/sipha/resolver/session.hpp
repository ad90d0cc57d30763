#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <sipha/resolver/export.hpp>
#include <sipha/resolver/health.hpp>
#include <sipha/resolver/options.hpp>
#include <sipha/resolver/target.hpp>

namespace sipha::resolver {

class engine;

/// What a session does by itself to learn that its target died.
enum class liveness : std::uint8_t {
    none,     ///< nothing: it hears only what is reported to it
    canary,   ///< keeps a TCP connection to the target
    options,  ///< asks with OPTIONS
    both      ///< canary where TCP answers, OPTIONS where the canary cannot tell
};

/// Figures that fit together; each one can be changed afterwards.
enum class probe_profile : std::uint8_t {
    field,   ///< silence noticed within 15 s, a reset at once; about one packet every 2 s
    fast,    ///< silence noticed within 2.5 s: wall power, few phones, tests
    battery  ///< a canary with RFC 5626 4.4.1's battery interval; nothing else is sent
};

/// How one account chooses, watches and changes its place.
struct session_options {
    lookup_options lookup;  ///< how places are looked up
    /// Stable key of the account, like its address of record: the weighted draw is the same each
    /// time for it, and jitter derives from it. Empty draws anew for each session.
    std::string account;
    /// Local address probes leave from.
    std::optional<address> source;
    liveness probes = liveness::both;  ///< what watches the target

    /// Time between OPTIONS to the target, drawn in 80 to 100 % of it (RFC 5626 4.4.1's way).
    std::chrono::milliseconds probe_interval{10'000};
    /// Silence after which one OPTIONS counts as missed; the next one follows at once.
    std::chrono::milliseconds probe_timeout{1000};
    /// Missed OPTIONS in a row after which a target that answered before is dead. At least 1.
    unsigned misses = 2;
    /// Silence after which a place that never answered is given up for the next one.
    std::chrono::milliseconds hop_limit{1000};
    /// While the target has not answered, one more place is asked after each such time, so that
    /// the next hop is known to live.
    std::chrono::milliseconds hop_stagger{250};
    /// Time between probes of a place that is not the target, drawn in 80 to 100 %.
    std::chrono::milliseconds backup_interval{60'000};
    /// Places probed beside the target: better ones first.
    std::size_t max_backups = 3;

    /// See `probe::ping_interval`; drawn in 80 to 100 %.
    std::chrono::milliseconds ping_interval{2500};
    /// See `probe::silence_limit`.
    std::chrono::milliseconds silence_limit{5000};

    /// Failback: good probes in a row of a place of a better level, and how long they must have
    /// gone on, which is also the shortest time between a move and the failback after it.
    unsigned good_probes = 3;
    /// See `good_probes`.
    std::chrono::milliseconds hold_down{60'000};
    /// Drawn once per recovery and added to `hold_down`, so that phones do not return together.
    std::chrono::milliseconds failback_jitter{30'000};

    /// A move waits uniform(0, this) before it registers, so that the phones of a dead server do
    /// not arrive together; 0 for a phone of which there is one.
    std::chrono::milliseconds herd_spread{1200};
    /// How long the session avoids a target that said 503 without Retry-After.
    std::chrono::milliseconds unavailable_pause{30'000};
    /// Shortest and longest time between lookups; in between the TTL of the records decides.
    std::chrono::milliseconds refresh_floor{2000};
    std::chrono::milliseconds refresh_cap{3'600'000};  ///< See `refresh_floor`.
};

/// The figures of a profile over default options.
SIPHA_RESOLVER_EXPORT session_options make_session_options(probe_profile profile);

enum class session_state : std::uint8_t {
    locating,   ///< no target yet
    pinned,     ///< the target answered
    migrating,  ///< a target was chosen and has not answered yet
    stranded    ///< every place is down or wants to be left alone
};

/// Why the session is where it is.
enum class session_reason : std::uint8_t {
    located,           ///< first target
    locate_failed,     ///< no target: see `session_event::error`
    alive,             ///< the target answered
    refused,           ///< the last target refused
    silent,            ///< the last target did not answer in time
    reset,             ///< the last target closed or reset a connection
    unavailable,       ///< the last target said 503
    tls_failed,        ///< TLS with the last target failed
    removed_from_dns,  ///< the last target is in the DNS no more
    network_changed,   ///< the caller said so: register again, even at the same target
    failback,          ///< a place of a better level has recovered
    retry,             ///< every place was marked; the mark of this one has ended
    dns_stale,         ///< the DNS is dead: last-known addresses stay in use
    dns_recovered      ///< the DNS answers again
};

/// "pinned", ... and "removed-from-dns", ...: stable words for logs and scripts.
SIPHA_RESOLVER_EXPORT std::string_view name(session_state value);
SIPHA_RESOLVER_EXPORT std::string_view name(session_reason value);

/// Something changed.
struct session_event {
    session_state state = session_state::locating;    ///< where the session stands now
    session_reason reason = session_reason::located;  ///< why
    /// Where every request of the account goes from now on. Register there when it differs from
    /// the target before, and after `network_changed`. Nothing when no place may be tried.
    std::optional<candidate> target;
    /// How long to wait before registering at a new target; requests may be sent at once.
    std::chrono::milliseconds register_after{0};
    /// The DNS is dead and the addresses are the last ones known.
    bool is_stale = false;
    /// Why there is no target when the lookup failed.
    std::error_code error;
    /// When all places asked to be left alone: how long (RFC 3261 20.33).
    std::optional<std::chrono::seconds> retry_in;
};

/// Whether a call is up: failback waits for its end.
enum class busy : std::uint8_t { no, yes };
/// Which of an account's registrations failed (RFC 5626 4.5).
enum class flows_failed : std::uint8_t { some, all };

/// What a session knows of one of its places.
struct place_status {
    candidate target;                                      ///< the place
    resolver::standing standing = resolver::standing::ok;  ///< what is thought of it now
    bool is_target = false;                                ///< it is where requests go
    /// Round trip of the last answered probe; nothing before the first.
    std::optional<std::chrono::microseconds> rtt;
};

/// One account on an engine: knows the place all its requests go to, watches it, leaves it when
/// it dies, and comes back. Driven by the engine's `fd`, `timeout` and `process`; same thread.
class SIPHA_RESOLVER_EXPORT session {
  public:
    /// Receives what changed.
    using event_handler = std::function<void(const session_event&)>;

    /// Starts to locate. @param on must outlive this object. @param uri a SIP or SIPS URI.
    /// @param on_state is called from `engine::process`, never from inside a call on this object;
    /// it may call this object and destroy it, not the engine.
    session(
        engine& on, std::string_view uri, const session_options& options, event_handler on_state
    );
    /// Ends probes and the lookup under way; nothing is called any more.
    ~session();
    session(const session&) = delete;
    session& operator=(const session&) = delete;

    /// Where the session stands.
    session_state state() const;
    /// The place every request of the account goes to; nothing before the first lookup ended.
    std::optional<candidate> target() const;
    /// All places: the target, then the others in the order in which they would be chosen.
    std::vector<candidate> candidates() const;
    /// The same with what is known of each.
    std::vector<place_status> places() const;
    /// What the caller's own requests to a place experienced. A failure of the target moves the
    /// session at once; the event follows in the next `process`.
    void report(const candidate& place, const outcome& what);
    /// While a call is up the session does not go back to a better place.
    void set_busy(busy value);
    /// The machine's network changed: locates again and reports a target to register at.
    void network_changed();
    /// RFC 5626 4.5: how long to wait before the next registration. @param failures in a row,
    /// at least 1.
    std::chrono::milliseconds registration_delay(unsigned failures, flows_failed which) const;

  private:
    struct state_data;
    std::unique_ptr<state_data> state_;
};

}  // namespace sipha::resolver
