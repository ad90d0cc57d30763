#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "proxy/sip/header_id.hpp"

namespace sipha::sip {

/// Why bytes are not a SIP message. None of these is ever repaired into structure.
enum class parse_error : std::uint8_t {
    empty,
    malformed_start_line,
    malformed_status_code,
    malformed_header_name,
    control_character,
    stray_line_end,
    unterminated_headers,
    too_many_headers,
    truncated_body,
};

/// One sentence for logs and counters, without the offending bytes.
std::string_view to_text(parse_error error);

/// One header field as it stands in the message; views into the caller's buffer.
struct header {
    header_id id = header_id::other;
    std::string_view name;   ///< as written, long or compact
    std::string_view value;  ///< without white space at its ends, folding left inside
    std::string_view line;   ///< from the name to the final CRLF, folded lines included
};

/// Cuts the header field off the front of `rest` (RFC 3261 7.3.1, 25.1 `extension-header`).
/// @param rest starts at a header line, not at the empty line; moves behind the field's final CRLF.
/// @returns nothing when `out` was filled, else why the bytes are not a header field.
std::optional<parse_error> scan_header(std::string_view& rest, header& out);

}  // namespace sipha::sip
