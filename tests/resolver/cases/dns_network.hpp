#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <sipha/resolver/dns_transport.hpp>

#include "tests/resolver/cases/dns_double.hpp"
#include "tests/resolver/cases/zone_text.hpp"

namespace sipha::resolver::test::cases {

/// The DNS of a case as a transport: servers with manners over one content, under a clock that
/// the case moves.
class dns_network final : public dns_transport {
  public:
    /// One query that reached a server.
    struct query {
        question asked;
        std::size_t server = 0;
        dns_protocol over = dns_protocol::udp;
    };

    void set_content(const zone_text& text);
    /// @param manners at least one; the first is the preferred server.
    void set_servers(std::vector<dns_manner> manners) { servers_ = std::move(manners); }
    /// From now on all servers are like that; `honest` leaves each its own manner.
    void set_mood(manner mood) { mood_ = mood; }
    const std::vector<query>& queries() const { return queries_; }
    void forget_queries() { queries_.clear(); }

    void use_servers(std::span<const dns_server> list) override;
    void send(time_point now, dns_packet packet) override;
    int fd() const override { return -1; }
    time_point next_deadline() const override;
    void process(time_point now) override;
    std::vector<dns_arrival> take_arrivals() override { return std::exchange(arrivals_, {}); }

  private:
    struct travelling {
        time_point due;
        dns_arrival arrival;
    };
    std::vector<dns_manner> servers_{dns_manner{}};
    zone records_{""};
    std::map<question, std::chrono::milliseconds> late_;
    manner mood_ = manner::honest;
    std::vector<query> queries_;
    std::vector<travelling> travelling_;
    std::vector<dns_arrival> arrivals_;
};

}  // namespace sipha::resolver::test::cases
