#include "proxy/log/utf8.hpp"

#include <cstddef>
#include <cstdint>

namespace sipha::log {

namespace {

/// Octets of the well-formed character that the text begins with; 0 when there is none.
std::size_t character_length(std::string_view text) {
    const auto octet = [&](std::size_t index) -> unsigned {
        return index < text.size() ? static_cast<std::uint8_t>(text[index]) : 0u;
    };
    const auto is_between = [&](std::size_t index, unsigned least, unsigned most) {
        return octet(index) >= least && octet(index) <= most;
    };
    const auto lead = octet(0);
    if (lead < 0x80) {
        return 1;
    }
    // RFC 3629 4: the second octet rules out long forms, surrogates and what is above U+10FFFF.
    const std::size_t length = lead < 0xc2 ? 0u : lead < 0xe0 ? 2u : lead < 0xf0 ? 3u : 4u;
    const unsigned least = lead == 0xe0 ? 0xa0u : lead == 0xf0 ? 0x90u : 0x80u;
    const unsigned most = lead == 0xed ? 0x9fu : lead == 0xf4 ? 0x8fu : 0xbfu;
    if (length == 0 || lead > 0xf4 || !is_between(1, least, most)) {
        return 0;
    }
    for (std::size_t index = 2; index < length; ++index) {
        if (!is_between(index, 0x80, 0xbf)) {
            return 0;
        }
    }
    return length;
}

}  // namespace

std::string to_utf8(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto length = character_length(text);
        if (length == 0) {
            out += "\xef\xbf\xbd";
            text.remove_prefix(1);
        } else {
            out += text.substr(0, length);
            text.remove_prefix(length);
        }
    }
    return out;
}

}  // namespace sipha::log
