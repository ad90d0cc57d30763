#pragma once

#include <cstdint>

#include "proxy/sip/message.hpp"
#include "proxy/txn/branch.hpp"

namespace sipha::route {

/// The second part of our branch (RFC 5393 4.2.1): a keyed hash over what decides where a request
/// goes. A request that comes back unchanged has the same one and loops; one whose Request-URI or
/// Route changed on the way has another and is a spiral.
/// Hashed are Request-URI, Route values, From and To tag, Call-ID, CSeq number, Proxy-Require and
/// Proxy-Authorization. The topmost Via that RFC 3261 16.6 step 8 names too is left out, because it
/// is another on each pass; the method, because CANCEL and ACK have the branch of their INVITE.
/// @param request validated.
std::uint64_t loop_hash_of(const sip::message& request, const txn::branch_codec& branches);

/// True when a Via of this cluster under the topmost carries this very hash (RFC 5393 4.2.2).
bool is_looped(const sip::message& request, std::uint64_t hash, const txn::branch_codec& branches);

}  // namespace sipha::route
