#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <sipha/resolver/explain.hpp>
#include <sipha/resolver/options.hpp>
#include <sipha/resolver/records.hpp>
#include <sipha/resolver/resolution.hpp>

#include "resolver/src/names.hpp"
#include "resolver/src/naptr.hpp"
#include "resolver/src/uri.hpp"

/// RFC 3263 section 4 as one function of what the DNS has said so far.
namespace sipha::resolver::detail {

struct known_answer {
    answer_ptr answer;
    time_point expires = never;
    /// Past its TTL, used because the DNS fails (RFC 8767).
    bool is_stale = false;
};
using answers = std::map<question, known_answer>;

/// What the rules make of the known answers. While `missing` is not empty, `found` may still grow.
struct plan {
    lookup_result found;
    std::vector<question> missing;   ///< the rules cannot end without these
    std::vector<question> prefetch;  ///< likely needed next; nothing waits for them
    std::error_code error;           ///< set when nothing is missing and nothing was found
};

/// Applies the rules from the beginning. Running it again with one answer more is how a lookup
/// goes on: there is no other state, so no order of arrival can lead to another result.
plan make_plan(const sip_uri& uri, const lookup_options& options, const answers& known);

/// The work of `make_plan`: one object for each run.
class planner {
  public:
    planner(const sip_uri& uri, const lookup_options& options, const answers& known);
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
        bool is_stale = false;
        bool is_aliased = false;
    };
    /// Where a rule stands that leads to hosts.
    struct place {
        resolver::transport transport = resolver::transport::udp;
        ranks rank;
        time_point expires = never;
        bool is_stale = false;
        unsigned depth = 0;
    };

    void literal(const address& ip);
    void special(special_name kind);
    void by_port();
    void by_transport(transport wanted);
    void by_domain();
    outcome follow_naptr(const std::string& owner, place from, std::size_t depth);
    outcome follow_rules(const naptr_rules& rules, const ending& at, place from, std::size_t depth);
    outcome follow_srv(const std::string& owner, place from);
    outcome follow_srv_of_domain();
    void follow_hosts(const std::string& host, std::uint16_t port, place from);
    void follow_addresses_of_domain(const std::vector<transport>& choices, place from);
    ending find(const std::string& name, record_type type, unsigned depth);

    std::optional<transport> wanted_transport();
    std::vector<transport> default_transports() const;
    bool is_supported(transport value) const;
    bool is_too_big_for_udp() const;
    bool is_allowed(address_family family) const;
    void add(const address& ip, std::uint16_t port, const place& at, std::string_view host);
    void want(const question& asked);
    void fail(errc reason);
    void warn(warning_kind kind, std::string_view subject);
    void explain(unsigned depth, step_kind kind, std::string text);
    bool is_explaining() const { return options_.explain == explain_level::full; }
    void note_answer(unsigned depth, const question& asked, const known_answer& known);
    void conclude();

    const sip_uri& uri_;
    const lookup_options& options_;
    const answers& known_;
    std::string tls_name_;
    std::string domain_;  ///< TARGET of RFC 3263 4
    plan out_;
    std::set<question> wanted_;
    std::set<std::string> looped_;
    std::vector<transport> absent_;  ///< declared absent with "."
    std::error_code fixed_error_;    ///< a rule that ends the lookup whatever else is known
    std::error_code first_failure_;  ///< how the DNS failed, if it did
    bool has_failed_ = false;        ///< some question that counts has no answer
    bool has_srv_ = false;           ///< SRV records existed, so A of the domain is barred
    bool has_rule_ = false;          ///< a NAPTR rule applied
    bool has_host_ = false;          ///< some host exists, be it without addresses
};

}  // namespace sipha::resolver::detail
