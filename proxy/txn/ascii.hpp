#pragma once

#include <cstddef>
#include <string_view>

namespace sipha::txn {

/// Lower case of an ASCII letter, any other character unchanged; independent of the locale.
constexpr char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// True when `text` begins with `prefix` in any letter case (RFC 3261 7.3.1).
constexpr bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
    if (text.size() < prefix.size()) {
        return false;
    }
    for (std::size_t i = 0; i < prefix.size(); ++i) {
        if (to_lower(text[i]) != to_lower(prefix[i])) {
            return false;
        }
    }
    return true;
}

}  // namespace sipha::txn
