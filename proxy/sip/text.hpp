#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

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
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
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
bool is_token_char(char c);
/// A character of `unreserved` (RFC 3261 25.1): needs no escaping anywhere in a URI.
bool is_unreserved(char c);
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
bool is_token(std::string_view text);
/// Compares ASCII letters without case, all other octets exactly (RFC 3261 7.3.1).
bool equal_ignoring_case(std::string_view a, std::string_view b);
/// Takes linear white space off both ends.
std::string_view trim_lws(std::string_view text);

/// Strict decimal number: one or more digits, no sign, no white space; leading zeros are allowed.
/// @returns nothing when the text is not such a number or exceeds 2^32-1.
std::optional<std::uint32_t> parse_uint(std::string_view text);
/// delta-seconds of Expires, Min-Expires and Retry-After: as `parse_uint`, but a larger number
/// counts as 2^32-1 (RFC 3261 20.19).
std::optional<std::uint32_t> parse_delta_seconds(std::string_view text);
/// A usable port: 1..65535.
std::optional<std::uint16_t> parse_port(std::string_view text);

}  // namespace sipha::sip
