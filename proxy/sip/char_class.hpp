#pragma once

#include <array>
#include <cstdint>
#include <string_view>

/// Sets of characters as bits of one table: what a parser asks of every octet it reads.
namespace sipha::sip::char_class {

inline constexpr std::uint16_t token = 1;        ///< `token` (RFC 3261 25.1)
inline constexpr std::uint16_t unreserved = 2;   ///< `unreserved`
inline constexpr std::uint16_t lws = 4;          ///< SP, HTAB, CR, LF
inline constexpr std::uint16_t plain_value = 8;  ///< unquoted parameter value, see parameters.hpp
inline constexpr std::uint16_t host = 16;        ///< label of a host name: alphanumeric, - and _
inline constexpr std::uint16_t list_mark = 32;   ///< , " < ( where a list must look closer
inline constexpr std::uint16_t name_end = 64;    ///< LWS ; = behind a parameter's name
inline constexpr std::uint16_t value_end = 128;  ///< LWS ; behind a parameter's value
inline constexpr std::uint16_t display_name = 256;  ///< token, LWS, UTF-8 octets
inline constexpr std::uint16_t bare_uri = 512;      ///< may stand in a URI of any scheme
inline constexpr std::uint16_t uri_user = 1024;     ///< and the next three: see uri_text.hpp
inline constexpr std::uint16_t uri_password = 2048;
inline constexpr std::uint16_t uri_parameter = 4096;
inline constexpr std::uint16_t uri_header = 8192;

constexpr std::array<std::uint16_t, 256> make_table() {
    std::array<std::uint16_t, 256> table{};
    const auto set = [&table](std::string_view chars, unsigned bits) {
        for (const char c : chars) {
            auto& entry = table[static_cast<unsigned char>(c)];
            entry = static_cast<std::uint16_t>(entry | bits);
        }
    };
    constexpr unsigned in_uri_text = uri_user | uri_password | uri_parameter | uri_header;
    constexpr std::string_view alphanumeric =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    set(alphanumeric, token | unreserved | host | display_name | in_uri_text);
    set("-.!%*_+`'~", token | display_name);
    set("-_.!~*'()", unreserved | in_uri_text);
    set("-_", host);
    set(" \t\r\n", lws | name_end | value_end | display_name);
    set(";", name_end | value_end);
    set("=", name_end);
    set(",\"<(", list_mark);
    // RFC 3261 25.1: user-unreserved, password, param-unreserved, hnv-unreserved.
    set("&=+$,;?/", uri_user);
    set("&=+$,", uri_password);
    set("[]/:&+$", uri_parameter);
    set("[]/?:+$", uri_header);
    for (unsigned octet = 0x21; octet < 0x7f; ++octet) {
        const auto c = static_cast<char>(octet);
        const bool is_bracket = c == '<' || c == '>' || c == '"';
        const bool separates = is_bracket || c == ',' || c == ';';
        set({&c, 1}, (separates ? 0u : plain_value) | (is_bracket ? 0u : bare_uri));
    }
    for (unsigned octet = 0x80; octet < 0x100; ++octet) {
        const auto c = static_cast<char>(octet);
        set({&c, 1}, display_name);
    }
    return table;
}
inline constexpr auto table = make_table();

/// True when the character is in one of the sets.
constexpr bool is_in(char c, unsigned sets) {
    return (table[static_cast<unsigned char>(c)] & sets) != 0;
}

/// How many characters at the front are in one of the sets.
constexpr std::size_t span(std::string_view text, unsigned sets) {
    std::size_t size = 0;
    while (size < text.size() && is_in(text[size], sets)) {
        ++size;
    }
    return size;
}
/// How many characters at the front are in none of the sets.
constexpr std::size_t span_until(std::string_view text, unsigned sets) {
    std::size_t size = 0;
    while (size < text.size() && !is_in(text[size], sets)) {
        ++size;
    }
    return size;
}

}  // namespace sipha::sip::char_class
