#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct evp_mac_ctx_st;

/// Keyed integrity for everything sipha hands to others and wants back unchanged.
namespace sipha::crypto {

/// A full HMAC-SHA-256 tag (RFC 2104, FIPS 180-4).
using mac_tag = std::array<std::uint8_t, 32>;

/// Computes HMAC-SHA-256 under one key. Not thread-safe: one object per worker.
///
/// Every use gives a `purpose` that is mixed in first, so a tag made for one purpose (a branch, a
/// flow token, the peer handshake) never passes for another.
class mac {
  public:
    /// @param key any length; at least 16 octets of entropy are the caller's duty.
    explicit mac(std::string_view key);
    ~mac();
    mac(mac&&) noexcept;
    mac& operator=(mac&&) noexcept;

    /// @param purpose a short constant, for example "branch".
    /// @param parts concatenated with their lengths, so that ("ab","c") and ("a","bc") differ.
    mac_tag sign(std::string_view purpose, std::span<const std::string_view> parts) const;
    /// The first 8 octets of `sign` as a number: enough for tokens that live for minutes.
    std::uint64_t sign64(std::string_view purpose, std::span<const std::string_view> parts) const;

  private:
    struct context_deleter {
        void operator()(evp_mac_ctx_st* context) const;
    };
    std::unique_ptr<evp_mac_ctx_st, context_deleter> keyed_;
};

/// Compares in time that depends on the length only.
bool equal_in_constant_time(
    std::span<const std::uint8_t> left, std::span<const std::uint8_t> right
);

}  // namespace sipha::crypto
