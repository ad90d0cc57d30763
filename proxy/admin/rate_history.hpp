#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "proxy/node/node.hpp"

namespace sipha::admin {

inline constexpr std::size_t rate_count = 6;
/// Names of the series, in the order of rate_sample.
std::span<const std::string_view, rate_count> rate_names();

/// Totals at one moment; their growth is the rate.
using rate_sample = std::array<std::uint64_t, rate_count>;
rate_sample sample_of(const proxy::node& node);

/// What happened in each of the last ten minutes' seconds. Pure.
class rate_history {
  public:
    static constexpr std::size_t capacity = 600;  ///< seconds

    /// Adds what happened since the last call; to be called once a second.
    /// @param now_s the second it is, on any clock. Seconds without a call get an even share.
    void add(std::int64_t now_s, const rate_sample& totals);
    /// Seconds that are known, at most `capacity`.
    std::size_t size() const { return count_; }
    /// Events in one second, 0 the oldest. Gauges (the last series) are as they were then.
    const rate_sample& rate(std::size_t index) const;
    std::int64_t newest_s() const { return last_s_; }

  private:
    void push(const rate_sample& rate);

    std::vector<rate_sample> ring_;
    std::size_t next_ = 0;
    std::size_t count_ = 0;
    std::int64_t last_s_ = 0;
    rate_sample last_{};
    bool has_last_ = false;
};

}  // namespace sipha::admin
