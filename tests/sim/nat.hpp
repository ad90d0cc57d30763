#pragma once

#include <cstdint>
#include <map>
#include <string_view>

#include "tests/sim/datagram_net.hpp"

namespace sipha::sim {

/// A NAT with one phone behind it: each private port gets a public port of the NAT's address
/// (endpoint-independent mapping and filtering, RFC 4787 4.1 and 5). A mapping that saw no datagram
/// in either direction for the timeout is gone, and the next one has another port.
class nat final : public host {
  public:
    /// @param net, time outlive the NAT. @param inside receives what passes; outlives it too.
    struct surroundings {
        datagram_net& net;
        scheduler& time;
        host& inside;
    };
    nat(surroundings around, const geo::ip_address& public_address, duration timeout);
    ~nat() override { around_.net.detach(public_address_); }
    nat(const nat&) = delete;
    nat& operator=(const nat&) = delete;

    /// Sends from a private address.
    void send(const sip::endpoint& from, const sip::endpoint& to, std::string_view bytes);
    void on_datagram(const sip::endpoint& to, const sip::endpoint& from, std::string_view bytes)
        override;

    /// The phone can be reached at the public port it used last.
    bool is_open(const sip::endpoint& inside) const;
    /// Datagrams from outside that met no mapping.
    std::uint64_t refused() const { return refused_; }
    const geo::ip_address& public_address() const { return public_address_; }

  private:
    struct mapping {
        sip::endpoint inside;
        std::uint16_t public_port = 0;
        time_point last_used{};
    };
    bool is_alive(const mapping& which) const;

    surroundings around_;
    geo::ip_address public_address_;
    duration timeout_;
    std::map<sip::endpoint, mapping> mappings_;
    std::uint16_t next_port_ = 20000;
    std::uint64_t refused_ = 0;
};

}  // namespace sipha::sim
