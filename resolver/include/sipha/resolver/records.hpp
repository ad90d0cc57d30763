#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sipha/resolver/address.hpp>
#include <sipha/resolver/errors.hpp>
#include <sipha/resolver/export.hpp>

namespace sipha::resolver {

/// The DNS types a lookup asks for; values as in RFC 1035, 2782, 3403 and 3596.
enum class record_type : std::uint16_t { a = 1, aaaa = 28, srv = 33, naptr = 35 };

/// "A", "AAAA", "SRV", "NAPTR".
SIPHA_RESOLVER_EXPORT std::string_view name(record_type type);

/// One DNS question of class IN. Names are lower-case text without the final dot.
struct question {
    std::string name;                   ///< in lower case, without the dot at the end
    record_type type = record_type::a;  ///< what is asked about it
    friend auto operator<=>(const question&, const question&) = default;
};

/// RFC 2782; the target "." (service absent) is the empty name.
struct srv_record {
    std::uint16_t priority = 0;  ///< lower is tried first (RFC 2782)
    std::uint16_t weight = 0;    ///< share among equal priorities
    std::uint16_t port = 0;      ///< of the service
    std::string target;          ///< host that offers it; "." when nobody does
    friend auto operator<=>(const srv_record&, const srv_record&) = default;
};

/// RFC 3403 4.1; the text fields are raw octets, the replacement "." is the empty name.
struct naptr_record {
    std::uint16_t order = 0;       ///< lower is applied first (RFC 3403 4.1)
    std::uint16_t preference = 0;  ///< lower is preferred within an order
    /// It has a regular expression: no rule for SIP, so the text itself is not kept (RFC 3263 4.1).
    bool has_regexp = false;
    std::string flags;        ///< "s", "a", "u" or empty
    std::string services;     ///< like "SIP+D2U" (RFC 3263 4.1)
    std::string replacement;  ///< the name to go on with
    friend auto operator<=>(const naptr_record&, const naptr_record&) = default;
};

enum class answer_status : std::uint8_t {
    found,         ///< records of the asked type
    alias,         ///< only CNAME records came; go on at `alias_of`
    no_data,       ///< the name exists without this type
    no_such_name,  ///< NXDOMAIN
    failed         ///< no answer: see `error`
};

/// Addresses of a host that came unasked with the answer that names it.
struct glue_record {
    question about;                  ///< what these records would answer
    std::vector<address> addresses;  ///< of the host in `about`
    std::uint32_t ttl_s = 0;         ///< least TTL of the set
};

/// What the DNS said about one question.
struct dns_answer {
    answer_status status = answer_status::failed;  ///< whether there are records
    /// Set exactly when the status is `failed`.
    std::error_code error;
    std::vector<address> addresses;   ///< of an A or AAAA question
    std::vector<srv_record> srv;      ///< of an SRV question
    std::vector<naptr_record> naptr;  ///< of a NAPTR question
    /// Name at the end of the CNAME chain; empty without one.
    std::string alias_of;
    /// Seconds this may be kept: minimum over records and CNAME chain, at most one week; for
    /// negative answers as RFC 2308 5 says.
    std::uint32_t ttl_s = 0;
    /// Records left out because a name in them cannot be used, or beyond the limit.
    std::uint32_t rejected_records = 0;
    /// A server that is trusted with it validated this (DNSSEC); see `engine_options::ad`.
    bool is_authentic = false;
    std::vector<glue_record> glue;  ///< from the additional section
};

/// `stale`: past its TTL, used because the DNS fails (RFC 8767).
enum class freshness : std::uint8_t { fresh, stale };

/// Shared by the cache and by the lookups that read it, whichever ends last.
using answer_ptr = std::shared_ptr<const dns_answer>;

}  // namespace sipha::resolver
