#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "proxy/sip/char_class.hpp"

/// Character classes of RFC 3261 25.1 and the few text operations every field needs.
namespace sipha::sip {

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
constexpr bool is_alpha(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_alphanumeric(char c) {
    return is_digit(c) || is_alpha(c);
}
/// SP, HTAB and the line ends that folding leaves inside a header value (RFC 3261 7.3.1).
constexpr bool is_lws(char c) {
    return char_class::is_in(c, char_class::lws);
}
/// C0 controls and DEL; HTAB, CR and LF count too.
constexpr bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}
/// Octets of UTF-8 sequences outside ASCII.
constexpr bool is_utf8_octet(char c) {
    return static_cast<unsigned char>(c) >= 0x80;
}
/// A character of `token` (RFC 3261 25.1).
constexpr bool is_token_char(char c) {
    return char_class::is_in(c, char_class::token);
}
/// A character of `unreserved` (RFC 3261 25.1): needs no escaping anywhere in a URI.
constexpr bool is_unreserved(char c) {
    return char_class::is_in(c, char_class::unreserved);
}
/// The value of a hexadecimal digit, 0..15, or -1.
constexpr int hex_value(char c) {
    if (is_digit(c)) {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}
constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// True for one or more token characters and nothing else.
constexpr bool is_token(std::string_view text) {
    return !text.empty() && char_class::span(text, char_class::token) == text.size();
}
/// Compares ASCII letters without case, all other octets exactly (RFC 3261 7.3.1).
constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) {
        return false;
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] != b[i] && lower(a[i]) != lower(b[i])) {
            return false;
        }
    }
    return true;
}
/// Takes linear white space off both ends.
constexpr std::string_view trim_lws(std::string_view text) {
    while (!text.empty() && is_lws(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_lws(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

/// Position of the first control character other than HTAB at `from` or behind it; the size of the
/// text when there is none.
std::size_t find_control(std::string_view text, std::size_t from);

/// Strict decimal number: one or more digits, no sign, no white space; leading zeros are allowed.
/// @returns nothing when the text is not such a number or exceeds 2^32-1.
std::optional<std::uint32_t> parse_uint(std::string_view text);
/// delta-seconds of Expires, Min-Expires and Retry-After: as `parse_uint`, but a larger number
/// counts as 2^32-1 (RFC 3261 20.19).
std::optional<std::uint32_t> parse_delta_seconds(std::string_view text);
/// A usable port: 1..65535.
std::optional<std::uint16_t> parse_port(std::string_view text);

}  // namespace sipha::sip
