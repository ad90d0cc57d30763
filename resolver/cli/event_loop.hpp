#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include <sipha/resolver/engine.hpp>

namespace sipha::resolver::cli {

/// SIGINT and SIGTERM as something to poll for; while this lives they end nothing by themselves.
class end_signal {
  public:
    /// @throws std::system_error when the kernel gives no descriptor.
    end_signal();
    ~end_signal();
    end_signal(const end_signal&) = delete;
    end_signal& operator=(const end_signal&) = delete;

    int fd() const { return fd_; }

  private:
    int fd_ = -1;
};

/// Waits until one of two descriptors is readable (-1 is none), at most `limit`; nothing waits for
/// ever. @returns whether the second one is.
enum class woken_by : std::uint8_t { first_or_time, second };
woken_by wait_for(int first, int second, std::optional<std::chrono::milliseconds> limit);

}  // namespace sipha::resolver::cli
