#include "proxy/crypto/short_mac.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace sipha::crypto {

namespace {

std::uint64_t load(const std::uint8_t* octets) {
    std::uint64_t word = 0;
    for (unsigned i = 0; i < 8; ++i) {
        word |= std::uint64_t{octets[i]} << (8 * i);
    }
    return word;
}

/// The state of SipHash, fed in pieces of any size.
class siphash {
  public:
    siphash(std::uint64_t k0, std::uint64_t k1)
        : v0_(k0 ^ 0x736f6d6570736575U),
          v1_(k1 ^ 0x646f72616e646f6dU),
          v2_(k0 ^ 0x6c7967656e657261U),
          v3_(k1 ^ 0x7465646279746573U) {}

    void add(std::string_view text) {
        total_ += text.size();
        const auto* at = reinterpret_cast<const std::uint8_t*>(text.data());
        auto left = text.size();
        if (filled_ != 0) {
            const auto take = std::min(left, 8 - filled_);
            std::memcpy(buffer_ + filled_, at, take);
            filled_ += take;
            at += take;
            left -= take;
            if (filled_ < 8) {
                return;
            }
            compress(load(buffer_));
            filled_ = 0;
        }
        for (; left >= 8; left -= 8, at += 8) {
            compress(load(at));
        }
        if (left != 0) {
            std::memcpy(buffer_, at, left);
        }
        filled_ = left;
    }
    std::uint64_t finish() {
        std::memset(buffer_ + filled_, 0, 8 - filled_);
        buffer_[7] = static_cast<std::uint8_t>(total_ & 0xff);
        compress(load(buffer_));
        v2_ ^= 0xff;
        for (int i = 0; i < 4; ++i) {
            round();
        }
        return v0_ ^ v1_ ^ v2_ ^ v3_;
    }

  private:
    void round() {
        v0_ += v1_;
        v1_ = std::rotl(v1_, 13) ^ v0_;
        v0_ = std::rotl(v0_, 32);
        v2_ += v3_;
        v3_ = std::rotl(v3_, 16) ^ v2_;
        v0_ += v3_;
        v3_ = std::rotl(v3_, 21) ^ v0_;
        v2_ += v1_;
        v1_ = std::rotl(v1_, 17) ^ v2_;
        v2_ = std::rotl(v2_, 32);
    }
    void compress(std::uint64_t word) {
        v3_ ^= word;
        round();
        round();
        v0_ ^= word;
    }

    std::uint64_t v0_;
    std::uint64_t v1_;
    std::uint64_t v2_;
    std::uint64_t v3_;
    std::uint8_t buffer_[8]{};
    std::size_t filled_ = 0;
    std::size_t total_ = 0;
};

short_mac::key derived(const mac& master, std::string_view purpose) {
    const std::string_view parts[] = {purpose};
    const auto tag = master.sign("short mac", parts);
    short_mac::key key;
    std::copy_n(tag.begin(), key.size(), key.begin());
    return key;
}

}  // namespace

short_mac::short_mac(const key& from) : k0_(load(from.data())), k1_(load(from.data() + 8)) {}

short_mac::short_mac(const mac& master, std::string_view purpose)
    : short_mac(derived(master, purpose)) {}

std::uint64_t short_mac::sign(std::string_view text) const {
    siphash state(k0_, k1_);
    state.add(text);
    return state.finish();
}

std::uint64_t short_mac::sign(std::span<const std::string_view> parts) const {
    siphash state(k0_, k1_);
    for (const auto part : parts) {
        const auto size = static_cast<std::uint32_t>(part.size());
        const char length[] = {
            static_cast<char>(size >> 24),
            static_cast<char>(size >> 16),
            static_cast<char>(size >> 8),
            static_cast<char>(size)};
        state.add({length, sizeof length});
        state.add(part);
    }
    return state.finish();
}

}  // namespace sipha::crypto
