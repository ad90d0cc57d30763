#include "proxy/sip/cursor.hpp"

#include <algorithm>

#include "proxy/sip/text.hpp"

namespace sipha::sip {

void cursor::skip_lws() {
    while (!rest_.empty() && is_lws(rest_.front())) {
        rest_.remove_prefix(1);
    }
}

bool cursor::accept(char c) {
    if (rest_.empty() || rest_.front() != c) {
        return false;
    }
    rest_.remove_prefix(1);
    return true;
}

bool cursor::accept_separator(char c) {
    skip_lws();
    if (!accept(c)) {
        return false;
    }
    skip_lws();
    return true;
}

std::string_view cursor::take_token() {
    std::size_t size = 0;
    while (size < rest_.size() && is_token_char(rest_[size])) {
        ++size;
    }
    return take(size);
}

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

std::string_view cursor::take(std::size_t size) {
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
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
