#pragma once

#include <chrono>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <sipha/resolver/explain.hpp>
#include <sipha/resolver/options.hpp>
#include <sipha/resolver/records.hpp>

#include "resolver/src/asked_questions.hpp"
#include "resolver/src/known_answer.hpp"
#include "resolver/src/names.hpp"
#include "resolver/src/naptr.hpp"
#include "resolver/src/route_table.hpp"
#include "resolver/src/uri.hpp"

/// RFC 3263 section 4 as one function of what the DNS has said so far.
namespace sipha::resolver::detail {

/// How many places a plan should lead to: groups beyond them are left for later.
using demand = std::size_t;
inline constexpr demand demand_all = std::numeric_limits<demand>::max();

/// Places in a table, counted with repetition, after which no further group is looked at: many
/// more than the candidates there may be, so that repetition does not hide them.
inline constexpr std::size_t max_places = 4 * max_candidates;

/// The end of an answer's life in which its use asks for the next one, at least; see
/// `question_book::prefetch_min`.
inline constexpr std::chrono::seconds renewal_window{2};

/// What the rules make of the known answers.
struct plan {
    route_table table;
    std::vector<warning> warnings;
    explanation steps;            ///< queries, answers and rules; draws come with the table
    std::vector<question> fresh;  ///< to be asked now: nobody asked them yet
    std::error_code error;        ///< set when nothing is waited for and nothing was found
    time_point deadline = never;  ///< when time alone changes the plan
    /// Until when the table may be used again without looking at the answers: when the first of
    /// them reaches the half, the last tenth or the end of its life, whichever is next. The cache
    /// counts uses of an answer there, to renew it before it ends.
    time_point fresh_until = never;
    std::size_t reached = 0;   ///< places found or expected soon, as `wanted` counts them
    std::size_t expected = 0;  ///< of these, not found yet
    bool is_waiting = false;   ///< the rules cannot end without answers still to come
    bool has_more = false;     ///< the demand was met before the rules ended
};

/// Everything a plan is made of.
struct plan_input {
    const sip_uri& uri;
    const lookup_options& options;
    const asked_questions& known;
    demand wanted = demand_all;
    time_point now{};
};

/// Applies the rules from the beginning. Running it again with one answer more is how a lookup
/// goes on: there is no other state, so no order of arrival can lead to another result.
plan make_plan(const plan_input& input);

/// The work of `make_plan`: one object for each run.
class planner {
  public:
    explicit planner(const plan_input& input);
    plan run();

  private:
    /// How one step of the rules ended.
    enum class outcome : std::uint8_t {
        waiting,  ///< an answer is missing
        found,    ///< records exist (their targets may still be useless)
        none,     ///< the DNS says there are none
        absent,   ///< target "."
        failed    ///< the DNS failed
    };
    /// The end of a CNAME chain.
    struct ending {
        outcome result = outcome::waiting;
        const dns_answer* answer = nullptr;
        time_point expires = never;
        time_point answered_at{};  ///< the last link
        time_point asked_at{};     ///< of the question that is open
        bool is_aliased = false;
        bool is_stale = false;
        bool is_unproven = false;
    };
    /// What is open about a host in the table.
    struct host_state {
        time_point asked_at = never;       ///< the first open question
        time_point half_known_at = never;  ///< when the other family's answer came
        bool is_waiting = false;
    };
    /// Records of one owner that belong to one priority.
    using srv_group = std::span<const srv_record* const>;
    enum class group_order : std::uint8_t { to_be_drawn, drawn };

    void literal(const address& ip);
    void special(special_name kind);
    void by_port();
    void by_transport(transport wanted);
    void by_domain();
    outcome follow_naptr(std::string_view owner, route_leg from, std::size_t depth);
    outcome follow_rules(
        const naptr_rules& rules, const ending& at, const route_leg& from, std::size_t depth
    );
    bool follow_rule(const naptr_rule& rule, route_leg next, std::size_t depth);
    outcome follow_srv(std::string_view owner, route_leg leg);
    outcome follow_srv_of_domain();
    void add_group(route_leg& leg, srv_group records, group_order order);
    void add_cut_group(route_leg& leg, srv_group records, std::size_t room);
    void follow_host(std::string_view name, std::uint16_t port, const route_leg& leg);
    void add_direct(route_leg leg, std::uint32_t host, std::uint16_t port);
    void follow_addresses_of_domain(const std::vector<transport>& choices);
    void speculate(std::string_view owner);
    void add_target(
        transport through, std::uint32_t host, std::uint16_t port, std::uint16_t weight
    );
    std::uint32_t find_host(std::string_view name, unsigned depth);
    void fill_host(std::uint32_t index, unsigned depth);
    ending find(std::string_view name, record_type type, unsigned depth);
    void note_end(const known_answer& known);
    void end_chain(ending& at, std::string_view name, const dns_answer& answer);

    std::optional<transport> wanted_transport();
    std::vector<transport> default_transports() const;
    bool is_supported(transport value) const;
    bool is_too_big_for_udp() const;
    udp_use udp_place() const;
    bool is_allowed(address_family family) const;
    bool is_met() const { return out_.reached >= in_.wanted; }
    bool is_full() const { return out_.table.places >= max_places; }
    bool is_lazy() const { return in_.wanted != demand_all; }
    bool want(std::string_view name, record_type type);
    void note_failure(std::error_code error);
    void note_loop(std::string_view name);
    void fail(errc reason);
    void warn(warning_kind kind, std::string_view subject);
    bool is_explaining() const { return in_.options.explain == explain_level::full; }
    void explain_rule(unsigned depth, std::string_view text);
    void explain_query(unsigned depth, std::string_view name, record_type type);
    void explain_answer(unsigned depth, const asked_question& item);
    void conclude();

    plan_input in_;
    std::string domain_;  ///< TARGET of RFC 3263 4
    plan out_;
    std::vector<host_state> host_states_;  ///< beside the hosts of the table
    std::vector<std::string> looped_;
    std::vector<transport> absent_;  ///< declared absent with "."
    std::error_code fixed_error_;    ///< a rule that ends the lookup whatever else is known
    std::error_code first_failure_;  ///< how the DNS failed, if it did
    bool has_failed_ = false;        ///< some question that counts has no answer
    bool has_srv_ = false;           ///< SRV records existed, so A of the domain is barred
    bool has_rule_ = false;          ///< a NAPTR rule applied
    bool has_host_ = false;          ///< some host exists, be it without addresses
};

}  // namespace sipha::resolver::detail
