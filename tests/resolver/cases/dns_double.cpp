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
constexpr std::size_t plain_udp_bytes = 512;  // RFC 1035 4.2.1
constexpr unsigned type_srv = 33;
constexpr unsigned type_opt = 41;
constexpr unsigned formerr = 1;
constexpr unsigned servfail = 2;
constexpr unsigned nxdomain = 3;
constexpr unsigned refused = 5;

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

/// Size offered in an OPT record (RFC 6891 6.1.2), nothing without one.
std::optional<std::size_t> edns_bytes(std::span<const std::uint8_t> query) {
    const auto at = skip_name(query, header_bytes) + 4;
    if (query.size() < at + 11 || query[at] != 0 || word_at(query, at + 1) != type_opt) {
        return std::nullopt;
    }
    return word_at(query, at + 3);
}

bytes failure(std::span<const std::uint8_t> query, unsigned rcode) {
    bytes out(
        query.begin(),
        query.begin() + static_cast<std::ptrdiff_t>(skip_name(query, header_bytes) + 4)
    );
    out[2] |= 0x80;  // QR
    out[3] = static_cast<std::uint8_t>(0x80 | rcode);
    out[6] = out[7] = out[8] = out[9] = out[10] = out[11] = 0;
    return out;
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

std::optional<bytes> honest(std::span<const std::uint8_t> query, const zone& content) {
    const auto id = static_cast<std::uint16_t>(word_at(query, 0));
    auto reply = content.respond(question_of(query), id);
    if (reply) {
        // The question comes back as it was written, in its own case.
        const auto end = skip_name(query, header_bytes) + 4;
        std::copy_n(
            query.begin() + header_bytes, end - header_bytes, reply->begin() + header_bytes
        );
        put_odd_octets(*reply);
    }
    return reply;
}

dns_packet forged(std::span<const std::uint8_t> query, forgery wrong) {
    auto asked = question_of(query);
    const zone poison(asked.name + " A 198.51.100.66");
    bytes message = honest(query, poison).value();
    if (wrong == forgery::id) {
        message[1] ^= 1;
    } else if (wrong == forgery::question) {
        message[header_bytes + 1] = static_cast<std::uint8_t>('z');
    }
    return {{}, std::move(message), wrong == forgery::source};
}

}  // namespace

dns_mood parse_mood(const std::string& word) {
    if (word == "honest" || word == "failing" || word == "silent") {
        return word == "honest"    ? dns_mood::honest
               : word == "failing" ? dns_mood::failing
                                   : dns_mood::silent;
    }
    throw std::invalid_argument("dns: '" + word + "' is none of honest, failing, silent");
}

dns_manner parse_manner(const fields& keys) {
    dns_manner out;
    out.delay = keys.duration("delay").value_or(std::chrono::milliseconds(0));
    out.is_silent = keys.flag("silent").value_or(false);
    out.is_truncating = keys.flag("truncates").value_or(false);
    out.refuses_tcp = keys.text_or("tcp", "") == "refused";
    out.refuses_edns = keys.text_or("edns", "") == "refused";
    out.is_compressing = keys.flag("compresses").value_or(false);
    const auto forges = keys.text_or("forges", "");
    out.forges = forges == "id"         ? forgery::id
                 : forges == "question" ? forgery::question
                 : forges == "source"   ? forgery::source
                                        : forgery::none;
    out.fails = keys.text_or("fails", "");
    const auto with = keys.text_or("with", "");
    out.rcode = with == "SERVFAIL" ? servfail : with == "NXDOMAIN" ? nxdomain : refused;
    out.adds = keys.text_or("adds", "");
    if (!keys.unread().empty()) {
        throw std::invalid_argument(keys.where() + ": unknown key '" + keys.unread()[0] + "'");
    }
    return out;
}

question question_of(std::span<const std::uint8_t> query) {
    question out;
    std::size_t at = header_bytes;
    while (at < query.size() && query[at] != 0) {
        const std::size_t length = query[at++];
        if (at + length > query.size()) {
            throw std::invalid_argument("a query ends inside its name");
        }
        out.name += out.name.empty() ? "" : ".";
        for (const auto octet : query.subspan(at, length)) {
            const bool is_upper = octet >= 'A' && octet <= 'Z';
            out.name += static_cast<char>(is_upper ? octet - 'A' + 'a' : octet);
        }
        at += length;
    }
    if (at + 5 > query.size()) {
        throw std::invalid_argument("a query ends before its type");
    }
    out.type = static_cast<record_type>(word_at(query, at + 1));
    return out;
}

std::vector<dns_packet> answers_to(
    std::span<const std::uint8_t> query,
    dns_channel channel,
    const dns_manner& manner,
    const zone& content
) {
    std::vector<dns_packet> out;
    if (manner.is_silent || (manner.refuses_tcp && channel == dns_channel::tcp)) {
        return out;
    }
    if (manner.forges != forgery::none) {
        out.push_back(forged(query, manner.forges));
    }
    const auto asked = question_of(query);
    const auto offered = edns_bytes(query);
    if (manner.refuses_edns && offered) {
        out.push_back({manner.delay, failure(query, formerr)});
        return out;
    }
    if (!manner.fails.empty() && manner.fails == asked.name) {
        out.push_back({manner.delay, failure(query, manner.rcode)});
        return out;
    }
    auto reply = honest(query, content);
    if (!reply) {
        return out;
    }
    if (manner.is_compressing) {
        reply = compressed(*reply);
    }
    if (!manner.adds.empty()) {
        add_record(*reply, manner.adds);
    }
    const auto room = offered.value_or(plain_udp_bytes);
    if (channel == dns_channel::udp && (manner.is_truncating || reply->size() > room)) {
        reply = failure(query, 0);
        reply->at(2) |= 0x02;  // TC
    }
    out.push_back({manner.delay, std::move(*reply)});
    return out;
}

}  // namespace sipha::resolver::test::cases
