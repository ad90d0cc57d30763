#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sipha::sip {

/// Longest HTTP request that opens a WebSocket, in octets; longer ones get 431.
inline constexpr std::size_t max_ws_handshake_bytes = 8192;

/// What became of the bytes that begin a connection on a WebSocket port.
struct ws_handshake {
    enum class state : std::uint8_t {
        need_more,
        accepted,  ///< `response` is the 101; frames follow behind `consumed`
        refused,   ///< `response` is the last thing to write
    };
    state what = state::need_more;
    std::string response;
    std::size_t consumed = 0;  ///< octets of the request, when accepted
    std::string_view reason;   ///< one sentence, when refused
};

/// Reads the opening handshake of a SIP WebSocket client (RFC 6455 4.2, RFC 7118 4.1): GET with
/// Upgrade, version 13, a key of 16 octets and the subprotocol "sip". Everything else is answered
/// as HTTP: 426 for those that want no WebSocket, 400, 403, 405, 431.
/// @param bytes all that came so far. @param origins values of Origin that are let in, compared
/// without case (RFC 6455 10.2); empty lets in all, and clients that are no browsers send none.
ws_handshake read_ws_handshake(std::string_view bytes, std::span<const std::string> origins);

/// The Sec-WebSocket-Accept that proves a key was read (RFC 6455 4.2.2 step 5).
std::string ws_accept_of(std::string_view key);

}  // namespace sipha::sip
