#pragma once

#include <algorithm>
#include <chrono>

#include "proxy/timing/clock.hpp"

namespace sipha::guard {

/// What one bucket lets through.
struct rate_limit {
    double per_second = 0;  ///< 0: no limit
    double burst = 0;       ///< at once, after a pause
};

/// Counts down one per event and fills again with time; a fresh one is full.
class token_bucket {
  public:
    /// @returns whether the event is within the limit.
    bool take(timing::time_point now, const rate_limit& limit) {
        if (last_ == timing::time_point{}) {
            tokens_ = static_cast<float>(limit.burst);
        } else if (now > last_) {
            const std::chrono::duration<double> since = now - last_;
            const auto filled = static_cast<double>(tokens_) + since.count() * limit.per_second;
            tokens_ = static_cast<float>(std::min(limit.burst, filled));
        }
        last_ = now;
        if (tokens_ < 1) {
            return false;
        }
        tokens_ -= 1;
        return true;
    }

  private:
    timing::time_point last_{};
    float tokens_ = 0;
};

}  // namespace sipha::guard
