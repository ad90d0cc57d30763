#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include <sipha/resolver/options.hpp>

#include "tests/resolver/support/manner.hpp"
#include "tests/resolver/support/zone.hpp"

namespace sipha::resolver::test {

/// A DNS server on 127.0.0.1, UDP and TCP on one ephemeral port, driven by `serve` in the thread
/// of the test.
class responder {
  public:
    responder(zone content, manner how);
    ~responder();
    responder(const responder&) = delete;
    responder& operator=(const responder&) = delete;

    /// Where to ask.
    dns_server place() const { return place_; }
    /// From now on TCP connections are refused.
    void close_tcp();
    /// Descriptors to poll for reading.
    std::vector<int> fds() const;
    /// Answers everything that has arrived; never blocks.
    void serve();

    std::size_t over_udp = 0;  ///< questions seen
    std::size_t over_tcp = 0;
    std::set<std::uint16_t> ports;  ///< UDP ports that questions came from

  private:
    void serve_udp();
    void serve_tcp();

    zone zone_;
    manner how_;
    dns_server place_;
    int udp_ = -1;
    int listener_ = -1;
    std::vector<int> streams_;
};

}  // namespace sipha::resolver::test
