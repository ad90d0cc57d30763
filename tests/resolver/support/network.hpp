#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <sipha/resolver/dns_transport.hpp>

#include "tests/resolver/support/manner.hpp"

namespace sipha::resolver::test {

/// Whether a server takes TCP connections.
enum class tcp_use : std::uint8_t { open, closed };

/// A DNS server in memory. Everything can be changed between two steps of a test.
struct memory_server {
    zone content;
    manner how = manner::honest;
    std::chrono::milliseconds round_trip{1};
    tcp_use tcp = tcp_use::open;
    bool is_unreachable = false;  ///< the network says no at once
    std::size_t over_udp = 0;     ///< queries seen
    std::size_t over_tcp = 0;
};

/// Several DNS servers in memory, under the clock of the test.
class memory_network final : public dns_transport {
  public:
    explicit memory_network(std::vector<memory_server> content) : servers(std::move(content)) {}

    /// The servers are what the constructor got, in that order, whatever addresses they have.
    void use_servers(std::span<const dns_server> list) override;
    void send(time_point now, dns_packet packet) override;
    int fd() const override { return -1; }
    time_point next_deadline() const override;
    void process(time_point now) override;
    std::vector<dns_arrival> take_arrivals() override { return std::exchange(arrivals_, {}); }

    std::vector<memory_server> servers;
    std::vector<dns_packet> sent;  ///< everything, for tests that look at octets

  private:
    struct travelling {
        time_point due;
        dns_arrival arrival;
    };
    std::vector<travelling> travelling_;
    std::vector<dns_arrival> arrivals_;
};

/// As many addresses as a network has servers: 192.0.2.1:53, 192.0.2.2:53, ...
std::vector<dns_server> places(std::size_t count);

}  // namespace sipha::resolver::test
