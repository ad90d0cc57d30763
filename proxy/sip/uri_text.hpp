#pragma once

#include <cstdint>
#include <string_view>

#include "proxy/sip/char_class.hpp"

namespace sipha::sip {

/// The parts of a SIP URI that differ in which reserved characters they may hold unescaped.
enum class uri_part : std::uint8_t { user, password, parameter, header };

/// True when every character is unreserved, allowed unescaped in this part, or a complete "%HH"
/// (RFC 3261 25.1). The empty text passes.
bool is_uri_text(std::string_view text, uri_part part);
/// True when this character needs no escaping in this part.
constexpr bool is_plain_in(uri_part part, char c) {
    return char_class::is_in(c, unsigned{char_class::uri_user} << static_cast<unsigned>(part));
}
/// The reserved characters of RFC 3261 25.1, whose escaped form means something else than the bare
/// character (19.1.4).
bool is_reserved(char c);

}  // namespace sipha::sip
