#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include <sipha/resolver/dns_transport.hpp>
#include <sipha/resolver/metrics.hpp>
#include <sipha/resolver/options.hpp>
#include <sipha/resolver/records.hpp>

#include "resolver/src/dns_message.hpp"
#include "resolver/src/dns_servers.hpp"

namespace sipha::resolver::detail {

/// Whether the AD bit of a server's answers is believed.
enum class ad_trust : std::uint8_t { no, yes };

/// A DNS server as the client sees it.
struct client_server {
    dns_server place;
    ad_trust trust = ad_trust::no;
    friend bool operator==(const client_server&, const client_server&) = default;
};

struct client_options {
    server_timing timing;
    std::chrono::milliseconds query_budget{5000};
    resolver::ad_use ad = resolver::ad_use::ignore;
    resolver::name_case name_case = resolver::name_case::lower;
};

/// A question and what became of it.
struct answered_question {
    question asked;
    dns_answer answer;
};

/// Asks questions of several DNS servers until one answers. Pure: messages go out and come in as
/// values.
///
/// The fastest good server is asked first, the next one after a failure, after silence, and beside
/// a slow one; never more than two at a time. A server that fails (SERVFAIL, REFUSED) is not asked
/// again for this question but stays in good standing; "no such name" is an answer. Truncated
/// answers are fetched over TCP from the same server, a server without EDNS is asked without it.
/// What answers nothing that was asked is ignored and counted.
class dns_client {
  public:
    /// Attempts of one server that wait or are listened for; more fail at once.
    static constexpr std::size_t max_attempts_per_server = 16'384;

    /// @param draw gives random numbers that nobody can guess (RFC 5452 9.2).
    dns_client(
        std::vector<client_server> servers,
        const client_options& options,
        std::function<std::uint64_t()> draw
    );

    void ask(time_point now, question asked);
    void receive(time_point now, const dns_arrival& arrival);
    /// Runs deadlines.
    void advance(time_point now);
    time_point next_deadline() const;

    /// Asks others from now on; open questions start again. Nothing is known of the new servers.
    void use_servers(time_point now, std::vector<client_server> servers);
    /// Forgets open questions, and answers that were not taken.
    void drop_questions();

    std::vector<dns_packet> take_packets() { return std::exchange(packets_, {}); }
    std::vector<answered_question> take_answers() { return std::exchange(answers_, {}); }
    bool has_answers() const { return !answers_.empty(); }
    std::size_t open() const { return questions_.size(); }
    /// Counters, with the present state of each server.
    dns_metrics metrics() const;

  private:
    enum class attempt_role : std::uint8_t {
        regular,
        probe  ///< the question does not wait for it, but takes its answer
    };
    using question_id = std::uint64_t;
    struct attempt_key {
        std::size_t server = 0;
        std::uint16_t id = 0;
        friend auto operator<=>(const attempt_key&, const attempt_key&) = default;
    };
    struct attempt {
        question_id about = 0;
        dns_protocol over = dns_protocol::udp;
        attempt_role role = attempt_role::regular;
        edns_use edns = edns_use::on;
        bool is_silent = false;  ///< its time is over; it is still listened for
        time_point sent_at{};
        time_point due{};  ///< when it becomes silent, then when it is forgotten
        std::vector<std::uint8_t> query;
    };
    struct open_question {
        question asked;
        time_point deadline{};
        time_point hedge_at = never;
        time_point due = never;  ///< as armed in `timers_`
        std::vector<std::size_t>
            order{};  ///< servers to ask; the front is next, asked ones go back
        std::vector<std::size_t>
            asking{};               ///< servers with a regular attempt under way, at most two
        bool was_answered = false;  ///< by a failure, or in part
        bool was_malformed = false;
        bool was_silent = false;
    };
    /// How a server failed a question.
    enum class failing : std::uint8_t { unreachable, refused, malformed };
    enum class timer_kind : std::uint8_t { attempt, question };
    struct timer {
        time_point due;
        timer_kind kind;
        question_id about;  ///< 0 for attempts
        attempt_key key;    ///< of attempts
        friend auto operator<=>(const timer&, const timer&) = default;
    };
    using attempts = std::map<attempt_key, attempt>;
    using questions = std::map<question_id, open_question>;
    /// What one attempt shall be.
    struct attempt_plan {
        std::size_t server = 0;
        dns_protocol over = dns_protocol::udp;
        attempt_role role = attempt_role::regular;
    };

    void step(time_point now, questions::iterator place);
    bool send(time_point now, questions::iterator place, const attempt_plan& plan);
    void send_again(time_point now, const attempt& old, const attempt_plan& plan);
    void probe_suspects(time_point now, questions::iterator place);
    std::uint16_t draw_id(std::size_t server);
    time_point::duration timeout_of(const attempt_plan& plan) const;
    void read_reply(
        time_point now, const attempt_key& key, const attempt& answered, const dns_arrival& arrival
    );
    void fail(time_point now, questions::iterator place, std::size_t server, failing how);
    void stop_waiting(time_point now, open_question& item, std::size_t server);
    void end_attempt(attempts::iterator place);
    void finish(questions::iterator place, dns_answer answer);
    void give_up(questions::iterator place, errc reason);
    errc reason_of(const open_question& item) const;
    void rearm(questions::iterator place);
    void count(record_type type);

    client_options options_;
    std::function<std::uint64_t()> draw_;
    std::vector<client_server> servers_;
    server_table table_;
    attempts attempts_;
    std::vector<std::size_t> attempt_counts_;  ///< by server
    questions questions_;
    question_id next_question_ = 1;
    std::set<timer> timers_;
    std::vector<dns_packet> packets_;
    std::vector<answered_question> answers_;
    dns_metrics metrics_;
};

}  // namespace sipha::resolver::detail
