#pragma once

#include <cstddef>
#include <string_view>

namespace sipha::shell {

/// Follows the framer over a stream to tell whether a message has begun and is not complete, which
/// is what the slow-sender limit is about. CR and LF between messages are no beginning: they are
/// keepalives and padding (RFC 3261 7.5, RFC 5626 4.4.1).
class message_meter {
  public:
    /// A chunk is about to go to the framer; valid until `chunk_drained`.
    void chunk(std::string_view bytes);
    /// The framer cut out a message of this many bytes.
    void message(std::size_t size);
    /// The framer wants more.
    void chunk_drained();
    bool is_inside_message() const { return carried_ > 0; }

  private:
    void skip_line_ends();

    std::string_view rest_;
    std::size_t carried_ = 0;  ///< bytes of the begun message that earlier chunks brought
};

}  // namespace sipha::shell
