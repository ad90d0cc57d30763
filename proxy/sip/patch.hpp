#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "proxy/sip/message.hpp"

namespace sipha::sip {

/// Edits one patch can hold; a forwarded message needs about ten.
inline constexpr std::size_t max_edits = 64;

/// Values [first, first + count) of a header, counted from the topmost.
struct value_span {
    std::size_t first = 0;
    std::size_t count = 1;
};

/// The edits that turn a received message into the one to forward. Collected against the message's
/// bytes, which stay as they are; texts are copied into one scratch string that keeps its capacity,
/// so a patch used again and again allocates nothing.
/// Every position must lie in the bytes of the message given to `reset`. An edit that does not, or
/// that exceeds `max_edits`, makes the patch incomplete: it then writes nothing at all rather than
/// a message that lacks an edit.
class patch {
  public:
    /// Forgets all edits and starts over against this message, whose bytes must outlive the use.
    void reset(const message& target);
    /// @param piece a view into the message bytes.
    void erase(std::string_view piece) { replace(piece, {}); }
    /// @param piece a view into the message bytes; empty inserts in front of its position.
    void replace(std::string_view piece, std::string_view text);
    void insert_before(const char* at, std::string_view text);
    /// Directly behind the start line. @param lines complete header lines with their CRLF.
    void insert_headers_first(std::string_view lines);
    /// In front of the empty line. @param lines complete header lines with their CRLF.
    void append_headers(std::string_view lines);

    /// Takes out some values of a header, counted over fields and comma lists: fields that keep no
    /// value go entirely, the others stay well-formed lists. Values that do not exist are ignored.
    /// For one header of a message call this once, since each call counts in the message as
    /// received.
    void erase_values(const message& target, header_id id, value_span which);
    /// Takes out the topmost value.
    void erase_first_value(const message& target, header_id id);
    /// Takes out every field of this kind.
    void erase_all(const message& target, header_id id);

    /// False when an edit was refused; `append_to` then appends nothing.
    bool is_complete() const { return is_complete_; }
    /// The octets `append_to` will append when no erased pieces overlap, else a few more.
    std::size_t size_bound() const;
    /// Appends the message with all edits applied in order of position; edits at one position apply
    /// in the order they were made. Pieces erased twice are erased once.
    void append_to(std::string& out) const;

  private:
    struct edit {
        std::size_t offset;
        std::size_t length;
        std::size_t text_offset;
        std::size_t text_length;
    };

    std::string_view bytes_;
    const char* headers_first_ = "";
    const char* headers_end_ = "";
    std::array<edit, max_edits> edits_;
    std::size_t count_ = 0;
    bool is_complete_ = true;
    std::string texts_;
};

}  // namespace sipha::sip
