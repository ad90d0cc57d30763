#include "proxy/crypto/random.hpp"

#include <openssl/sha.h>

#include <cassert>
#include <cstring>
#include <utility>

namespace sipha::crypto {

random::random(std::string seed) : seed_(std::move(seed)) {}

std::uint64_t random::next() {
    if (used_ == 4) {
        std::string input = seed_;
        input.append(reinterpret_cast<const char*>(&counter_), sizeof counter_);
        ++counter_;
        unsigned char digest[SHA256_DIGEST_LENGTH];
        SHA256(reinterpret_cast<const unsigned char*>(input.data()), input.size(), digest);
        static_assert(sizeof digest == sizeof block_);
        std::memcpy(block_, digest, sizeof digest);
        used_ = 0;
    }
    return block_[used_++];
}

std::uint64_t random::below(std::uint64_t bound) {
    assert(bound != 0);
    // Rejection keeps the draw unbiased.
    const auto limit = UINT64_MAX - UINT64_MAX % bound;
    for (;;) {
        const auto number = next();
        if (number < limit) {
            return number % bound;
        }
    }
}

std::string random::hex(unsigned bits) {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    std::uint64_t number = 0;
    for (unsigned i = 0; i < bits / 4; ++i) {
        if (i % 16 == 0) {
            number = next();
        }
        text += digits[number & 0xf];
        number >>= 4;
    }
    return text;
}

}  // namespace sipha::crypto
