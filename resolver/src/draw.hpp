#pragma once

#include <cstdint>
#include <string_view>

namespace sipha::resolver::detail {

/// Random numbers that depend on nothing but a seed and a name, so that the same lookup with the
/// same seed draws the same order on every machine, in whatever order answers arrive.
class keyed_draw {
  public:
    keyed_draw(std::uint64_t seed, std::string_view key);
    std::uint64_t next();
    /// Uniform in [0, bound); bound is at least 1.
    std::uint64_t below(std::uint64_t bound);

  private:
    std::uint64_t state_;
};

}  // namespace sipha::resolver::detail
