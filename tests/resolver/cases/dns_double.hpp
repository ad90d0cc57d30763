#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tests/resolver/cases/case_file.hpp"
#include "tests/resolver/support/manner.hpp"
#include "tests/resolver/support/network.hpp"

namespace sipha::resolver::test::cases {

/// How one DNS server of a case treats questions; the keys of `servers`.
struct dns_manner {
    manner how = manner::honest;
    std::chrono::milliseconds delay{0};  ///< until the true answer; what is forged comes at once
    tcp_use tcp = tcp_use::open;
    bool forges_source = false;   ///< a false answer comes from a server that was not asked
    bool is_compressing = false;  ///< SRV targets end in a pointer to the question's name
    std::string fails;            ///< a name that gets `rcode` instead of an answer
    unsigned rcode = 0;
    std::string adds;  ///< a record put into the additional section of every answer
};
/// @throws std::invalid_argument naming what makes no sense.
dns_manner parse_manner(const fields& keys);

/// "honest", "failing" or "silent": how all servers are from now on, whatever their manner.
manner parse_mood(const std::string& word);

/// What a server with this manner and this content sends back, the true answer last; nothing for
/// silence.
std::vector<std::vector<std::uint8_t>> answers_to(
    std::span<const std::uint8_t> query,
    dns_protocol over,
    const dns_manner& manner,
    const zone& content
);

}  // namespace sipha::resolver::test::cases
