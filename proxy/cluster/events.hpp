#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "proxy/cluster/node_id.hpp"

/// What the cluster tells the node. Order within one step is the order of happening.
namespace sipha::cluster {

/// A peer is reachable: new, back, or (after node_suspect) the suspicion was wrong.
struct node_up {
    node_id node;
    std::uint32_t epoch = 0;  ///< a changed epoch is a restarted process
};

enum class loss_cause : std::uint8_t {
    silence,    ///< nothing heard on a standing link
    link_lost,  ///< the link ended
    restarted,  ///< node_dead only: a new process of the node took its place
};
/// "silence", "link_lost" or "restarted".
std::string_view to_string(loss_cause cause);

/// A peer may be gone. It still counts as alive.
struct node_suspect {
    node_id node;
    loss_cause cause = loss_cause::silence;
};
/// A peer is gone: its work may be taken over.
struct node_dead {
    node_id node;
    std::uint32_t epoch = 0;  ///< the process that died
    loss_cause cause = loss_cause::silence;
};

/// Progress of one published record: comes with each acknowledgement and each loss of a peer that
/// did not acknowledge, and ends with `awaited` 0; at once when no peer is connected.
///
/// A node that answers when ONE peer holds the record waits for `holders >= 1 || awaited == 0`;
/// one that wants ALL live peers waits for `awaited == 0`.
struct replicated {
    std::uint64_t sequence = 0;
    std::uint32_t holders = 0;  ///< peers that acknowledged it
    std::uint32_t awaited = 0;  ///< peers it was sent to that may still acknowledge it
};

enum class ready_cause : std::uint8_t {
    single,  ///< no peers are configured
    joined,  ///< everything was pulled from a ready peer
    cold,    ///< no ready peer was there to pull from
};
/// "single", "joined" or "cold".
std::string_view to_string(ready_cause cause);

/// This node holds what the cluster holds and may take part. Comes once.
struct ready {
    ready_cause cause = ready_cause::single;
};

/// A peer's clock went more than max_clock_skew_ms ahead of ours; once until it is right again.
struct clock_skewed {
    node_id node;
    std::int64_t ahead_ms = 0;
};

/// Why a link was closed before its peer was authenticated, or for a broken protocol after it.
enum class refusal : std::uint8_t {
    wrong_cluster,
    wrong_version,     ///< no protocol version in common
    own_id,            ///< the peer claims to be us
    unknown_peer,      ///< an id that is not configured
    unexpected_peer,   ///< not the node we dialled, or a node that we should dial
    reflection,        ///< our own nonce came back
    wrong_mac,         ///< another secret
    unexpected_frame,  ///< a frame out of place in the handshake
    malformed,         ///< not a frame
    too_long,          ///< a frame above the limit
    timeout,           ///< handshake_limit passed
    too_many_links,    ///< max_unauthenticated_links reached
    count_             ///< number of reasons
};
/// The enumerator's name, for logs and metric labels.
std::string_view to_string(refusal reason);

struct link_refused {
    refusal reason = refusal::malformed;
    node_id claimed;  ///< the id in the peer's hello or the one we dialled; 0 when unknown
};

using event =
    std::variant<node_up, node_suspect, node_dead, replicated, ready, clock_skewed, link_refused>;

}  // namespace sipha::cluster
