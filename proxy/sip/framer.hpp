#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sipha::sip {

/// What one message on a stream may cost.
struct framer_limits {
    std::size_t max_header_bytes = 65536;  ///< start line to empty line, both included
    std::size_t max_body_bytes = 65536;
};

/// Cuts a TCP or TLS byte stream into messages by Content-Length (RFC 3261 18.3) and
/// finds the CRLF keep-alives between them (RFC 5626 4.4.1). How the stream was cut into pushes
/// never changes the events.
///
/// Use: `push` what arrived, then call `next` until it says `need_more` or `error`. In between the
/// framer holds at most one unfinished message, so its buffer is bounded by both limits plus the
/// longest push. Pushing on without calling `next` is an error.
class framer {
  public:
    enum class event : std::uint8_t {
        need_more,
        message,
        ping,   ///< CRLFCRLF between messages: answer with CRLF
        error,  ///< the stream cannot be framed any further and must be closed
    };

    explicit framer(framer_limits limits = {}) : limits_(limits) {}

    void push(std::string_view bytes);
    /// @param message filled for `event::message` only; valid until the next `push` or `next`.
    /// After an error every call gives `error`.
    event next(std::string_view& message);
    /// One sentence; empty while there was no error.
    std::string_view error_text() const { return error_text_; }
    /// How a request with this error is answered before the stream is closed: 400, 413, 513; 0 when
    /// it is not answered.
    int error_status() const { return error_status_; }
    /// Its start line and headers, as far as they are known.
    std::string_view error_head() const {
        return error_status_ == 0 ? std::string_view() : std::string_view(buffer_);
    }
    /// A message has begun and is not complete. Line ends between messages are no beginning: they
    /// are keepalives and padding (RFC 3261 7.5, RFC 5626 4.4.1). After `next` said need_more.
    bool is_inside_message() const;

  private:
    event fail(std::string_view why);
    /// Fails so that the sender can be told: `head_bytes` of what is unread are kept.
    event refuse(int status, std::string_view why, std::size_t head_bytes);
    event measure();
    std::string_view unread() const { return std::string_view(buffer_).substr(consumed_); }

    framer_limits limits_;
    std::string buffer_;
    std::size_t consumed_ = 0;  ///< octets of the buffer that are done with
    std::size_t searched_ = 0;  ///< octets of `unread` known to hold no empty line
    std::size_t message_size_ =
        0;  ///< of the message being received; 0 until its headers are there
    std::string_view error_text_;
    int error_status_ = 0;
};

}  // namespace sipha::sip
