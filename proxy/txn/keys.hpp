#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sipha::txn {

/// The parts of a request that tell server transactions apart, as the message has them. Views may
/// hold any bytes and need to live during the call only. The second group is used for branches
/// without an RFC 3261 identifier only.
struct request_fields {
    std::string_view method;
    std::string_view branch;         ///< topmost Via's parameter; empty when absent
    std::string_view sent_by_host;   ///< topmost Via
    std::uint16_t sent_by_port = 0;  ///< topmost Via; 0 when absent

    std::string_view request_uri;
    std::string_view from_tag;  ///< empty when absent
    std::string_view to_tag;    ///< empty when absent
    std::string_view call_id;
    std::uint32_t cseq = 0;
    std::string_view top_via;  ///< the whole topmost Via value as received
};

/// True when the branch identifies a transaction by itself: the magic cookie of RFC 3261 8.1.1.7
/// and at least one more character. A bare cookie is an RFC 2543 branch (RFC 4475 3.2.1).
bool is_rfc3261_branch(std::string_view branch);

/// Bytes that a key has beyond the sum of its fields, at most.
inline constexpr std::size_t max_key_overhead = 128;

/// Builds the key of the server transaction that a request belongs to (RFC 3261 17.2.3).
///
/// An ACK gives the key of its INVITE; every other method, CANCEL too, a key of its own. Branch and
/// host compare in any letter case, the method exactly. Of RFC 2543 requests the Request-URI and
/// the Via compare as text, which is stricter than URI equality but what retransmissions keep; the
/// key of INVITE and ACK leaves out the To tag, because the ACK carries the tag of the response.
/// @param out emptied first; its capacity is reused. At most the fields' sizes + max_key_overhead.
/// @returns a view of `out`, equal for two requests only when all compared fields are equal.
std::string_view server_key(const request_fields& request, std::string& out);

/// Builds the key of the INVITE that a CANCEL is meant for (RFC 3261 9.2): that of the same request
/// with the method INVITE.
std::string_view cancelled_invite_key(const request_fields& cancel, std::string& out);

/// Builds the key that all copies of one request share, whichever path each took (RFC 3261
/// 8.2.2.2): From tag, Call-ID and CSeq, as text.
/// @param out emptied first. @returns a view of `out`.
std::string_view merge_key(
    std::string_view from_tag, std::string_view call_id, std::string_view cseq, std::string& out
);

}  // namespace sipha::txn
