#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sipha/geo/ip.hpp>

#include "proxy/sip/endpoint.hpp"
#include "proxy/sip/uri.hpp"

namespace sipha::route {

/// How much a request's source has shown about itself.
enum class source_class : std::uint8_t {
    stranger,
    registered,  ///< a live binding was registered from this address
    trusted,     ///< in policy_options::trusted
};

/// Routing rules a configuration may have, and prefixes of one rule.
inline constexpr std::size_t max_routing_rules = 1000;
inline constexpr std::size_t max_rule_prefixes = 10'000;
/// Characters of one prefix, and of what is put in front of a number.
inline constexpr std::size_t max_prefix_length = 32;

/// Whose requests a rule is for. Strangers are meant only where a rule says so.
struct rule_source {
    enum class kind : std::uint8_t {
        known,  ///< registered phones and trusted networks
        registered,
        trusted,
        anyone,
        network,  ///< requests from `network`, whoever sent them
    };
    kind what = kind::known;
    geo::ip_prefix network;
};

/// What a rule does with a request.
struct rule_action {
    enum class kind : std::uint8_t {
        local,  ///< the contacts of a user of ours; does not apply when there is no such user
        group,
        reject,
    };
    kind what = kind::reject;
    std::size_t group = 0;  ///< index of the upstream group
    int status = 403;       ///< 400 to 699
    std::size_t strip = 0;  ///< characters taken off the front of the user part
    std::string prepend;    ///< then put in front of it
};

struct prefix_rule {
    std::string prefix;  ///< of the user part as written in the URI
    rule_action action;
};

/// One rule: conditions, and either an action or a table of prefixes.
struct routing_rule {
    rule_source from;
    std::string domain;  ///< host of the Request-URI, any case; empty: any
    std::string method;  ///< exactly; empty: any
    /// The longest one that fits decides. With none the rule does not apply, unless it has
    /// `otherwise`.
    std::vector<prefix_rule> prefixes;
    std::optional<rule_action> otherwise;
};

/// The operator's routing rules, compiled: the first rule that applies decides. Matching allocates
/// nothing.
class routing_table {
  public:
    routing_table() = default;
    explicit routing_table(std::vector<routing_rule> rules);

    struct query {
        source_class source = source_class::stranger;
        const geo::ip_address* address = nullptr;  ///< nullptr: matches no network
        std::string_view method;
        const sip::uri& target;
    };
    bool empty() const { return rules_.empty(); }
    /// @param accept called with each action that applies, in order, until it returns true.
    /// @returns whether one was accepted.
    template <class Accept>
    bool find(const query& what, Accept&& accept) const {
        for (const auto& rule : rules_) {
            const auto* action = match(rule, what);
            if (action != nullptr && accept(*action)) {
                return true;
            }
        }
        return false;
    }

  private:
    static const rule_action* match(const routing_rule& rule, const query& what);

    std::vector<routing_rule> rules_;
};

/// The URI with its user part changed as the action says; the rest stays as it is.
std::string rewritten_uri(const sip::uri& target, const rule_action& action);

}  // namespace sipha::route
