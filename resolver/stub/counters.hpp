#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace sipha::resolver::stub {

/// What the stub did, and what it dropped, refused or closed, by reason.
struct counters {
    std::uint64_t queries_udp = 0;
    std::uint64_t queries_tcp = 0;
    std::uint64_t answered = 0;          ///< from the served domains
    std::uint64_t forwarded = 0;         ///< asked of an upstream server
    std::uint64_t forward_answered = 0;  ///< its reply went back
    std::uint64_t forward_retries = 0;   ///< another attempt after silence or an error
    std::uint64_t held = 0;              ///< waited for the domain to be located
    std::uint64_t orders_changed = 0;    ///< a served list became another
    // Questions answered without records
    std::uint64_t faulty = 0;                  ///< FORMERR, NOTIMP, BADVERS, class other than IN
    std::uint64_t refused_no_forward = 0;      ///< REFUSED: outside, and forwarding is off
    std::uint64_t failed_unlocated = 0;        ///< SERVFAIL: the domain was never located
    std::uint64_t failed_held_full = 0;        ///< SERVFAIL: too many wait already
    std::uint64_t failed_forward_full = 0;     ///< SERVFAIL: too many forwards are open
    std::uint64_t failed_forward_timeout = 0;  ///< SERVFAIL: no upstream server answered
    std::uint64_t failed_to_build = 0;         ///< SERVFAIL: a record did not fit the wire
    std::uint64_t truncated = 0;               ///< replies cut with TC
    // Ignored or closed
    std::uint64_t ignored_not_query = 0;       ///< too short, or a response
    std::uint64_t ignored_bad_source = 0;      ///< source port 0
    std::uint64_t ignored_upstream_reply = 0;  ///< wrong id, question or form
    std::uint64_t udp_send_failed = 0;
    std::uint64_t tcp_accepted = 0;
    std::uint64_t tcp_refused_full = 0;  ///< more clients than the limit
    std::uint64_t tcp_closed_idle = 0;
    std::uint64_t tcp_closed_broken = 0;    ///< reset, or a message too long or too short
    std::uint64_t tcp_closed_slow = 0;      ///< did not take its answers
    std::uint64_t tcp_reply_unclaimed = 0;  ///< the client had gone
};

struct counter_field {
    std::string_view name;
    std::uint64_t counters::*value;
};
/// Every member of `counters`, in the order of declaration.
std::span<const counter_field> counter_fields();

}  // namespace sipha::resolver::stub
