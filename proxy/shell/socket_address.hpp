#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>

#include <sipha/geo/ip.hpp>

namespace sipha::shell {

/// An IPv4 or IPv6 socket address as the operating system takes and gives it.
class socket_address {
  public:
    /// Of no family; the operating system fills it in.
    socket_address() : size_(0) { storage_.ss_family = AF_UNSPEC; }
    socket_address(const geo::ip_address& ip, std::uint16_t port);

    sockaddr* data() { return reinterpret_cast<sockaddr*>(&storage_); }
    const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage_); }
    socklen_t size() const { return size_; }
    /// Says how many bytes the operating system wrote.
    void resize(socklen_t size) { size_ = size; }
    static constexpr socklen_t capacity() { return sizeof(sockaddr_storage); }

    /// @returns nothing for a family other than IPv4 and IPv6.
    std::optional<geo::ip_address> ip() const;
    /// In host order; 0 for an unknown family.
    std::uint16_t port() const;

  private:
    /// Only its first `size_` octets mean anything: clearing all 128 would cost more than the rest
    /// of a small batch, because a batch has room for many.
    sockaddr_storage storage_;
    socklen_t size_;
};

/// Throws std::system_error: "cannot bind udp:192.0.2.1:5060: Address already in use (remedy)".
/// @param what the action that failed; @param where the address; @param error an errno value.
[[noreturn]] void throw_socket_error(const char* what, const std::string& where, int error);

}  // namespace sipha::shell
