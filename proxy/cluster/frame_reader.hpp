#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/cluster/codec.hpp"

namespace sipha::cluster {

/// Cuts frames out of a byte stream. Holds at most one frame, and copies only frames that arrive
/// in pieces.
class frame_reader {
  public:
    enum class status : std::uint8_t {
        message,    ///< one message is cut
        need_more,  ///< all input is taken
        too_long,   ///< a length above the limit: the stream is useless from here on
    };
    /// Accepts frames up to max_frame_size from now on.
    void authenticated() { limit_ = max_frame_size; }
    /// Takes bytes from the front of `input`.
    /// @param message set for status::message: without its length, valid until the next call and
    ///     while the input's bytes are.
    status next(std::string_view& input, std::string_view& message);
    /// Octets held for a frame that is not complete.
    std::size_t buffered() const { return buffer_.size(); }

  private:
    status measure(std::string_view prefix, std::size_t& size) const;

    std::size_t limit_ = max_unauthenticated_frame_size;
    std::string buffer_;
    bool is_cut_ = false;  // buffer_ was handed out and is cleared by the next call
};

}  // namespace sipha::cluster
