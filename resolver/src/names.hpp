#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// DNS names as this library compares and asks them.
namespace sipha::resolver::detail {

inline constexpr std::size_t max_name_length = 253;      ///< as text, RFC 1035 2.3.4
inline constexpr std::size_t max_unicode_length = 1024;  ///< in octets; longer UTF-8 is no name
inline constexpr std::size_t max_label_length = 63;      ///< RFC 1035 2.3.4

/// ASCII only and independent of any locale.
constexpr char to_lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}
bool equals_ignoring_case(std::string_view left, std::string_view right);

/// True for 1 to 63 letters, digits, hyphens and underscores: what host and service names use.
bool is_usable_label(std::string_view label);

/// Lower case, without the final dot. @returns nothing when the text is empty, too long, or holds
/// a label that is empty, too long or has other octets. UTF-8 becomes A-labels, see `to_a_labels`.
std::optional<std::string> normalise_name(std::string_view text);

/// Names that RFC 6761, 6762 and 7686 keep out of the DNS.
enum class special_name : unsigned char {
    none,       ///< an ordinary name
    localhost,  ///< RFC 6761 6.3: always the loopback addresses
    invalid,    ///< RFC 6761 6.4: never exists
    foreign     ///< .onion (RFC 7686), .local (RFC 6762), .alt (RFC 9476): no names for the DNS
};
/// @param name normalised.
special_name special_use(std::string_view name);

}  // namespace sipha::resolver::detail
