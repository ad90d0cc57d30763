#pragma once

#include <string>
#include <string_view>

namespace sipha::log {

/// Text for JSON, which is UTF-8 (RFC 8259 8.1): each octet that is not part of a well-formed
/// character (RFC 3629 4) becomes U+FFFD. Well-formed text stays as it is.
std::string to_utf8(std::string_view text);

}  // namespace sipha::log
