#pragma once

#include <string_view>

#include "geo/yaml/diagnostics.hpp"

namespace sipha::geo::yaml {

/// Judges the raw bytes before any parser sees them: valid UTF-8 (RFC 3629: no overlong forms, no
/// surrogates, nothing above U+10FFFF), no control characters but line feed and tab, and none that
/// make a file read differently from what it does (bidirectional overrides).
/// @returns true when the text may be parsed; otherwise the first offence is in `diag`.
bool guard_text(std::string_view text, diagnostics& diag);

}  // namespace sipha::geo::yaml
