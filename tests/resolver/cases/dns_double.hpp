#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tests/resolver/cases/case_file.hpp"
#include "tests/resolver/cases/zone_text.hpp"
#include "tests/resolver/support/zone.hpp"

namespace sipha::resolver::test::cases {

enum class dns_channel : std::uint8_t { udp, tcp };

/// How all DNS servers feel at the moment.
enum class dns_mood : std::uint8_t { honest, failing, silent };
dns_mood parse_mood(const std::string& word);

/// What a message that nobody asked for gets wrong.
enum class forgery : std::uint8_t { none, id, question, source };

/// How one DNS server of a case treats questions; the keys of `servers`.
struct dns_manner {
    std::chrono::milliseconds delay{0};
    bool is_silent = false;
    bool is_truncating = false;  ///< over UDP nothing but TC
    bool refuses_tcp = false;
    bool refuses_edns = false;       ///< FORMERR to any question with an OPT record
    bool is_compressing = false;     ///< SRV targets end in a pointer to the question's name
    forgery forges = forgery::none;  ///< told at once, the true answer after `delay`
    std::string fails;               ///< a name that gets `rcode` instead of an answer
    unsigned rcode = 0;
    std::string adds;  ///< a record put into the additional section of every answer
};
/// @throws std::invalid_argument naming what makes no sense.
dns_manner parse_manner(const fields& keys);

/// A message on its way back.
struct dns_packet {
    std::chrono::milliseconds after{0};
    std::vector<std::uint8_t> bytes;
    bool is_from_elsewhere = false;  ///< its source is not the server that was asked
};

/// The question of a query. @throws std::invalid_argument when there is none.
question question_of(std::span<const std::uint8_t> query);

/// What a server with this manner and this content sends back; nothing for silence.
std::vector<dns_packet> answers_to(
    std::span<const std::uint8_t> query,
    dns_channel channel,
    const dns_manner& manner,
    const zone& content
);

}  // namespace sipha::resolver::test::cases
