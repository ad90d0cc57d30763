#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "proxy/cluster/node_id.hpp"
#include "proxy/cluster/record.hpp"

/// What peers say to each other, decoded.
namespace sipha::cluster {

/// The protocol versions this code speaks. A hello offers a range; any overlap will do.
inline constexpr std::uint32_t protocol_version_min = 1;
inline constexpr std::uint32_t protocol_version_max = 1;

inline constexpr std::size_t nonce_size = 32;         ///< exactly
inline constexpr std::size_t max_cluster_name = 255;  ///< octets
inline constexpr std::size_t max_digests = 64;        ///< stores in one heartbeat
inline constexpr std::size_t max_cursor_size = 4096;  ///< octets
/// Payload octets of one records frame and of one sync_chunk; one payload may stand alone above it.
inline constexpr std::size_t max_records_bytes = 256 * 1024;
inline constexpr std::size_t max_chunk_bytes = 64 * 1024;

/// First frame on a link, from both ends.
struct hello {
    std::string cluster_name;
    node_id node;
    std::uint32_t epoch = 0;
    std::string nonce;  ///< nonce_size octets
    std::uint32_t version_min = protocol_version_min;
    std::uint32_t version_max = protocol_version_max;
    friend bool operator==(const hello&, const hello&) = default;
};

/// Proof of the shared secret over both hellos.
struct auth {
    std::string tag;
    friend bool operator==(const auth&, const auth&) = default;
};

struct store_digest {
    record_kind kind = record_kind::none;
    std::uint64_t digest = 0;
    friend bool operator==(const store_digest&, const store_digest&) = default;
};

/// Sent on each link every timings::heartbeat.
struct heartbeat {
    std::uint32_t epoch = 0;
    std::uint64_t published = 0;        ///< the sender's latest sequence
    std::uint64_t applied = 0;          ///< the receiver's sequence, as in ack
    std::vector<store_digest> digests;  ///< ascending kind
    bool is_ready = false;
    std::uint32_t load = 0;
    std::int64_t wall_ms = 0;    ///< the sender's clock, to notice skew
    std::uint64_t stamp_us = 0;  ///< sender's monotonic time, for the round-trip time
    std::uint64_t echo_us = 0;   ///< the receiver's latest stamp_us; 0: none yet
    std::uint64_t held_us = 0;   ///< time between receiving that stamp and this frame
    friend bool operator==(const heartbeat&, const heartbeat&) = default;
};

/// Changes made by the sender; sequences count from first_sequence without gaps.
struct records {
    std::uint64_t first_sequence = 0;
    std::vector<record> list;
    friend bool operator==(const records&, const records&) = default;
};

/// Every record of the receiver up to this sequence, from the first one sent on this link, is held.
struct ack {
    std::uint64_t sequence = 0;
    friend bool operator==(const ack&, const ack&) = default;
};

/// Asks for the next part of a store; answered by one sync_chunk.
struct sync_request {
    std::uint64_t pull = 0;  ///< repeated in the answer
    record_kind kind = record_kind::none;
    std::string cursor;  ///< empty for the start
    friend bool operator==(const sync_request&, const sync_request&) = default;
};

struct sync_chunk {
    std::uint64_t pull = 0;
    record_kind kind = record_kind::none;
    std::vector<std::string> payloads;
    std::string next_cursor;  ///< empty: nothing follows
    friend bool operator==(const sync_chunk&, const sync_chunk&) = default;
};

/// A frame of a type that this version does not know.
struct unknown_frame {
    friend bool operator==(const unknown_frame&, const unknown_frame&) = default;
};

using frame =
    std::variant<unknown_frame, hello, auth, heartbeat, records, ack, sync_request, sync_chunk>;

}  // namespace sipha::cluster
