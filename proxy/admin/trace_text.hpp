#pragma once

#include <deque>
#include <span>
#include <string>

#include "proxy/admin/trace.hpp"

namespace sipha::admin {

/// A trace for people: one column for the edge and for each address it talked to, one arrow for
/// each message, the time since the first message in front.
std::string ladder(const std::deque<traced_message>& messages);

/// A trace as a capture file (libpcap 2.4, microseconds) for tshark and Wireshark, with Ethernet,
/// IP and UDP headers made up. Messages of TCP, TLS and WebSocket connections stand in it as UDP
/// datagrams between the same addresses; one that is longer than a datagram is cut.
/// @param listeners our addresses, by sip::listener_id.
std::string capture_file(
    const std::deque<traced_message>& messages, std::span<const sip::endpoint> listeners
);

}  // namespace sipha::admin
