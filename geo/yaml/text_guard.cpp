#include "geo/yaml/text_guard.hpp"

#include <cstdint>
#include <optional>
#include <string>

#include "geo/yaml/document.hpp"

namespace sipha::geo::yaml {

namespace {

struct code_point {
    char32_t value;
    std::size_t length;
};

std::optional<code_point> decode(std::string_view text) {
    const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
    const unsigned lead = byte(0);
    if (lead < 0x80) {
        return code_point{lead, 1};
    }
    // RFC 3629 section 4: the lead byte gives the length; C0, C1 and F5..FF never occur.
    const std::size_t length = lead < 0xc2   ? 0U
                               : lead < 0xe0 ? 2U
                               : lead < 0xf0 ? 3U
                               : lead < 0xf5 ? 4U
                                             : 0U;
    if (length == 0 || text.size() < length) {
        return std::nullopt;
    }
    char32_t value = lead & (0x7fU >> length);
    for (std::size_t index = 1; index < length; ++index) {
        if ((byte(index) & 0xc0) != 0x80) {
            return std::nullopt;
        }
        value = (value << 6) | (byte(index) & 0x3fU);
    }
    constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
        return std::nullopt;
    }
    return code_point{value, length};
}

bool is_bidi_control(char32_t value) {
    return (value >= 0x202a && value <= 0x202e) || (value >= 0x2066 && value <= 0x2069) ||
           value == 0x200e || value == 0x200f;
}

std::string_view complaint(char32_t value) {
    if (value == '\r') {
        return "carriage return; save the file with plain line feeds";
    }
    if ((value < 0x20 && value != '\n' && value != '\t') || (value >= 0x7f && value < 0xa0)) {
        return "control character; remove it";
    }
    if (is_bidi_control(value)) {
        return "bidirectional control character; remove it, it hides what the file says";
    }
    if (value == 0x2028 || value == 0x2029 || value == 0xfeff) {
        return "invisible separator or byte order mark inside the text; remove it";
    }
    return {};
}

}  // namespace

bool guard_text(std::string_view text, diagnostics& diag) {
    position at{1, 1};
    while (!text.empty()) {
        const auto next = decode(text);
        if (!next) {
            diag.error(at, rule::bytes, "not valid UTF-8; save the file as UTF-8");
            return false;
        }
        if (const auto words = complaint(next->value); !words.empty()) {
            diag.error(at, rule::bytes, std::string(words));
            return false;
        }
        if (next->value == '\n') {
            at = {at.line + 1, 1};
        } else {
            at.column += static_cast<std::uint32_t>(next->length);
        }
        text.remove_prefix(next->length);
    }
    return true;
}

}  // namespace sipha::geo::yaml
