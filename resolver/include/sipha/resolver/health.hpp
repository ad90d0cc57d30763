#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sipha/resolver/export.hpp>
#include <sipha/resolver/target.hpp>

namespace sipha::resolver {

/// What happened to a request, a connection or a probe sent to a candidate (RFC 3263 4.3).
enum class outcome_kind : std::uint8_t {
    ok,            ///< any response but 503 arrived
    refused,       ///< ICMP, connection refused, no route
    timeout,       ///< no response, no connection, no pong in time
    reset,         ///< an established connection was reset or closed
    tls_identity,  ///< the certificate is not for `tls_name`: never retried in clear text
    tls_error,     ///< any other failure of TLS
    unavailable    ///< 503 (RFC 3261 21.5.4); see `outcome::retry_after`
};

/// "ok", "refused", "timeout", "reset", "tls-identity", "tls-error", "unavailable".
SIPHA_RESOLVER_EXPORT std::string_view name(outcome_kind kind);

/// What is reported about a candidate.
struct outcome {
    outcome_kind kind = outcome_kind::ok;  ///< what happened
    /// Retry-After of a 503; nothing or 0 means that the next candidate is tried without a mark
    /// (RFC 3261 21.5.4). Ignored for other kinds.
    std::optional<std::chrono::seconds> retry_after;
};

/// What is thought of a place at one moment.
enum class standing : std::uint8_t {
    ok,         ///< nothing speaks against it
    probation,  ///< its mark ended: one request may find out
    down,       ///< failed: comes last, by earliest recovery
    backoff     ///< asked to be left alone (503 with Retry-After): is not tried
};

/// "ok", "probation", "down", "backoff".
SIPHA_RESOLVER_EXPORT std::string_view name(standing value);

/// One place as health sees it: candidates that differ only in how DNS led there are the same
/// place; TLS places are told apart by the name that is checked.
struct place_key {
    resolver::transport transport = resolver::transport::udp;  ///< how it is reached
    address ip;                                                ///< where it is
    std::uint16_t port = 0;                                    ///< 1 to 65535
    std::string tls_name;  ///< empty unless the transport is TLS or WSS
    friend auto operator<=>(const place_key&, const place_key&) = default;
};
SIPHA_RESOLVER_EXPORT place_key key_of(const candidate& target);
/// True when both candidates are the same place.
SIPHA_RESOLVER_EXPORT bool is_same_place(const candidate& left, const candidate& right);

/// How long marks last and how many are kept.
struct health_options {
    /// First mark of a place that failed; each failure on probation doubles it up to the cap.
    std::chrono::milliseconds down_base{30'000};
    std::chrono::milliseconds down_cap{300'000};  ///< longest mark
    /// Marks are drawn within this much of their length, so that clients do not come back
    /// together. 0 to 100.
    unsigned jitter_percent = 20;
    /// Longest Retry-After that is believed.
    std::chrono::seconds retry_after_cap{3600};
    /// How long the one request on probation may take; then another one may try. 64*T1.
    std::chrono::milliseconds claim_limit{32'000};
    /// A place whose mark ended is forgotten after this long without a report.
    std::chrono::milliseconds forget_after{600'000};
    /// A place that lost a connection race comes after the other addresses of its host this long.
    std::chrono::milliseconds demerit_time{600'000};
    /// Places remembered; the one whose mark ends first makes room.
    std::size_t max_places = 1024;
};

/// What is known of the places requests were sent to. Pure: time is an argument, jitter comes
/// from the seed. Only places that something speaks against take memory.
///
///     OK --failure--> DOWN --time--> PROBATION --one ok--> OK, --failure--> DOWN, twice as long
///     any --503 with Retry-After--> BACKOFF --time--> PROBATION
class SIPHA_RESOLVER_EXPORT health {
  public:
    /// Knows nothing yet. @param seed of the jitter.
    explicit health(const health_options& options = {}, std::uint64_t seed = 0);

    /// Takes in what happened. Failures while DOWN count once; while BACKOFF lasts neither a
    /// success nor a failure shortens it.
    void report(time_point now, const candidate& target, const outcome& what);
    /// The place lost a connection race (RFC 8305 5): its host's other addresses come first.
    void demerit(time_point now, const candidate& target);

    /// What is thought of the place at this moment.
    standing standing_of(time_point now, const candidate& target) const;
    /// When the place leaves DOWN or BACKOFF; `never` in any other standing.
    time_point until(time_point now, const candidate& target) const;

    /// Takes the place's one chance on probation. @returns true exactly once until `report` or
    /// `release` for that place, or until `claim_limit` has passed; false in other standings.
    bool claim(time_point now, const candidate& target);
    /// Gives the chance back unused.
    void release(const candidate& target);

    /// The order in which to try the candidates now, as indices: those in good standing as they
    /// came, with at most one on probation that can be claimed left where it is; then those that
    /// are marked, by earliest recovery; those in BACKOFF are left out. Nothing is lifted above
    /// what stood before it unless that failed.
    std::vector<std::size_t> order(time_point now, std::span<const candidate> candidates) const;
    /// True while `order` leaves every list as it is.
    bool is_clear() const { return places_.empty(); }
    /// @returns the time until the first of them leaves BACKOFF when all are in BACKOFF; nothing
    /// otherwise, and for an empty list. RFC 3261 20.33 is the header it becomes.
    std::optional<std::chrono::seconds> retry_in(
        time_point now, std::span<const candidate> candidates
    ) const;

    /// Forgets places whose mark ended long ago. Called by `report`, so memory stays bounded
    /// without it.
    void forget_old(time_point now);
    /// The network changed: what was seen from the old one says nothing any more.
    void clear() { places_.clear(); }
    /// Places remembered.
    std::size_t size() const { return places_.size(); }

  private:
    /// A key without a copy of the name.
    struct place_view {
        resolver::transport transport;
        address ip;
        std::uint16_t port;
        std::string_view tls_name;
        friend auto operator<=>(const place_view&, const place_view&) = default;
    };
    struct less {
        using is_transparent = void;
        bool operator()(const place_key& left, const place_key& right) const {
            return left < right;
        }
        bool operator()(const place_key& left, const place_view& right) const {
            return view(left) < right;
        }
        bool operator()(const place_view& left, const place_key& right) const {
            return left < view(right);
        }
    };
    enum class mark : std::uint8_t { none, down, backoff };
    struct entry {
        mark kind = mark::none;
        unsigned failures = 0;  ///< in a row
        time_point until = time_point::min();
        time_point claimed_until = time_point::min();
        time_point demerit_until = time_point::min();
        time_point touched = time_point::min();
    };
    static place_view view(const place_key& key);
    static place_view view(const candidate& target);
    const entry* find(const candidate& target) const;
    entry& remember(time_point now, const candidate& target);
    void fail(time_point now, entry& place);
    bool has_demerit(time_point now, const candidate& target) const;
    void sink_demerits(
        time_point now, std::span<const candidate> candidates, std::vector<std::size_t>& usable
    ) const;
    standing standing_of(time_point now, const entry* place) const;

    health_options options_;
    std::uint64_t seed_;
    std::uint64_t draws_ = 0;
    std::map<place_key, entry, less> places_;
};

}  // namespace sipha::resolver
