#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sipha/resolver/export.hpp>
#include <sipha/resolver/records.hpp>

namespace sipha::resolver {

enum class step_kind : std::uint8_t {
    query,      ///< `name` and `type` were asked
    answer,     ///< to the query before: `values`, `ttl_s`
    rule,       ///< a rule of RFC 3263 applied
    draw,       ///< one pick of RFC 2782: `name` is the target
    candidate,  ///< `name` is the place: "udp:192.0.2.1:5060"
    health,     ///< the place in `name` was moved or left out because of what happened to it
    attempt     ///< the application reported what happened at the place in `name`
};

/// The numbers of one pick of the weighted draw (RFC 2782).
struct draw_values {
    std::uint16_t priority = 0;  ///< of the record drawn
    std::uint16_t weight = 0;    ///< of the record drawn
    std::uint16_t port = 0;      ///< of the record drawn
    std::uint64_t drawn = 0;     ///< number drawn
    std::uint64_t total = 0;     ///< sum of the scaled weights that took part
};

/// One line of the story of a lookup: a sentence for people, fields for programs. Fields that the
/// kind does not name are empty.
struct explain_step {
    unsigned depth = 0;                  ///< nesting: 0 is the URI itself
    step_kind kind = step_kind::rule;    ///< what sort of line it is
    std::string text;                    ///< one line, for people
    std::string name;                    ///< of the thing the step is about
    std::optional<record_type> type;     ///< of the question
    std::optional<std::uint32_t> ttl_s;  ///< of the answer
    std::vector<std::string> values;     ///< records as text: "10 60 5060 h1.example.com"
    std::optional<draw_values> draw;     ///< of a draw
};

/// Every query, answer with its TTL, rule applied and number drawn, in the order in which the
/// rules of RFC 3263 4 use them; then the candidates, what health did to their order, and what the
/// application reported while the lookup was open.
using explanation = std::vector<explain_step>;

/// "query", "answer", "rule", "draw", "candidate", "health", "attempt".
SIPHA_RESOLVER_EXPORT std::string_view name(step_kind kind);
/// The explanation as an indented tree, one step a line.
SIPHA_RESOLVER_EXPORT std::string to_text(const explanation& steps);

enum class warning_kind : std::uint8_t {
    naptr_unavailable,  ///< NAPTR failed; SRV of the domain was used instead (RFC 3263 4.1)
    naptr_loop,         ///< non-terminal NAPTR beyond the limit
    srv_dot_ignored,    ///< target "." beside real targets (RFC 2782 allows it only alone)
    srv_port_zero,      ///< SRV record with port 0 skipped
    target_is_alias,    ///< SRV target is a CNAME (RFC 2782 forbids it)
    target_alias_loop,  ///< this host's CNAME records go round
    target_failed,      ///< this host's addresses could not be asked
    records_rejected,   ///< records with unusable names or beyond the limit left out
    truncated,          ///< a limit of the lookup cut the list
    incomplete          ///< grace or budget ended while questions were open
};

/// "naptr-unavailable", "srv-port-zero", ...: stable words for scripts.
SIPHA_RESOLVER_EXPORT std::string_view name(warning_kind kind);

/// Something a domain's operator should repair; the lookup worked around it.
struct warning {
    warning_kind kind = warning_kind::incomplete;  ///< what is wrong
    std::string subject;                           ///< the DNS name concerned
    friend bool operator==(const warning&, const warning&) = default;
};

}  // namespace sipha::resolver
