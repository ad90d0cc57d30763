#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "proxy/auth/algorithm.hpp"

struct evp_md_st;
struct evp_md_ctx_st;

namespace sipha::auth {

/// A digest as octets; the first `digest_octets(algorithm)` count, the rest is zero.
using digest = std::array<std::uint8_t, max_digest_octets>;
/// A digest in lower-case hexadecimal; the first 2 * `digest_octets(algorithm)` characters count.
using digest_text = std::array<char, 2 * max_digest_octets>;

/// The H() of RFC 7616 3.3. Algorithms and the context are fetched once and used again and again,
/// because fetching costs OpenSSL more than hashing. Not thread-safe: one object per worker.
class hasher {
  public:
    /// @throws std::runtime_error when OpenSSL lacks SHA-256 or SHA-512/256. A missing MD5 (FIPS
    /// mode) shows in `has`.
    hasher();
    ~hasher();
    hasher(hasher&&) noexcept;
    hasher& operator=(hasher&&) noexcept;

    bool has(algorithm which) const;
    /// H(parts[0]:parts[1]:...), joined by colons. @param which one that `has` confirms.
    digest hash(algorithm which, std::span<const std::string_view> parts) const;
    /// The same as text. @returns a view into `out`.
    std::string_view hash_text(
        algorithm which, std::span<const std::string_view> parts, digest_text& out
    ) const;

  private:
    struct md_deleter {
        void operator()(evp_md_st* md) const;
    };
    struct context_deleter {
        void operator()(evp_md_ctx_st* context) const;
    };
    std::array<std::unique_ptr<evp_md_st, md_deleter>, all_algorithms.size()> algorithms_;
    std::unique_ptr<evp_md_ctx_st, context_deleter> context_;
};

/// Writes octets in lower-case hexadecimal. @param out at least twice as long. @returns a view of
/// what was written.
std::string_view to_hex(std::span<const std::uint8_t> octets, std::span<char> out);
/// The inverse; either case. @returns false when `text` is not exactly 2 * out.size() digits.
bool from_hex(std::string_view text, std::span<std::uint8_t> out);

}  // namespace sipha::auth
