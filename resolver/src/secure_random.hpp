#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace sipha::resolver::detail {

/// Random numbers that nobody can guess, from the kernel's generator (RFC 5452 9.2), drawn in
/// batches. Copies draw on their own.
class secure_random {
  public:
    /// @throws std::system_error when the kernel gives none, which it does only before it is
    /// seeded.
    std::uint64_t operator()();

  private:
    std::array<std::uint64_t, 32> batch_{};
    std::size_t left_ = 0;
};

}  // namespace sipha::resolver::detail
