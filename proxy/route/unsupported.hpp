#pragma once

#include <string>

#include "proxy/sip/message.hpp"

namespace sipha::route {

/// The Unsupported header line of a 420 (RFC 3261 8.2.2.3): every option tag of the Require or
/// Proxy-Require fields of the request, since this proxy has no extension to offer.
std::string unsupported_line(const sip::message& request, sip::header_id required);

}  // namespace sipha::route
