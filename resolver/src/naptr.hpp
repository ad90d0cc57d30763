#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <sipha/resolver/records.hpp>
#include <sipha/resolver/target.hpp>

#include "resolver/src/uri.hpp"

namespace sipha::resolver::detail {

/// What the replacement of a rule is (RFC 3403 4.1, flags).
enum class naptr_kind : std::uint8_t {
    srv,        ///< "s": owner of SRV records
    addresses,  ///< "a": owner of A and AAAA records
    more_rules  ///< "": owner of further NAPTR records
};

/// A NAPTR record that this client can follow.
struct naptr_rule {
    std::uint16_t order = 0;
    std::uint16_t preference = 0;
    naptr_kind kind = naptr_kind::srv;
    std::optional<resolver::transport> transport;  ///< absent only for `more_rules`
    std::string replacement;
};

struct naptr_rules {
    std::vector<naptr_rule> usable;    ///< in the order in which to try them
    std::vector<std::string> skipped;  ///< one sentence each, for explanations
    bool is_truncated = false;         ///< more than `max_naptr_records`
};

/// Where rules that lead to UDP stand.
enum class udp_use : std::uint8_t {
    as_published,
    last,          ///< after all others: the request is too big for UDP (RFC 3261 18.1.1)
    last_of_order  ///< the same, but an order is never left for it
};
/// Whether sentences about skipped records are made.
enum class skip_reasons : std::uint8_t { drop, keep };

/// What a client can use, and how its rules are ordered.
struct rule_filter {
    uri_scheme scheme = uri_scheme::sip;
    std::span<const transport> supported;  ///< in the order of local preference
    udp_use udp = udp_use::as_published;
    skip_reasons reasons = skip_reasons::keep;
};

/// Picks the records that RFC 3263 4.1 lets this client use: known service, supported transport,
/// only SIPS for a sips URI, no regular expression. Ordered by order, preference, position of the
/// transport in `supported`, replacement.
naptr_rules select_rules(std::span<const naptr_record> records, const rule_filter& filter);

}  // namespace sipha::resolver::detail
