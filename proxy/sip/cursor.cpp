#include "proxy/sip/cursor.hpp"

#include <algorithm>

namespace sipha::sip {

std::optional<std::string_view> cursor::take_quoted_string() {
    if (peek() != '"') {
        return std::nullopt;
    }
    const auto size = end_of_quoted_string(rest_);
    if (size == std::string_view::npos) {
        return std::nullopt;
    }
    return take(size);
}

std::size_t end_of_quoted_string(std::string_view text) {
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            return i + 1;
        }
    }
    return std::string_view::npos;
}

}  // namespace sipha::sip
