#include "tests/resolver/support/manner.hpp"

#include <algorithm>

#include "tests/resolver/support/wire.hpp"

namespace sipha::resolver::test {
namespace {

using bytes = std::vector<std::uint8_t>;

constexpr std::size_t header_bytes = 12;

bool has_opt(std::span<const std::uint8_t> query) {
    return query[11] != 0;
}

std::size_t end_of_question(std::span<const std::uint8_t> query) {
    auto at = header_bytes;
    while (at < query.size() && query[at] != 0) {
        at += 1 + std::size_t{query[at]};
    }
    return std::min(query.size(), at + 5);
}

/// Largest reply over UDP (RFC 1035 4.2.1, RFC 6891 6.2.3).
std::size_t udp_limit(std::span<const std::uint8_t> query) {
    const auto opt = end_of_question(query);
    return has_opt(query) && query.size() >= opt + 5
               ? static_cast<std::size_t>(query[opt + 3] << 8 | query[opt + 4])
               : 512;
}

void set_rcode(bytes& reply, unsigned rcode) {
    reply.at(3) = static_cast<std::uint8_t>((reply.at(3) & 0xf0U) | rcode);
}

bytes only_question(const bytes& reply) {
    bytes cut(reply.begin(), reply.begin() + static_cast<std::ptrdiff_t>(end_of_question(reply)));
    std::fill(cut.begin() + 6, cut.begin() + header_bytes, std::uint8_t{0});
    return cut;
}

/// RFC 6891 6.1.3: the code 16 is 1 in the upper bits, 0 in the header.
bytes bad_version(const bytes& reply) {
    auto out = only_question(reply);
    set_rcode(out, 0);
    out[11] = 1;
    const bytes opt{0, 0, 41, 4, 208, 1, 0, 0, 0, 0, 0};
    out.insert(out.end(), opt.begin(), opt.end());
    return out;
}

}  // namespace

question question_of(std::span<const std::uint8_t> query) {
    question asked;
    std::size_t at = header_bytes;
    while (at < query.size() && query[at] != 0) {
        asked.name += asked.name.empty() ? "" : ".";
        for (std::size_t index = 1; index <= query[at]; ++index) {
            const auto octet = static_cast<char>(query[at + index]);
            const bool is_upper = octet >= 'A' && octet <= 'Z';
            asked.name += is_upper ? static_cast<char>(octet - 'A' + 'a') : octet;
        }
        at += 1 + std::size_t{query[at]};
    }
    asked.type = static_cast<record_type>(query[at + 1] << 8 | query[at + 2]);
    return asked;
}

std::vector<bytes> replies_to(
    std::span<const std::uint8_t> query, const zone& content, manner how, dns_protocol over
) {
    const auto id = static_cast<std::uint16_t>(query[0] << 8 | query[1]);
    const auto asked = question_of(query);
    auto answer = content.respond(asked, id);
    if (how == manner::silent || !answer) {
        return {};
    }
    auto& reply = *answer;
    // A server repeats the question as it came, upper and lower case included (RFC 4343 4.1).
    std::copy(
        query.begin() + header_bytes,
        query.begin() + static_cast<std::ptrdiff_t>(end_of_question(query)),
        reply.begin() + header_bytes
    );
    bytes forged;
    switch (how) {
        case manner::failing:
            set_rcode(reply, 2);
            break;
        case manner::refusing:
            set_rcode(reply, 5);
            break;
        case manner::truncating:
            if (over == dns_protocol::udp) {
                reply = only_question(reply);
                reply.at(2) |= 0x02;
            }
            break;
        case manner::without_edns:
        case manner::without_edns_bare:
            if (has_opt(query)) {
                reply = only_question(reply);
                set_rcode(reply, 1);
                if (how == manner::without_edns_bare) {
                    reply.resize(header_bytes);
                    reply[5] = 0;
                }
            }
            break;
        case manner::validating:
            reply.at(3) |= 0x20;
            break;
        case manner::bad_version:
            reply = has_opt(query) ? bad_version(reply) : reply;
            break;
        case manner::garbled:
            reply = only_question(reply);
            reply[7] = 9;
            reply.insert(reply.end(), 7, 0xff);
            break;
        case manner::wrong_id:
            forged = zone(asked.name + " A 198.51.100.66").respond(asked, id).value();
            forged[0] = static_cast<std::uint8_t>(forged[0] + 1);
            break;
        case manner::wrong_question: {
            const question other{"other.ex", asked.type};
            forged = zone("other.ex A 198.51.100.66").respond(other, id).value();
            break;
        }
        default:
            break;
    }
    if (over == dns_protocol::udp && reply.size() > udp_limit(query)) {
        reply = only_question(reply);
        reply.at(2) |= 0x02;
    }
    if (forged.empty() && how != manner::empty_first) {
        return {reply};
    }
    return {forged, reply};
}

}  // namespace sipha::resolver::test
