#pragma once

#include <chrono>
#include <optional>
#include <span>

#include "proxy/node/input.hpp"
#include "proxy/timing/clock.hpp"

namespace sipha::shell {

/// Measures how full a worker is: the unread part of its sockets' receive buffers, and the time of
/// a processor that its thread used. Asked with every batch of work, it looks every `interval`
/// only, and never while the worker is idle.
class load_probe {
  public:
    static constexpr std::chrono::milliseconds interval{100};

    /// On the worker's thread. @param now the clock. @param sockets descriptors of its UDP sockets.
    /// @returns a sample when one is due.
    std::optional<proxy::load_sampled> look(timing::time_point now, std::span<const int> sockets);

  private:
    timing::time_point last_{};
    std::chrono::nanoseconds last_used_{};
};

}  // namespace sipha::shell
