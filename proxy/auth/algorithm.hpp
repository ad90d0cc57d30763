#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sipha::auth {

/// The digest algorithms of RFC 7616 3.2 and RFC 8760 2.1, strongest first. The "-sess" forms are
/// not offered.
enum class algorithm : std::uint8_t { sha512_256 = 0, sha256 = 1, md5 = 2 };

inline constexpr std::array all_algorithms{
    algorithm::sha512_256, algorithm::sha256, algorithm::md5};
inline constexpr std::size_t max_digest_octets = 32;

/// "SHA-512-256", "SHA-256", "MD5".
std::string_view to_text(algorithm value);
/// The inverse, without case. @returns nothing for what is not offered here.
std::optional<algorithm> parse_algorithm(std::string_view text);
/// Octets of a digest: 32, 32, 16; as text twice that.
constexpr std::size_t digest_octets(algorithm value) {
    return value == algorithm::md5 ? 16 : 32;
}

}  // namespace sipha::auth
