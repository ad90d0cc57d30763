#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "proxy/crypto/mac.hpp"

namespace sipha::crypto {

/// A 64-bit keyed tag that costs a hundredth of `mac`: SipHash-2-4 (Aumasson and Bernstein, 2012),
/// a pseudo-random function made for short texts. For tokens on every message, which live for the
/// time of a call and are guessed online only. Any thread may use one object.
class short_mac {
  public:
    using key = std::array<std::uint8_t, 16>;

    explicit short_mac(const key& from);
    /// A key of its own for each purpose, derived from `master`: tags made for one never pass for
    /// another. @param purpose a short constant, for example "branch".
    short_mac(const mac& master, std::string_view purpose);

    /// @param text any octets, the tag of exactly these.
    std::uint64_t sign(std::string_view text) const;
    /// @param parts told apart by their lengths, so that ("ab","c") and ("a","bc") differ.
    std::uint64_t sign(std::span<const std::string_view> parts) const;

  private:
    std::uint64_t k0_ = 0;
    std::uint64_t k1_ = 0;
};

}  // namespace sipha::crypto
