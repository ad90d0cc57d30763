#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>

#include <sipha/resolver/target.hpp>

namespace sipha::resolver::stub {

/// What a reactor calls when a descriptor is ready.
class pollable {
  public:
    pollable() = default;
    virtual ~pollable() = default;
    pollable(const pollable&) = delete;
    pollable& operator=(const pollable&) = delete;

    /// Reads and writes without blocking; being called with nothing to do is no error.
    virtual void on_ready(int fd) = 0;
};

enum class interest : std::uint8_t { reading, writing, both, none };

/// Waits for descriptors with epoll(7). One thread. A descriptor must be removed before it is
/// closed.
class reactor {
  public:
    /// @throws std::system_error when the kernel gives no epoll descriptor.
    reactor();
    ~reactor();
    reactor(const reactor&) = delete;
    reactor& operator=(const reactor&) = delete;

    /// @returns false when the kernel has no room for it.
    bool add(int fd, pollable& owner, interest in);
    void change(int fd, interest in);
    void remove(int fd);
    /// Waits at most that long, or until something is ready, and calls the owners.
    void wait(std::optional<std::chrono::milliseconds> limit);
    /// When the last wait ended: the time of everything that is done before the next one.
    time_point now() const { return now_; }

  private:
    int epoll_ = -1;
    time_point now_;
    std::map<int, pollable*> owners_;
};

}  // namespace sipha::resolver::stub
