#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "proxy/sip/message.hpp"
#include "proxy/sip/patch.hpp"

namespace sipha::route {

/// What changes in a request on its way through us (RFC 3261 16.6). Empty texts change nothing.
struct forward_changes {
    std::string_view request_uri;  ///< new Request-URI
    std::string_view top_via;      ///< the sender's Via with received and rport
    std::size_t drop_routes = 0;   ///< leading Route values to remove
    bool drop_last_route = false;  ///< and the last one
    std::string_view first_lines;  ///< complete lines: our Via, Record-Routes, added Routes
    std::string_view last_lines;   ///< complete lines: a Route to append
    /// Proxy-Authorization for one of these realms was for us and is taken out (RFC 3261 22.3).
    std::span<const std::string> own_realms = {};
    bool add_content_length = false;  ///< for streams, when the message has none
};

/// Appends the request as it leaves: the changes above and Max-Forwards one lower (70 when absent).
/// @param request validated, with Max-Forwards above 0 or absent. @param scratch reused storage.
void append_forwarded(
    std::string& out,
    const sip::message& request,
    const forward_changes& changes,
    sip::patch& scratch
);

/// Appends a response as it goes up: our Via taken off (RFC 3261 16.7 step 3).
void append_upward(std::string& out, const sip::message& response, sip::patch& scratch);

}  // namespace sipha::route
