#pragma once

#include <optional>
#include <string_view>

#include "proxy/sip/text.hpp"

namespace sipha::sip {

/// Reads one header value from left to right; every step either consumes input or leaves the
/// position as it was, so a loop over it ends.
class cursor {
  public:
    explicit cursor(std::string_view text) : rest_(text) {}

    bool at_end() const { return rest_.empty(); }
    std::string_view rest() const { return rest_; }
    /// The next character; '\0' at the end.
    char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

    void skip_lws() {
        while (!rest_.empty() && is_lws(rest_.front())) {
            rest_.remove_prefix(1);
        }
    }
    /// Consumes exactly this character when it is next.
    bool accept(char c) {
        if (rest_.empty() || rest_.front() != c) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }
    /// Consumes it together with linear white space on both sides (SLASH, SEMI, EQUAL, ... of
    /// RFC 3261 25.1); without it, white space may still be consumed.
    bool accept_separator(char c) {
        skip_lws();
        if (!accept(c)) {
            return false;
        }
        skip_lws();
        return true;
    }
    /// The longest run of token characters; may be empty.
    std::string_view take_token() { return take(char_class::span(rest_, char_class::token)); }
    /// A quoted string including its quotes; nothing, and no move, when none starts or ends here.
    std::optional<std::string_view> take_quoted_string();
    /// The next `size` characters, or all that are left.
    std::string_view take(std::size_t size) {
        const auto taken = rest_.substr(0, size);
        rest_.remove_prefix(taken.size());
        return taken;
    }

  private:
    std::string_view rest_;
};

/// Position behind the quoted string that starts at text[0] == '"', honouring quoted pairs.
/// @returns npos when it does not end.
std::size_t end_of_quoted_string(std::string_view text);

}  // namespace sipha::sip
