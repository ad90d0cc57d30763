#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sipha::geo {

enum class ip_family : std::uint8_t { v4, v6 };

/// An IPv4 or IPv6 address as a value; 17 bytes, ordered by family, then by number.
class ip_address {
  public:
    /// The unspecified IPv4 address 0.0.0.0.
    constexpr ip_address() = default;
    /// @param bytes 4 octets in network order.
    static ip_address v4(std::span<const std::uint8_t, 4> bytes);
    /// @param bytes 16 octets in network order.
    static ip_address v6(std::span<const std::uint8_t, 16> bytes);
    /// Parses "192.0.2.1" or "2001:db8::1" (no brackets, no zone index).
    /// @returns nothing when the text is not exactly one address.
    static std::optional<ip_address> parse(std::string_view text);

    ip_family family() const { return family_; }
    bool is_v4() const { return family_ == ip_family::v4; }
    bool is_unspecified() const;
    bool is_loopback() const;
    /// Multicast in either family; for IPv4 also the limited broadcast address.
    bool is_multicast_or_broadcast() const;
    /// Network-order octets: 4 for IPv4, 16 for IPv6.
    std::span<const std::uint8_t> bytes() const;

    /// Appends the canonical text (RFC 5952 for IPv6), without brackets.
    void append_to(std::string& out) const;
    std::string to_string() const;

    friend constexpr auto operator<=>(const ip_address&, const ip_address&) = default;

  private:
    ip_family family_ = ip_family::v4;
    std::array<std::uint8_t, 16> bytes_{};
};

/// A network: an address whose host bits are zero, and a prefix length in bits.
class ip_prefix {
  public:
    /// Parses "192.0.2.0/24"; a bare address means its full length.
    /// @returns nothing when the text is malformed, the length is out of range or host bits are
    /// set.
    static std::optional<ip_prefix> parse(std::string_view text);
    /// @returns nothing when length_bits exceeds the family's or host bits are set.
    static std::optional<ip_prefix> make(const ip_address& network, unsigned length_bits);

    const ip_address& network() const { return network_; }
    unsigned length_bits() const { return length_bits_; }
    bool contains(const ip_address& address) const;
    std::string to_string() const;

    friend constexpr auto operator<=>(const ip_prefix&, const ip_prefix&) = default;

  private:
    ip_address network_;
    unsigned length_bits_ = 0;
};

/// A hash for unordered containers; not stable between builds, never write it anywhere.
std::size_t hash_value(const ip_address& address);

}  // namespace sipha::geo

template <>
struct std::hash<sipha::geo::ip_address> {
    std::size_t operator()(const sipha::geo::ip_address& address) const {
        return sipha::geo::hash_value(address);
    }
};
