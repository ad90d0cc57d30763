#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <sipha/resolver/dns_transport.hpp>

#include "tests/resolver/cases/dns_double.hpp"

namespace sipha::resolver::test::cases {

/// The DNS of a case as a transport: servers with manners over one content, under a clock that
/// the case moves.
class dns_network final : public dns_transport {
  public:
    struct content {
        zone records{""};
        std::map<question, std::chrono::milliseconds> late;
    };
    /// One query that reached a server.
    struct query {
        question asked;
        std::size_t server = 0;
        dns_channel channel = dns_channel::udp;
    };

    void set_content(const zone_text& text);
    /// @param manners at least one; the first is the preferred server.
    void set_servers(std::vector<dns_manner> manners) { servers_ = std::move(manners); }
    void set_mood(dns_mood mood) { mood_ = mood; }
    const std::vector<query>& queries() const { return queries_; }
    void forget_queries() { queries_.clear(); }

    void send(time_point now, query_id id, const question& asked) override;
    int fd() const override { return -1; }
    time_point next_deadline() const override;
    void process(time_point now) override;
    std::vector<dns_reply> take_replies() override { return std::exchange(replies_, {}); }

  private:
    struct travelling {
        time_point due;
        dns_reply reply;
    };
    std::vector<dns_manner> servers_{dns_manner{}};
    content content_;
    dns_mood mood_ = dns_mood::honest;
    std::vector<query> queries_;
    std::vector<travelling> travelling_;
    std::vector<dns_reply> replies_;
};

}  // namespace sipha::resolver::test::cases
