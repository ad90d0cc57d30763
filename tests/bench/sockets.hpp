#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <sipha/resolver/options.hpp>
#include <sipha/resolver/records.hpp>

namespace sipha::bench {

/// Owner of a file descriptor.
class descriptor {
  public:
    descriptor() = default;
    explicit descriptor(int fd) : fd_(fd) {}
    descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    descriptor& operator=(descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~descriptor();
    int get() const { return fd_; }

  private:
    int fd_ = -1;
};

/// The socket address of an IPv4 place.
sockaddr_in socket_address(const resolver::dns_server& place);

/// A socket bound to 127.0.0.`last_octet` and a port of the system's choice.
/// @param type SOCK_DGRAM or SOCK_STREAM, with SOCK_NONBLOCK where wanted.
/// @throws std::system_error when there is none.
descriptor bound_socket(int type, const resolver::dns_server& place);
/// Where a bound socket is.
resolver::dns_server place_of(const descriptor& socket);
/// An address of this machine that is free for UDP and TCP now.
/// @param last_octet of 127.0.0.x, so that servers can be told apart in a capture.
resolver::dns_server free_place(std::uint8_t last_octet);

/// A DNS query (RFC 1035 4.1) with recursion desired and without EDNS.
std::vector<std::uint8_t> plain_query(std::uint16_t id, const resolver::question& asked);

/// Asks over UDP and waits. @returns the reply, empty after `patience_ms` of silence.
std::vector<std::uint8_t> ask_once(
    const resolver::dns_server& place, const resolver::question& asked, int patience_ms
);

}  // namespace sipha::bench
