#include "proxy/sip/text.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace sipha::sip {

namespace {

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

std::size_t find_control(std::string_view text, std::size_t from) {
    auto at = from;
#ifdef __SSE2__
    const auto highest_control = _mm_set1_epi8(0x1f);
    const auto del = _mm_set1_epi8(0x7f);
    const auto tab = _mm_set1_epi8('\t');
    for (; at + 16 <= text.size(); at += 16) {
        const auto octets = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
        const auto is_low = _mm_cmpeq_epi8(_mm_min_epu8(octets, highest_control), octets);
        const auto is_found = _mm_andnot_si128(
            _mm_cmpeq_epi8(octets, tab), _mm_or_si128(is_low, _mm_cmpeq_epi8(octets, del))
        );
        const auto mask = static_cast<unsigned>(_mm_movemask_epi8(is_found));
        if (mask != 0) {
            return at + static_cast<std::size_t>(std::countr_zero(mask));
        }
    }
#endif
    while (at < text.size() && (!is_control(text[at]) || text[at] == '\t')) {
        ++at;
    }
    return at;
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
