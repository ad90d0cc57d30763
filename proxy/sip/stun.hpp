#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "proxy/sip/endpoint.hpp"

namespace sipha::sip {

/// Longest answer that `answer_stun` makes, in octets: header, an IPv6 XOR-MAPPED-ADDRESS and
/// FINGERPRINT, or header, ERROR-CODE, UNKNOWN-ATTRIBUTES and FINGERPRINT.
inline constexpr std::size_t max_stun_answer_bytes = 64;
/// Longest STUN message that is looked at; a keepalive of a phone has 20 to 100 octets.
inline constexpr std::size_t max_stun_request_bytes = 548;
/// Unknown attributes named in a 420; the rest is left out, so that the answer stays small.
inline constexpr std::size_t max_stun_unknown_attributes = 4;

/// True when a datagram on a SIP socket is STUN: two zero bits, a length that is that of the
/// datagram, and the magic cookie (RFC 5389 6, 8; RFC 5626 8). No SIP message begins so.
bool is_stun(std::string_view datagram);

/// One answer in its own storage.
struct stun_answer {
    std::array<char, max_stun_answer_bytes> storage;
    std::size_t size = 0;
    std::string_view bytes() const { return {storage.data(), size}; }
};

/// Answers a Binding request with the address it came from (RFC 5389 7.3.1, RFC 5626 8); with 420
/// when it asks for an extension. FINGERPRINT is added when the request has one (RFC 5389 7.3).
/// @param datagram one for which is_stun holds.
/// @returns nothing for what gets no answer: indications, responses, other methods, malformed
/// attributes, a wrong FINGERPRINT.
std::optional<stun_answer> answer_stun(std::string_view datagram, const endpoint& source);

}  // namespace sipha::sip
