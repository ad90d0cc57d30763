#include "resolver/stub/synthetic_name.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>

#include "resolver/src/names.hpp"

namespace sipha::resolver::stub {
namespace {

constexpr std::size_t longest_label = 39;  // eight groups of four digits and the hyphens
constexpr std::size_t v4_parts = 4;
constexpr std::size_t v6_parts = 8;

void append_number(std::string& text, unsigned value, int base) {
    std::array<char, 8> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), value, base).ptr;
    text.append(digits.begin(), end);
}

/// @returns the numbers between the hyphens; nothing when one of them is no number of the base.
std::optional<std::array<unsigned, v6_parts>> numbers_of(
    std::string_view label, std::size_t count, int base
) {
    std::array<unsigned, v6_parts> out{};
    for (std::size_t index = 0; index < count; ++index) {
        const auto hyphen = index + 1 < count ? label.find('-') : label.size();
        if (hyphen == std::string_view::npos) {
            return std::nullopt;
        }
        const auto* end = label.data() + hyphen;
        const auto [stop, error] = std::from_chars(label.data(), end, out.at(index), base);
        if (error != std::errc{} || stop != end) {
            return std::nullopt;
        }
        label.remove_prefix(hyphen < label.size() ? hyphen + 1 : hyphen);
    }
    return out;
}

}  // namespace

std::string label_of(const address& ip) {
    std::string text;
    const auto bytes = ip.bytes();
    const bool is_v4 = ip.family() == address_family::v4;
    const std::size_t step = is_v4 ? 1 : 2;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        if (at != 0) {
            text += '-';
        }
        const unsigned value = is_v4 ? bytes[at] : unsigned{bytes[at]} << 8U | bytes[at + 1];
        append_number(text, value, is_v4 ? 10 : 16);
    }
    return text;
}

std::optional<address> address_of_label(std::string_view label) {
    if (label.size() > longest_label) {
        return std::nullopt;
    }
    std::optional<address> found;
    if (const auto octets = numbers_of(label, v4_parts, 10)) {
        std::array<std::uint8_t, 4> bytes{};
        for (std::size_t index = 0; index < v4_parts; ++index) {
            bytes.at(index) = static_cast<std::uint8_t>(octets->at(index));
        }
        found = address::v4(bytes);
    } else if (const auto groups = numbers_of(label, v6_parts, 16)) {
        std::array<std::uint8_t, 16> bytes{};
        for (std::size_t index = 0; index < v6_parts; ++index) {
            bytes.at(2 * index) = static_cast<std::uint8_t>(groups->at(index) >> 8U);
            bytes.at(2 * index + 1) = static_cast<std::uint8_t>(groups->at(index) & 0xffU);
        }
        found = address::v6(bytes);
    }
    // Only the one spelling that `label_of` writes is a name of ours: no leading zeros, no excess.
    return found && label_of(*found) == label ? found : std::nullopt;
}

std::string synthetic_name(const address& ip, std::string_view domain) {
    return label_of(ip).append(".").append(synthetic_zone).append(".").append(domain);
}

bool has_room_for_synthetic_names(std::string_view domain) {
    return longest_label + 1 + synthetic_zone.size() + 1 + domain.size() <= detail::max_name_length;
}

}  // namespace sipha::resolver::stub
