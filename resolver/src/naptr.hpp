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

/// Picks the records that RFC 3263 4.1 lets this client use: known service, supported transport,
/// only SIPS for a sips URI, no regular expression. Ordered by order, preference, position of the
/// transport in `supported`, replacement.
naptr_rules select_rules(
    std::span<const naptr_record> records, uri_scheme scheme, std::span<const transport> supported
);

}  // namespace sipha::resolver::detail
