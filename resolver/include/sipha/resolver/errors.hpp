#pragma once

#include <system_error>

#include <sipha/resolver/export.hpp>

namespace sipha::resolver {

/// Why a lookup gave no candidate. The message of each value says what to do about it. Numbers are
/// part of the C API: new values come last.
enum class errc {
    bad_uri = 1,            ///< the text is not a SIP or SIPS URI (RFC 3261 19.1)
    bad_name,               ///< the host cannot be a name in the DNS, no query was sent
    transport_conflict,     ///< sips with a transport that cannot carry TLS
    transport_unsupported,  ///< the URI wants a transport the caller did not list
    family_unsupported,     ///< a literal of an address family the caller switched off
    not_found,              ///< the name does not exist
    no_candidates,          ///< NAPTR rules apply but lead nowhere, and the scope is strict
    no_addresses,           ///< targets exist, none has an address of a usable family
    service_not_available,  ///< the domain says with target "." that it has no such service
    alias_loop,             ///< CNAME records go round, or are too many
    dns_temporary,          ///< DNS servers failed: nothing is known about the name
    dns_timeout,            ///< no DNS server answered within the budget
    dns_unreachable,        ///< no DNS server could be sent to
    dns_malformed,          ///< a DNS server answered something that is no answer to the question
    too_many_lookups,       ///< the engine's limit of concurrent lookups is reached
    cancelled,              ///< cancel() was called for this lookup
    aborted,                ///< the engine was destroyed before the lookup finished
    all_backoff,            ///< every candidate asked with Retry-After to be left alone for a while
    tls_identity,           ///< a certificate was not for the name; nothing less secure is tried
    exhausted               ///< every candidate was handed out
};

/// Category "sipha.resolver"; one sentence per value.
SIPHA_RESOLVER_EXPORT const std::error_category& resolver_category() noexcept;
SIPHA_RESOLVER_EXPORT std::error_code make_error_code(errc value) noexcept;
/// True when trying again later can help because the DNS, not the name, failed.
SIPHA_RESOLVER_EXPORT bool is_dns_failure(const std::error_code& error) noexcept;

}  // namespace sipha::resolver

template <>
struct std::is_error_code_enum<sipha::resolver::errc> : std::true_type {};
