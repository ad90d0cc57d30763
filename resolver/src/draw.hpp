#pragma once

#include <cstdint>
#include <string_view>

namespace sipha::resolver::detail {

/// FNV-1a over a name: the key of a draw, computed once for many draws.
constexpr std::uint64_t draw_key(std::string_view name) {
    auto hash = 0xcbf29ce484222325ULL;
    for (const char letter : name) {
        hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3ULL;
    }
    return hash;
}

/// Random numbers that depend on nothing but a seed and a key, so that the same lookup with the
/// same seed draws the same order on every machine, in whatever order answers arrive.
class keyed_draw {
  public:
    /// Near seeds and near keys give unrelated sequences.
    constexpr keyed_draw(std::uint64_t seed, std::uint64_t key) : state_(seed) {
        state_ = next() ^ key;
        state_ = next();
    }
    keyed_draw(std::uint64_t seed, std::string_view key) : keyed_draw(seed, draw_key(key)) {}

    constexpr std::uint64_t next() {
        // splitmix64: full period, passes the usual statistical batteries, five operations.
        state_ += 0x9e3779b97f4a7c15ULL;
        auto mixed = state_;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
        return mixed ^ (mixed >> 31);
    }
    /// Uniform in [0, bound); bound is at least 1.
    constexpr std::uint64_t below(std::uint64_t bound) {
        // The high half of a 128-bit product; the bias is below 2^-32 for every bound used here.
        return static_cast<std::uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
    }

  private:
    std::uint64_t state_;
};

}  // namespace sipha::resolver::detail
