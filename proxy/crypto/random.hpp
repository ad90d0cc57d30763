#pragma once

#include <cstdint>
#include <string>

/// Random numbers for the pure code come through this port; the shell seeds it, a test gives a
/// seed.
namespace sipha::crypto {

/// A seeded generator of unguessable numbers: SHA-256 in counter mode over the seed.
/// Equal seeds give equal sequences, so a simulation replays; the daemon seeds it with 32 octets
/// from the operating system.
class random {
  public:
    explicit random(std::string seed);
    std::uint64_t next();
    /// Uniform in [0, bound); bound must not be 0.
    std::uint64_t below(std::uint64_t bound);
    /// Lower-case hexadecimal text of `bits` random bits (a multiple of 4).
    std::string hex(unsigned bits);

  private:
    std::string seed_;
    std::uint64_t counter_ = 0;
    std::uint64_t block_[4]{};
    unsigned used_ = 4;
};

}  // namespace sipha::crypto
