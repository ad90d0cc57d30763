#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include <sipha/resolver/export.hpp>
#include <sipha/resolver/health.hpp>
#include <sipha/resolver/target.hpp>

namespace sipha::resolver {

/// What kind of request a transaction carries, as far as failover differs.
enum class request_kind : std::uint8_t {
    invite,  ///< may ring for minutes; needs ACK and CANCEL
    prompt,  ///< REGISTER and OPTIONS: answered at once by every server
    other    ///< any other request outside a dialog
};

/// Whether silence ends an attempt before RFC 3261's timers B and F do.
enum class early_failover : std::uint8_t {
    probe,  ///< after 3*T1 an OPTIONS asks whether the place lives at all
    off     ///< as RFC 3263 4.3 says: 64*T1
};

/// Timing and policy of one client transaction.
struct failover_options {
    request_kind kind = request_kind::other;  ///< of the request
    /// Whether silence is looked into before timer B or F.
    early_failover early = early_failover::probe;
    /// Timers B and F (RFC 3261 17.1): 64*T1.
    std::chrono::milliseconds transaction_timeout{32'000};
    /// Silence after which the place is probed: 3*T1.
    std::chrono::milliseconds probe_after{1500};
    /// Silence of the probe after which the place counts as dead.
    std::chrono::milliseconds probe_limit{2000};
    /// `prompt` requests are not probed: this silence ends the attempt.
    std::chrono::milliseconds prompt_limit{3500};
    /// Final responses after which the next candidate is tried, besides 503.
    std::vector<std::uint16_t> failover_codes;
    /// Candidates tried at most.
    std::size_t max_attempts = 32;
};

/// How a transaction ended.
enum class failover_result : std::uint8_t {
    answered,      ///< a final response that ends the search: pass it on
    timed_out,     ///< the last candidate stayed silent (RFC 3261 8.1.3.1: treat as 408)
    unreachable,   ///< the last candidate could not be sent to (treat as 503)
    tls_identity,  ///< a certificate was wrong and nothing secure is left
    flow_lost,     ///< the connection went after a response had come: nothing is sent again
    all_backoff,   ///< every candidate asked to be left alone: nothing was sent
    cancelled      ///< cancelled before any final response came
};

/// One candidate tried: each has a branch of its own (RFC 3261 8.1.1.7).
struct failover_attempt {
    unsigned number = 0;  ///< from 1
    candidate target;     ///< where the request went
};

/// Send the request to this candidate with a new branch.
struct send_request {
    failover_attempt attempt;  ///< whose branch it concerns
};
/// Send the ACK for a final response other than 2xx: same candidate, same branch as the INVITE
/// (RFC 3261 17.1.1.3).
struct send_ack {
    failover_attempt attempt;  ///< whose branch it concerns
};
/// Send CANCEL for this attempt: same candidate, same branch (RFC 3261 9.1).
struct send_cancel {
    failover_attempt attempt;  ///< whose branch it concerns
};
/// Ask the candidate with OPTIONS whether it lives; tell `on_probe`.
struct send_probe {
    failover_attempt attempt;  ///< whose branch it concerns
};
/// An attempt given up was answered 2xx after all: ACK it, then BYE (RFC 3261 13.2.2.4, 15).
struct end_late_call {
    failover_attempt attempt;  ///< whose branch it concerns
};
/// Report this to the candidate's health.
struct mark_place {
    candidate target;  ///< the place
    outcome what;      ///< what to report to `health`
};
/// Hand in the next candidate by `offer`, or say `no_more`.
struct want_candidate {};
/// The transaction is over for the user; late responses of older attempts are still handled.
struct transaction_done {
    failover_result result = failover_result::answered;  ///< how it ended
    failover_attempt attempt;                      ///< the last one; number 0 when nothing was sent
    std::uint16_t status = 0;                      ///< last final response, 0 without one
    std::optional<std::chrono::seconds> retry_in;  ///< for `all_backoff`
};
using failover_effect = std::variant<
    send_request,
    send_ack,
    send_cancel,
    send_probe,
    end_late_call,
    mark_place,
    want_candidate,
    transaction_done>;

/// One client transaction over the candidates of a route (RFC 3263 4.3): who is tried when, what
/// is acknowledged or cancelled. Pure: the caller sends, and hands in candidates in the order of
/// `health::order` as they are wanted. Retransmission belongs to the caller's transaction layer.
///
///     failover transaction(options);
///     transaction.start(now);
///     loop: for (effect : transaction.take_effects()) ...; sleep until next_deadline(); advance
class SIPHA_RESOLVER_EXPORT failover {
  public:
    /// A transaction that has not begun.
    explicit failover(failover_options options = {});

