#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <sipha/resolver/dns_transport.hpp>

#include "tests/resolver/support/zone.hpp"

namespace sipha::resolver::test {

/// How a DNS server treats the questions that its zone answers.
enum class manner : std::uint8_t {
    honest,
    silent,
    failing,            ///< SERVFAIL
    refusing,           ///< REFUSED
    truncating,         ///< over UDP nothing but TC; the answer over TCP
    wrong_id,           ///< a forged reply with another id before the true one
    wrong_question,     ///< a forged reply to another question before the true one
    validating,         ///< AD set in each reply (RFC 4035 3.2.3)
    empty_first,        ///< a datagram without any octet before the true reply
    without_edns,       ///< FORMERR to any query with an OPT record
    without_edns_bare,  ///< the same, with a header and nothing else
    bad_version,        ///< BADVERS to any query with an OPT record
    garbled             ///< the right header and question, then octets that are no record
};

/// The question of a query, its name in lower case.
question question_of(std::span<const std::uint8_t> query);

/// What a server sends back to one query, in that order. Empty when it stays silent.
std::vector<std::vector<std::uint8_t>> replies_to(
    std::span<const std::uint8_t> query, const zone& content, manner how, dns_protocol over
);

}  // namespace sipha::resolver::test
