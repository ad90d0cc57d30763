#pragma once

/// Joins the descriptors of an engine's ports into the single one that its loop polls.
namespace sipha::resolver::detail {

/// One epoll instance (epoll(7)): polls readable while any descriptor in it is readable. Nested
/// instances are followed by the kernel, so a port may bring an epoll descriptor of its own.
class poll_set {
  public:
    poll_set() = default;
    ~poll_set();
    poll_set(const poll_set&) = delete;
    poll_set& operator=(const poll_set&) = delete;

    /// Watches `descriptor` for reading from now on; it must stay open as long as this object.
    /// A negative one is ignored. @throws std::system_error when epoll refuses.
    void watch(int descriptor);
    /// -1 until something is watched.
    int fd() const { return fd_; }

  private:
    int fd_ = -1;
};

}  // namespace sipha::resolver::detail
