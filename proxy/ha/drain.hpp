#pragma once

#include <cstdint>
#include <string_view>

#include "proxy/sip/message.hpp"

namespace sipha::ha {

/// What a node sends away (RFC 3261 21.5.4) before it is stopped.
enum class drain_state : std::uint8_t {
    off,
    registrations,  ///< REGISTER only: another process of this node keeps them now
    on,             ///< every request outside of dialogs
};

/// A Retry-After line of 1 to 5 seconds for the 503 of a draining node (RFC 3261 20.33). Phones
/// take it as the time for which this server is not to be used, and some wait it out although
/// another server lives, so it is always small. Spread by Call-ID, lest those who were refused
/// together come back together.
std::string_view retry_after_line(const sip::message& request);

}  // namespace sipha::ha
