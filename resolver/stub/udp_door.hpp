#pragma once

#include <cstdint>
#include <span>

#include "resolver/stub/asker.hpp"
#include "resolver/stub/counters.hpp"
#include "resolver/stub/reactor.hpp"

namespace sipha::resolver::stub {

/// Queries over UDP.
class udp_door final : public pollable {
  public:
    /// @param fd bound; owned from here on.
    udp_door(reactor& loop, counters& counts, query_sink& sink, int fd);
    ~udp_door() override;

    void on_ready(int fd) override;
    void send(const socket_place& to, std::span<const std::uint8_t> message);

  private:
    reactor& loop_;
    counters& counts_;
    query_sink& sink_;
    int fd_;
};

}  // namespace sipha::resolver::stub
