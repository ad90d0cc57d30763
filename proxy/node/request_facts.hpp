#pragma once

#include <optional>
#include <string_view>

#include "proxy/sip/message.hpp"
#include "proxy/sip/outbox.hpp"
#include "proxy/sip/via.hpp"

/// What the node reads off a message before it asks any component.
namespace sipha::proxy {

/// The topmost Via (RFC 3261 20.42); nothing when there is none that parses.
std::optional<sip::via> top_via(const sip::message& message);

/// True for a datagram of line ends and NULs only: the keepalives of phones (RFC 5626 3.5.1) and
/// of their routers. True for no bytes at all.
bool is_keepalive(std::string_view bytes);

/// The sender's own Via does not name the address it came from: responses and later requests reach
/// it only there. @param request validated.
bool is_behind_nat(const sip::message& request, const sip::hop& from);

/// Max-Forwards is 0 (RFC 3261 16.3 step 3).
bool has_no_hops_left(const sip::message& request);

}  // namespace sipha::proxy
