#pragma once

#include <cstdint>
#include <string_view>

#include "proxy/route/identity.hpp"
#include "proxy/sip/outbox.hpp"
#include "proxy/txn/table.hpp"

namespace sipha::route {

/// Owners of client transactions and numbers of lookups with this bit belong to requests that this
/// node makes itself; those of the relay never have it.
inline constexpr std::uint64_t own_request_flag = std::uint64_t{1} << 63;

/// A request that this node makes itself, such as a probe.
struct own_request {
    sip::method method = sip::method::options;
    std::string_view request_uri;
    /// Complete lines: From, To, Call-ID, CSeq, and what else it needs. Via, Max-Forwards and
    /// Content-Length are added.
    std::string_view lines;
    sip::hop to;
    std::uint64_t owner = 0;  ///< of its transaction; own_request_flag is added
};

/// Sends the request in a client transaction of its own (RFC 3261 17.1.2).
/// @returns 0 when there is no room for one.
txn::client_handle send_own_request(
    timing::time_point now,
    const own_request& what,
    const identity& us,
    txn::table& transactions,
    sip::outbox& out
);

}  // namespace sipha::route
