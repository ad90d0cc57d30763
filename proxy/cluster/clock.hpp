#pragma once

#include <cstdint>

namespace sipha::cluster {

/// A hybrid logical clock value: 48 bits of milliseconds since 1970 and a 16-bit counter, so that
/// values order events across nodes and stay close to wall time.
using hlc = std::uint64_t;

/// How far a remote value may be ahead of our wall clock before it is clamped.
inline constexpr std::int64_t max_clock_skew_ms = 2000;

/// Milliseconds of a value.
constexpr std::int64_t wall_ms_of(hlc value) {
    return static_cast<std::int64_t>(value >> 16);
}
/// The smallest value of a millisecond; times before 1970 or beyond 47 bits are clamped.
hlc hlc_from_wall_ms(std::int64_t wall_ms);

/// Gives each local change a stamp above everything this node has seen.
///
/// Strictly monotone, also when the wall clock goes back. A peer whose clock is far ahead can push
/// it at most max_clock_skew_ms into the future.
class hybrid_clock {
  public:
    /// A stamp above every earlier one and every observed one.
    hlc next(std::int64_t wall_ms);
    /// Takes notice of a peer's stamp.
    /// @returns the stamp to apply: the given one, or the clamped one when it was more than
    ///     max_clock_skew_ms ahead (counted in `skewed`).
    hlc observe(hlc remote, std::int64_t wall_ms);
    /// The latest stamp given or observed; 0 before the first.
    hlc latest() const { return latest_; }
    /// Stamps that had to be clamped.
    std::uint64_t skewed() const { return skewed_; }

  private:
    hlc latest_ = 0;
    std::uint64_t skewed_ = 0;
};

}  // namespace sipha::cluster
