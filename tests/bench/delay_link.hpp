#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <thread>

#include <sipha/resolver/options.hpp>

#include "tests/bench/sockets.hpp"

namespace sipha::bench {

/// A slow line in front of a DNS server: UDP in both directions and TCP streams arrive half a
/// round trip later. The handshake of a TCP connection is answered by the kernel at once, so the
/// first bytes of a stream wait one round trip more. Runs in a thread of its own.
class delay_link {
  public:
    /// @param last_octet it listens on 127.0.0.x, at a port of its own.
    delay_link(
        const resolver::dns_server& server,
        std::chrono::milliseconds round_trip,
        std::uint8_t last_octet
    );
    ~delay_link();
    delay_link(const delay_link&) = delete;
    delay_link& operator=(const delay_link&) = delete;

    resolver::dns_server place() const { return place_; }
    /// Questions that came so far: datagrams and TCP connections.
    std::size_t questions() const { return questions_.load(); }

  private:
    class machinery;

    resolver::dns_server place_;
    descriptor stop_;
    std::atomic<std::size_t> questions_{0};
    std::unique_ptr<machinery> machinery_;
    std::thread thread_;
};

/// A DNS server that is dead: its socket takes every question and never answers.
class black_hole {
  public:
    explicit black_hole(std::uint8_t last_octet);
    resolver::dns_server place() const { return place_of(socket_); }

  private:
    descriptor socket_;
};

}  // namespace sipha::bench
