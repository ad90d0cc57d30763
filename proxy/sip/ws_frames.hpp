#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sipha::sip {

/// RFC 6455 11.8.
enum class ws_opcode : std::uint8_t {
    continuation = 0x0,
    text = 0x1,
    binary = 0x2,
    close = 0x8,
    ping = 0x9,
    pong = 0xa,
};

/// RFC 6455 7.4.1.
enum class ws_close : std::uint16_t {
    normal = 1000,
    going_away = 1001,
    protocol_error = 1002,
    not_utf8 = 1007,
    too_big = 1009,
};

/// The header of one unmasked frame, as a server writes it (RFC 6455 5.1, 5.2).
struct ws_frame_header {
    std::array<char, 10> storage;
    std::size_t size = 0;
    std::string_view bytes() const { return {storage.data(), size}; }
};
ws_frame_header ws_header(ws_opcode opcode, std::size_t payload_bytes);
/// A whole Close frame.
std::string ws_close_frame(ws_close code);
/// The opcode for a SIP message: text is for UTF-8 only (RFC 6455 5.6).
ws_opcode ws_opcode_for(std::string_view message);
/// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

/// Cuts the stream of a WebSocket client into messages (RFC 6455 5): unmasks, joins fragments,
/// hands out control frames between them. How the stream was cut into pushes never changes the
/// events.
///
/// Use: `push` what arrived, then call `next` until it says `need_more` or `error`. It holds one
/// unfinished message of at most `max_message_bytes`, and the longest push.
class ws_reader {
  public:
    enum class event : std::uint8_t {
        need_more,
        message,
        ping,  ///< answer with a pong of the same payload (RFC 6455 5.5.2)
        pong,
        close,  ///< answer with a Close frame and end (RFC 6455 5.5.1)
        error,  ///< fail the connection with `error_code`
    };

    explicit ws_reader(std::size_t max_message_bytes) : max_message_bytes_(max_message_bytes) {}

    void push(std::string_view bytes);
    /// @param payload of the message or control frame; valid until the next `push` or `next`.
    event next(std::string_view& payload);
    ws_close error_code() const { return error_code_; }
    /// One sentence; empty while there was no error.
    std::string_view error_text() const { return error_text_; }
    /// A frame or a message of several has begun and is not complete. After `next` said need_more.
    bool is_inside_message() const { return is_fragmented_ || consumed_ < buffer_.size(); }

  private:
    struct frame {
        ws_opcode opcode = ws_opcode::continuation;
        bool is_final = false;
        std::size_t header_bytes = 0;
        std::size_t payload_bytes = 0;
    };
    enum class header_state : std::uint8_t { need_more, complete, wrong };

    event fail(ws_close code, std::string_view why);
    header_state read_header(frame& out);
    bool check_opcode(const frame& what);
    std::string_view unmask(const frame& what);
    event take_control(const frame& what, std::string_view& payload);
    event take_data(const frame& what, std::string_view& payload);

    std::size_t max_message_bytes_;
    std::string buffer_;
    std::size_t consumed_ = 0;
    std::string message_;  ///< fragments so far
    bool is_fragmented_ = false;
    bool is_text_ = false;
    bool is_message_handed_out_ = false;
    ws_close error_code_ = ws_close::normal;
    std::string_view error_text_;
};

}  // namespace sipha::sip
