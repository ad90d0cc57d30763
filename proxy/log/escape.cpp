#include "proxy/log/escape.hpp"

namespace sipha::log {

namespace {

void append_hex(std::string& out, unsigned char byte) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += "\\x";
    out += digits[byte >> 4];
    out += digits[byte & 0x0f];
}

}  // namespace

std::string escape(std::string_view text) {
    const bool is_cut = text.size() > max_line_bytes;
    text = text.substr(0, max_line_bytes);
    std::string out;
    out.reserve(text.size() + 3);
    unsigned char previous = 0;
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        // U+0080 to U+009F are C2 80 to C2 9F in UTF-8; some terminals take them for commands.
        const bool is_c1 = previous == 0xc2 && byte >= 0x80 && byte <= 0x9f;
        if (byte < 0x20 || byte == 0x7f || is_c1) {
            append_hex(out, byte);
        } else {
            out += character;
        }
        previous = byte;
    }
    if (is_cut) {
        out += "...";
    }
    return out;
}

}  // namespace sipha::log
