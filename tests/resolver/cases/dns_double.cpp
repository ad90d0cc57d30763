#include "tests/resolver/cases/dns_double.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "tests/resolver/cases/notation.hpp"
#include "tests/resolver/support/wire.hpp"

namespace sipha::resolver::test::cases {
namespace {

using bytes = std::vector<std::uint8_t>;

constexpr std::size_t header_bytes = 12;
constexpr unsigned type_srv = 33;
constexpr std::pair<const char*, unsigned> rcodes[] = {
    {"SERVFAIL", 2}, {"NXDOMAIN", 3}, {"REFUSED", 5}};

unsigned word_at(std::span<const std::uint8_t> message, std::size_t at) {
    return static_cast<unsigned>(message[at] << 8 | message[at + 1]);
}

/// Behind the name at `at`, which is not compressed or ends in a pointer.
std::size_t skip_name(std::span<const std::uint8_t> message, std::size_t at) {
    while (message[at] != 0) {
        if (message[at] >= 0xc0) {
            return at + 2;
        }
        at += message[at] + 1U;
    }
    return at + 1;
}

bool is_letter_or_digit(std::uint8_t octet) {
    return (octet >= '0' && octet <= '9') || (octet >= 'a' && octet <= 'z');
}

/// The notation cannot write a dot or a space inside a label: '~' and '^' between letters stand
/// for them.
void put_odd_octets(bytes& message) {
    for (std::size_t at = header_bytes + 1; at + 1 < message.size(); ++at) {
        if (is_letter_or_digit(message[at - 1]) && is_letter_or_digit(message[at + 1])) {
            message[at] = message[at] == '~' ? '.' : message[at] == '^' ? ' ' : message[at];
        }
    }
}

/// Ends the SRV targets of the answer in a pointer to the last label of the question's name.
bytes compressed(const bytes& message) {
    const auto question_end = skip_name(message, header_bytes) + 4;
    auto label = header_bytes;
    for (auto next = label; message[next] != 0; next += message[next] + 1U) {
        label = next;
    }
    const bytes suffix(
        message.begin() + static_cast<std::ptrdiff_t>(label),
        message.begin() + static_cast<std::ptrdiff_t>(question_end - 4)
    );
    bytes out(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(question_end));
    const auto records = word_at(message, 6) + word_at(message, 8) + word_at(message, 10);
    auto at = question_end;
    for (unsigned index = 0; index < records; ++index) {
        const auto fixed = skip_name(message, at);
        const auto end = fixed + 10 + word_at(message, fixed + 8);
        bytes record(
            message.begin() + static_cast<std::ptrdiff_t>(at),
            message.begin() + static_cast<std::ptrdiff_t>(end)
        );
        const bool ends_alike = record.size() > suffix.size() &&
                                std::equal(suffix.rbegin(), suffix.rend(), record.rbegin());
        if (word_at(message, fixed) == type_srv && ends_alike) {
            record.resize(record.size() - suffix.size());
            record.push_back(0xc0);
            record.push_back(static_cast<std::uint8_t>(label));
            const auto length = record.size() - (fixed - at) - 10;
            record[fixed - at + 8] = static_cast<std::uint8_t>(length >> 8);
            record[fixed - at + 9] = static_cast<std::uint8_t>(length & 0xff);
        }
        out.insert(out.end(), record.begin(), record.end());
        at = end;
    }
    return out;
}

/// Puts one address record of the zone's notation into the additional section.
void add_record(bytes& message, const std::string& line) {
    const auto words = words_of(line);
    const auto ip = words.size() == 3 ? address::parse(words[2]) : std::nullopt;
    if (!ip || words[1] != "A") {
        throw std::invalid_argument("adds: only 'name A address' is understood, not: " + line);
    }
    wire_writer out(0, 0);
    out.begin_record(words[0], 1, 60);
    for (const auto byte : ip->bytes()) {
        out.put8(byte);
    }
    out.end_record();
    message.insert(message.end(), out.bytes().begin() + header_bytes, out.bytes().end());
    ++message[11];
}

/// The reply cut down to its question, with that code.
bytes failure(const bytes& reply, unsigned rcode) {
    bytes out(
        reply.begin(),
        reply.begin() + static_cast<std::ptrdiff_t>(skip_name(reply, header_bytes) + 4)
    );
    out[3] = static_cast<std::uint8_t>((out[3] & 0xf0U) | rcode);
    std::fill(out.begin() + 6, out.begin() + header_bytes, std::uint8_t{0});
    return out;
}

template <class Value>
Value one_of(
    const std::string& word, std::initializer_list<std::pair<const char*, Value>> choices
) {
    for (const auto& [text, value] : choices) {
        if (word == text) {
            return value;
        }
    }
    throw std::invalid_argument("servers: '" + word + "' is not known");
}

}  // namespace

manner parse_mood(const std::string& word) {
    return one_of<manner>(
        word, {{"honest", manner::honest}, {"failing", manner::failing}, {"silent", manner::silent}}
    );
}

dns_manner parse_manner(const fields& keys) {
    dns_manner out;
    out.how = one_of<manner>(
        keys.text_or("is", "honest"),
        {{"honest", manner::honest},
         {"silent", manner::silent},
         {"truncating", manner::truncating},
         {"without_edns", manner::without_edns},
         {"forging id", manner::wrong_id},
         {"forging question", manner::wrong_question},
         {"forging source", manner::honest}}
    );
    out.forges_source = keys.text_or("is", "honest") == "forging source";
    out.delay = keys.duration("delay").value_or(std::chrono::milliseconds(0));
    out.tcp = keys.text_or("tcp", "") == "refused" ? tcp_use::closed : tcp_use::open;
    out.is_compressing = keys.flag("compresses").value_or(false);
    out.fails = keys.text_or("fails", "");
    const auto with = keys.text_or("with", "REFUSED");
    for (const auto& [word, rcode] : rcodes) {
        out.rcode = with == word ? rcode : out.rcode;
    }
    out.adds = keys.text_or("adds", "");
    if (!keys.unread().empty()) {
        throw std::invalid_argument(keys.where() + ": unknown key '" + keys.unread()[0] + "'");
    }
    return out;
}

std::vector<bytes> answers_to(
    std::span<const std::uint8_t> query,
    dns_protocol over,
    const dns_manner& manner,
    const zone& content
) {
    auto out = replies_to(query, content, manner.how, over);
    if (out.empty()) {
        return out;
    }
    const auto asked = question_of(query);
    auto& reply = out.back();
    put_odd_octets(reply);
    if (!manner.fails.empty() && manner.fails == asked.name) {
        reply = failure(reply, manner.rcode);
    }
    if (manner.is_compressing) {
        reply = compressed(reply);
    }
    if (!manner.adds.empty()) {
        add_record(reply, manner.adds);
    }
    if (manner.forges_source) {
        const zone poison(asked.name + " A 198.51.100.66");
        out.insert(out.begin(), replies_to(query, poison, manner::honest, over).at(0));
    }
    return out;
}

}  // namespace sipha::resolver::test::cases
