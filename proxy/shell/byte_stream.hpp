#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "proxy/shell/byte_queue.hpp"

namespace sipha::shell {

/// How an attempt on a non-blocking stream ended.
enum class stream_outcome : std::uint8_t {
    done,
    want_read,   ///< try again when the socket is readable
    want_write,  ///< try again when the socket is writable
    ended,       ///< the peer closed its side in good order
    failed,
};

struct stream_result {
    stream_outcome outcome = stream_outcome::done;
    std::size_t bytes = 0;  ///< moved, when done
};

/// Bytes in both directions over a connected, non-blocking socket: as they are, or under TLS. The
/// connection owns the socket and waits for it.
class byte_stream {
  public:
    virtual ~byte_stream() = default;
    /// Goes on with what must happen before the first byte; done at once without TLS.
    virtual stream_outcome handshake() = 0;
    virtual stream_result read(std::span<char> buffer) = 0;
    virtual stream_result write(std::string_view bytes) = 0;
    /// Tells the peer that nothing more comes, as far as this layer has a word for it.
    virtual void end_sending() = 0;
    /// The name that the peer's certificate proves; empty when there is none.
    virtual std::string_view peer_identity() const = 0;
    /// One sentence about why `handshake` failed.
    virtual std::string_view error_text() const = 0;
};

/// Reads and writes a socket as it is.
class plain_stream final : public byte_stream {
  public:
    explicit plain_stream(int descriptor) : descriptor_(descriptor) {}
    stream_outcome handshake() override { return stream_outcome::done; }
    stream_result read(std::span<char> buffer) override;
    stream_result write(std::string_view bytes) override;
    void end_sending() override {}
    std::string_view peer_identity() const override { return {}; }
    std::string_view error_text() const override { return {}; }

  private:
    int descriptor_;
};

/// Writes what is pending until the queue is empty or the stream takes no more.
/// @returns done when all is written.
stream_outcome write_pending(byte_stream& stream, byte_queue& queue);

}  // namespace sipha::shell
