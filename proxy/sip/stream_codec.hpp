#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/sip/endpoint.hpp"
#include "proxy/sip/framer.hpp"
#include "proxy/sip/ws_frames.hpp"

namespace sipha::sip {

/// How SIP messages stand in a byte stream: by Content-Length (TCP, TLS) or in WebSocket messages
/// (WS, WSS). Pure; the connection moves the bytes. How the stream was cut into pushes never
/// changes the events.
class stream_codec {
  public:
    enum class event : std::uint8_t {
        need_more,
        message,  ///< a SIP message
        answer,   ///< bytes to write at once that are no answer to a keepalive
        pong,     ///< bytes to write at once: the peer asked whether we live
        ended,    ///< bytes to write, then the connection is closed in good order
        error,    ///< bytes to write, perhaps none; then the connection must be closed
    };

    virtual ~stream_codec() = default;
    virtual void push(std::string_view bytes) = 0;
    /// @param bytes as the event says; valid until the next `push` or `next`. After `ended` or
    /// `error` nothing follows.
    virtual event next(std::string_view& bytes) = 0;
    /// One sentence; empty while there was no error.
    virtual std::string_view error_text() const = 0;
    /// A message has begun and is not complete, which is what the limit on slow senders is about.
    /// Valid after `next` said need_more.
    virtual bool is_inside_message() const = 0;
    /// False while messages cannot be written yet: the opening handshake is not done.
    virtual bool is_open() const = 0;
    /// What goes in front of a message that is written.
    virtual ws_frame_header header_for(std::string_view message) const = 0;
    /// What is written before the connection is closed by us.
    virtual std::string_view farewell() const = 0;
};

/// @param remote the peer: transport decides the codec, the address goes into the Via of refusals
/// (RFC 3261 18.2.1).
/// @param origins for WS and WSS, see read_ws_handshake; outlives the codec.
std::unique_ptr<stream_codec> make_stream_codec(
    const endpoint& remote, const framer_limits& limits, const std::vector<std::string>& origins
);

/// Answers a request that cannot be framed (RFC 3261 18.3, 21.4.11, 21.5.7) from its headers alone.
/// @param head start line and headers, perhaps cut off behind one of them.
/// @returns empty when there is nobody to answer: a response, an ACK, no Via.
std::string refuse_unframed(std::string_view head, int status, const endpoint& remote);

}  // namespace sipha::sip
