#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include <sipha/resolver/export.hpp>
#include <sipha/resolver/health.hpp>
#include <sipha/resolver/target.hpp>

namespace sipha::resolver {

/// Timing of a race for a connection (RFC 8305).
struct connect_race_options {
    /// Time after which the next place of the same priority is tried as well; kept within
    /// `min_attempt_delay` and `max_attempt_delay`.
    std::chrono::milliseconds attempt_delay{250};
    /// Time one connection, TLS handshake included, may take.
    std::chrono::milliseconds connect_timeout{3000};
};
/// RFC 8305 5 and 8.
inline constexpr std::chrono::milliseconds min_attempt_delay{100};
inline constexpr std::chrono::milliseconds max_attempt_delay{2000};

/// Open a connection to candidate `index`; tell `on_connected` or `on_failed`.
struct start_connect {
    std::size_t index = 0;  ///< into `connect_race::candidates`
};
/// Give up the connection attempt to candidate `index`.
struct stop_connect {
    std::size_t index = 0;  ///< into `connect_race::candidates`
};
/// Report this about candidate `index` to health.
struct mark_connect {
    std::size_t index = 0;  ///< into `connect_race::candidates`
    outcome what;           ///< what to report to `health`
};
/// Candidate `index` was slower than another address of its host: `health::demerit`.
struct demerit_connect {
    std::size_t index = 0;  ///< into `connect_race::candidates`
};
/// Use candidate `index`: connected, or UDP, which needs no connection. The race is over.
struct connect_won {
    std::size_t index = 0;  ///< into `connect_race::candidates`
};
/// No candidate is left; `what` is how the last one failed, `tls_identity` when any did so. The
/// race is over.
struct connect_lost {
    outcome_kind what = outcome_kind::refused;  ///< failure of the last one
};
using connect_effect = std::
    variant<start_connect, stop_connect, mark_connect, demerit_connect, connect_won, connect_lost>;

/// Finds the first candidate that takes a connection (RFC 8305 5). Connections race only among
/// neighbours with the same transport, NAPTR rule and SRV priority (RFC 7984 3.1): the next
/// priority waits until each place of this one has failed or timed out. UDP is never raced
/// (RFC 7984 3.2): it is taken when its turn comes. Pure: the caller connects.
class SIPHA_RESOLVER_EXPORT connect_race {
  public:
    /// @param candidates in the order of `health::order`.
    explicit connect_race(
        std::vector<candidate> candidates, const connect_race_options& options = {}
    );

    /// Begins with the first candidate. To be called once.
    void start(time_point now);
    /// The connection to candidate `index` stands and, for TLS, the certificate is right.
    void on_connected(std::size_t index);
    /// The connection that was started as `index` failed.
    void on_failed(time_point now, std::size_t index, outcome_kind what);
    /// Runs what is due.
    void advance(time_point now);

    /// Moves out what is to be done, in order.
    std::vector<connect_effect> take_effects() { return std::exchange(effects_, {}); }
    /// When `advance` must run although nothing happened; `never` once it is over.
    time_point next_deadline() const;
    /// True after `connect_won` or `connect_lost`.
    bool is_over() const { return is_over_; }
    /// What the indices of the effects count in.
    const std::vector<candidate>& candidates() const { return candidates_; }

  private:
    struct attempt {
        std::size_t index = 0;
        time_point started;
    };
    bool can_race(std::size_t index) const;
    bool is_allowed(std::size_t index) const;
    void open_due(time_point now);
    void win(std::size_t index);
    void drop(time_point now, std::size_t index, outcome_kind what);

    std::vector<candidate> candidates_;
    connect_race_options options_;
    std::vector<attempt> open_;
    std::size_t next_ = 0;
    time_point next_at_ = never;  ///< when the next one joins those that are open
    outcome_kind last_failure_ = outcome_kind::refused;
    bool is_secure_only_ = false;
    bool is_over_ = false;
    std::vector<connect_effect> effects_;
};

}  // namespace sipha::resolver
