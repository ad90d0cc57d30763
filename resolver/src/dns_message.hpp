#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <sipha/resolver/records.hpp>

/// DNS messages: questions to bytes, bytes to checked answers.
namespace sipha::resolver::detail {

inline constexpr std::uint32_t max_ttl_s = 604'800;       ///< one week (RFC 8767 4)
inline constexpr std::uint32_t max_negative_ttl_s = 900;  ///< RFC 2308 5 leaves the cap to us
inline constexpr std::uint32_t negative_ttl_without_soa_s = 5;
inline constexpr std::size_t max_records_per_answer = 256;  ///< of the asked type
inline constexpr std::size_t max_glue_hosts = 64;
/// Largest UDP answer offered (RFC 6891 6.2.3; fits an IPv6 packet without fragments).
inline constexpr std::uint16_t edns_udp_bytes = 1232;
/// Octets of a query beside the text of its name: header, two octets of the name's form, type and
/// class, OPT record (RFC 1035 4.1, RFC 6891 6.1.2).
inline constexpr std::size_t fixed_query_octets = 12 + 2 + 4 + 11;

enum class edns_use : std::uint8_t { on, off };

/// How a query is written.
struct query_form {
    std::uint16_t id = 0;
    edns_use edns = edns_use::on;
    /// Asks for the DNSSEC verdict without the signatures (RFC 6840 5.7).
    bool wants_ad = false;
    /// Letters whose bit is set, counted from the first, are written in upper case.
    std::uint64_t upper_case = 0;
};

/// A query with recursion desired (RFC 1035 4.1). @param asked a normalised name.
/// @returns empty when the name does not fit the wire.
std::vector<std::uint8_t> encode_query(const question& asked, const query_form& form);
/// The plain form of it.
inline std::vector<std::uint8_t> encode_query(
    std::uint16_t id, const question& asked, edns_use edns
) {
    return encode_query(asked, {id, edns});
}

/// Response code in the header of a message, without the upper bits of EDNS; 1 (format error) for
/// a message without a whole header.
std::uint8_t rcode_of(std::span<const std::uint8_t> message);

/// Id of a message (RFC 1035 4.1.1). @returns nothing without a whole header.
std::optional<std::uint16_t> id_of(std::span<const std::uint8_t> message);

/// Whether a message is a reply to the query: its id, QR, opcode, and the question octet by octet,
/// upper and lower case included. A failure without any question is one, too: servers that do not
/// understand a query answer so.
bool is_reply_to(std::span<const std::uint8_t> query, std::span<const std::uint8_t> message);

// Response codes (RFC 1035 4.1.1, RFC 6891 9) that decide what follows.
inline constexpr unsigned rcode_no_error = 0;
inline constexpr unsigned rcode_format_error = 1;
inline constexpr unsigned rcode_name_error = 3;
inline constexpr unsigned rcode_not_implemented = 4;
inline constexpr unsigned rcode_bad_version = 16;

/// What a reply says beside its records.
struct dns_reply {
    unsigned rcode = 0;         ///< with the upper bits of EDNS (RFC 6891 6.1.3)
    bool is_truncated = false;  ///< TC: to be asked again over TCP
    bool is_authentic = false;  ///< AD: the server validated it (RFC 4035 3.2.3)
    dns_answer answer;
};

/// Reads a reply as `decode_answer` does.
dns_reply decode_reply(const question& asked, std::span<const std::uint8_t> message);

/// Reads the answer to one question. Never fails: what cannot be read becomes the status `failed`
/// with `errc::dns_malformed`, a server failure `errc::dns_temporary`.
///
/// Only records that belong to the question are taken: class IN, owner equal to the asked name or
/// to the end of its CNAME chain; from the additional section only addresses of targets that the
/// answer itself names. TTLs are the minimum of all records that led to the answer.
dns_answer decode_answer(const question& asked, std::span<const std::uint8_t> message);

}  // namespace sipha::resolver::detail
