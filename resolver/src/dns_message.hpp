#pragma once

#include <cstddef>
#include <cstdint>
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

enum class edns_use : std::uint8_t { on, off };

/// A query with recursion desired (RFC 1035 4.1). @param asked a normalised name.
/// @returns empty when the name does not fit the wire.
std::vector<std::uint8_t> encode_query(std::uint16_t id, const question& asked, edns_use edns);

/// Response code of a message, without looking at the rest (RFC 1035 4.1.1); 1 (format error) for
/// a message without a whole header.
std::uint8_t rcode_of(std::span<const std::uint8_t> message);

/// Reads the answer to one question. Never fails: what cannot be read becomes the status `failed`
/// with `errc::dns_malformed`, a server failure `errc::dns_temporary`.
///
/// Only records that belong to the question are taken: class IN, owner equal to the asked name or
/// to the end of its CNAME chain; from the additional section only addresses of targets that the
/// answer itself names. TTLs are the minimum of all records that led to the answer.
dns_answer decode_answer(const question& asked, std::span<const std::uint8_t> message);

}  // namespace sipha::resolver::detail
