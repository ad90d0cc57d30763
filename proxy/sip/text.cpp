#include "proxy/sip/text.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace sipha::sip {

namespace {

constexpr std::uint8_t token_bit = 1;
constexpr std::uint8_t unreserved_bit = 2;

constexpr std::array<std::uint8_t, 256> make_classes() {
    std::array<std::uint8_t, 256> table{};
    const auto set = [&table](std::string_view chars, std::uint8_t bits) {
        for (const char c : chars) {
            table[static_cast<unsigned char>(c)] |= bits;
        }
    };
    set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
        token_bit | unreserved_bit);
    set("-.!%*_+`'~", token_bit);
    set("-_.!~*'()", unreserved_bit);
    return table;
}
constexpr auto classes = make_classes();

/// @returns nothing unless the text is one or more digits; stops growing at 2^32.
std::optional<std::uint64_t> parse_digits(std::string_view text) {
    constexpr std::uint64_t ceiling = std::uint64_t{1} << 32;
    if (text.empty()) {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    for (const char c : text) {
        if (!is_digit(c)) {
            return std::nullopt;
        }
        number = std::min(ceiling, number * 10 + static_cast<std::uint64_t>(c - '0'));
    }
    return number;
}

}  // namespace

bool is_token_char(char c) {
    return (classes[static_cast<unsigned char>(c)] & token_bit) != 0;
}

bool is_unreserved(char c) {
    return (classes[static_cast<unsigned char>(c)] & unreserved_bit) != 0;
}

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
               return lower(x) == lower(y);
           });
}

std::string_view trim_lws(std::string_view text) {
    while (!text.empty() && is_lws(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_lws(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

std::optional<std::uint32_t> parse_uint(std::string_view text) {
    const auto number = parse_digits(text);
    if (!number || *number > std::numeric_limits<std::uint32_t>::max()) {
        return std::nullopt;
    }
    return static_cast<std::uint32_t>(*number);
}

std::optional<std::uint32_t> parse_delta_seconds(std::string_view text) {
    const auto number = parse_digits(text);
    if (!number) {
        return std::nullopt;
    }
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(*number, std::numeric_limits<std::uint32_t>::max())
    );
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    const auto number = parse_uint(text);
    if (!number || *number == 0 || *number > 65535) {
        return std::nullopt;
    }
    return static_cast<std::uint16_t>(*number);
}

}  // namespace sipha::sip
