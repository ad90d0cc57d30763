#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sipha::log {

/// A line is cut here; what was cut is marked by "...".
inline constexpr std::size_t max_line_bytes = 8192;

/// Makes text safe for a log: control bytes (C0, DEL, and the C1 codes in UTF-8) become \xHH, so
/// that one event is one line and no terminal obeys it. At most max_line_bytes of `text` are kept.
std::string escape(std::string_view text);

}  // namespace sipha::log
