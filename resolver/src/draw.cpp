#include "resolver/src/draw.hpp"

namespace sipha::resolver::detail {

keyed_draw::keyed_draw(std::uint64_t seed, std::string_view key) : state_(seed) {
    // FNV-1a over the key, started from the mixed seed: near seeds give unrelated sequences.
    state_ = next() ^ 0xcbf29ce484222325ULL;
    for (const char letter : key) {
        state_ = (state_ ^ static_cast<unsigned char>(letter)) * 0x100000001b3ULL;
    }
}

std::uint64_t keyed_draw::next() {
    // splitmix64: full period, passes the usual statistical batteries, five operations.
    state_ += 0x9e3779b97f4a7c15ULL;
    auto mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
    return mixed ^ (mixed >> 31);
}

std::uint64_t keyed_draw::below(std::uint64_t bound) {
    // The high half of a 128-bit product; the bias is below 2^-32 for every bound used here.
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
}

}  // namespace sipha::resolver::detail