    /// Takes the first candidate. To be called once.
    void start(time_point now);
    /// The next candidate to try.
    void offer(time_point now, const candidate& target);
    /// There is none any more. @param retry_in when all of them are in BACKOFF.
    void no_more(time_point now, std::optional<std::chrono::seconds> retry_in = std::nullopt);

    /// A response arrived on the branch of this attempt. @param status 100 to 699; others are
    /// ignored. @param retry_after of a 503.
    void on_response(
        time_point now,
        unsigned attempt,
        std::uint16_t status,
        std::optional<std::chrono::seconds> retry_after = std::nullopt
    );
    /// The transport of this attempt failed: refused, reset, tls_identity, tls_error, timeout.
    void on_failure(time_point now, unsigned attempt, outcome_kind what);
    /// What the probe asked for by `send_probe` found: `ok` or a failure.
    void on_probe(time_point now, unsigned attempt, outcome_kind what);
    /// The user gives up: nothing new is tried, and CANCEL goes to the candidate of the current
    /// branch, at once or when its first provisional response allows it (RFC 3261 9.1).
    void cancel(time_point now);
    /// Runs what is due.
    void advance(time_point now);

    /// Moves out what to do, in order.
    std::vector<failover_effect> take_effects() { return std::exchange(effects_, {}); }
    /// When `advance` must run although nothing came; `never` once it is over.
    time_point next_deadline() const;
    /// `transaction_done` was given.
    bool is_done() const { return phase_ == phase::done; }
    /// Nothing can happen any more; the object can go.
    bool is_over() const { return is_done() && old_.empty(); }
    /// The attempt under way, or the last one.
    const failover_attempt& current() const { return current_.id; }

  private:
    enum class phase : std::uint8_t { idle, searching, calling, proceeding, done };
    struct attempt_state {
        failover_attempt id;
        time_point started;
        time_point probe_at = never;     ///< when to ask, or to give up a `prompt` request
        time_point probe_until = never;  ///< when the probe counts as unanswered
        bool is_silent = false;          ///< would be given up if there were another candidate
        bool is_ok = false;              ///< health was told that it answers
    };
    /// An attempt given up whose place may still answer.
    struct old_attempt {
        failover_attempt id;
        time_point until;
        bool is_cancelled = false;
    };

    void want();
    void send_next(time_point now);
    void fail(time_point now, const outcome& what, failover_result result);
    void leave(time_point now);
    void silent(time_point now);
    void timed_out(time_point now);
    void final_response(
        time_point now, std::uint16_t status, std::optional<std::chrono::seconds> retry_after
    );
    void late_response(old_attempt& old, std::uint16_t status);
    void finish(failover_result result, std::uint16_t status = 0);
    bool is_failover_code(std::uint16_t status) const;

    failover_options options_;
    phase phase_ = phase::idle;
    attempt_state current_;
    std::deque<candidate> offered_;
    std::vector<old_attempt> old_;
    bool has_wanted_ = false;
    bool is_exhausted_ = false;
    bool is_secure_only_ = false;  ///< a certificate was wrong
    bool is_cancelled_ = false;
    failover_result last_result_ = failover_result::unreachable;
    std::uint16_t last_status_ = 0;
    std::optional<std::chrono::seconds> retry_in_;
    std::vector<failover_effect> effects_;
};

/// Moves the place used before to the front when it is still listed: the ACK of a 2xx and later
/// requests of an account stay with it (RFC 3261 13.2.2.4 lets the ACK be located anew).
SIPHA_RESOLVER_EXPORT void prefer(std::vector<candidate>& candidates, const candidate& used);

}  // namespace sipha::resolver
