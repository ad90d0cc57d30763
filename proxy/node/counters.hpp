#pragma once

#include <cstdint>

namespace sipha::proxy {

/// What the node received and did not act on, by reason, and what it answered by itself.
struct node_counters {
    std::uint64_t requests = 0;
    std::uint64_t responses = 0;
    std::uint64_t registers = 0;
    std::uint64_t registers_unconfirmed = 0;  ///< answered at ack_limit without a peer's word
    std::uint64_t keepalives = 0;             ///< CRLFs of phones over UDP
    std::uint64_t refused = 0;                ///< requests answered 4xx-6xx here
    std::uint64_t refused_draining = 0;       ///< of these, 503 because the node drains
    std::uint64_t dropped_unparsable = 0;
    std::uint64_t dropped_invalid_response = 0;
    std::uint64_t dropped_invalid_request = 0;   ///< no Via to answer to, or an ACK
    std::uint64_t dropped_stray_response = 0;    ///< no transaction asked for it (RFC 6026 8.9)
    std::uint64_t dropped_forged_response = 0;   ///< not our branch
    std::uint64_t dropped_foreign_response = 0;  ///< another node's branch, and it is not reached
    std::uint64_t handed_over_responses = 0;     ///< another node's branch: sent on to it
    std::uint64_t dropped_stray_ack = 0;         ///< of no call that we know
    std::uint64_t dropped_exhausted_ack = 0;     ///< Max-Forwards 0
};

}  // namespace sipha::proxy
