#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <sipha/resolver/export.hpp>

namespace sipha::resolver {

enum class address_family : std::uint8_t { v4, v6 };

/// An IPv4 or IPv6 address as a value, ordered by family, then by number.
class SIPHA_RESOLVER_EXPORT address {
  public:
    /// The unspecified IPv4 address 0.0.0.0.
    constexpr address() = default;
    /// @param bytes 4 octets in network order.
    static address v4(std::span<const std::uint8_t, 4> bytes);
    /// @param bytes 16 octets in network order.
    static address v6(std::span<const std::uint8_t, 16> bytes);
    /// Parses "192.0.2.1" or "2001:db8::1"; no brackets, no zone index, no surrounding space.
    /// @returns nothing when the text is not exactly one address.
    static std::optional<address> parse(std::string_view text);

    /// Which of the two kinds it is.
    address_family family() const { return family_; }
    /// Octets in network order: 4 for IPv4, 16 for IPv6.
    std::span<const std::uint8_t> bytes() const;
    /// Canonical text (RFC 5952 for IPv6), without brackets.
    std::string to_string() const;

    friend constexpr auto operator<=>(const address&, const address&) = default;

  private:
    address_family family_ = address_family::v4;
    std::array<std::uint8_t, 16> bytes_{};
};

/// "192.0.2.1:5060" or "[2001:db8::1]:5060" (hostport of RFC 3261 25.1).
SIPHA_RESOLVER_EXPORT std::string hostport(const address& ip, std::uint16_t port);

}  // namespace sipha::resolver
