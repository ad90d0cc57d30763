#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "resolver/stub/answers.hpp"

struct ldns_struct_pkt;

/// DNS messages of the stub: what phones send to records, records to what they read.
namespace sipha::resolver::stub {

inline constexpr std::size_t header_bytes = 12;           ///< RFC 1035 4.1.1
inline constexpr std::size_t plain_udp_bytes = 512;       ///< RFC 1035 4.2.1
inline constexpr std::size_t largest_udp_bytes = 1232;    ///< fits an IPv6 packet unfragmented
inline constexpr std::size_t max_query_bytes = 4096;      ///< longer queries are answered FORMERR
inline constexpr std::size_t max_message_bytes = 65'535;  ///< RFC 1035 4.2.2

/// RFC 1035 4.1.1, RFC 6895 2.3.
enum class rcode : std::uint8_t {
    no_error = 0,
    format_error = 1,
    server_failure = 2,
    not_implemented = 4,
    refused = 5,
    bad_version = 16
};

enum class query_kind : std::uint8_t {
    query,      ///< one question of class IN: look at `asked`
    not_query,  ///< a response, or too short to be answered: to be ignored (no loops)
    faulty      ///< to be answered with `query::fault`
};

struct packet_deleter {
    void operator()(ldns_struct_pkt* packet) const;
};

/// A message from a phone.
struct query {
    query_kind kind = query_kind::not_query;
    rcode fault = rcode::format_error;
    std::uint16_t id = 0;
    /// Nothing for a name that no served domain can hold (odd octets): only the DNS knows.
    std::optional<stub_question> asked;
    /// Size of UDP replies the asker takes (RFC 6891 6.2.3), 512 to `largest_udp_bytes`.
    std::size_t udp_bytes = plain_udp_bytes;
    std::unique_ptr<ldns_struct_pkt, packet_deleter> packet;  ///< parsed form, if it has one
};

/// Reads a message; any octets have a result.
query parse_query(std::span<const std::uint8_t> message);

/// Writes the records. What does not fit is left out in this order: additional record sets; SRV
/// records of the last ranks, down to two, because the phones that need short messages do not come
/// back over TCP; then everything, with TC set (RFC 2181 9).
/// @param of of kind `query`. @returns empty when a record cannot be written.
std::vector<std::uint8_t> build_reply(
    const query& of, const stub_reply& reply, std::uint32_t ttl_s, std::size_t max_bytes
);

/// A reply without records. @param message the query; at least a header.
std::vector<std::uint8_t> build_failure(std::span<const std::uint8_t> message, rcode code);

/// The question section's octets, to compare a reply with its query. @returns empty when there is
/// not exactly one question or it is cut off.
std::span<const std::uint8_t> question_bytes(std::span<const std::uint8_t> message);
bool is_response(std::span<const std::uint8_t> message);
/// TC, RFC 1035 4.1.1.
bool is_truncated(std::span<const std::uint8_t> message);
std::uint16_t message_id(std::span<const std::uint8_t> message);
void set_message_id(std::span<std::uint8_t> message, std::uint16_t id);

}  // namespace sipha::resolver::stub
