#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include <sipha/resolver/target.hpp>

#include "resolver/stub/asker.hpp"
#include "resolver/stub/counters.hpp"
#include "resolver/stub/reactor.hpp"

namespace sipha::resolver::stub {

inline constexpr std::size_t max_tcp_clients = 64;
/// A connection that sends no whole query for this long is closed (RFC 7766 6.2.3).
inline constexpr std::chrono::seconds tcp_idle_limit{10};
/// Replies a client has not taken yet; one that lets more pile up is closed.
inline constexpr std::size_t max_tcp_backlog_bytes = 256 * 1024;

/// Queries over TCP (RFC 1035 4.2.2, RFC 7766): several in a row, answered in any order.
class tcp_door final : public pollable {
  public:
    /// @param fd listening; owned from here on.
    tcp_door(reactor& loop, counters& counts, query_sink& sink, int fd);
    ~tcp_door() override;

    void on_ready(int fd) override;
    void send(std::uint64_t stream, std::span<const std::uint8_t> message);
    /// Closes connections that are idle for too long.
    void advance(time_point now);
    time_point next_deadline() const;
    std::size_t clients() const { return clients_.size(); }

  private:
    struct client {
        int fd = -1;
        time_point deadline;
        std::vector<std::uint8_t> received;
        std::vector<std::uint8_t> unsent;
    };
    void accept_clients();
    void read(int fd, std::uint64_t stream);
    void take_messages(std::uint64_t stream);
    /// @returns false when the connection broke.
    bool flush(client& to);
    void drop(std::uint64_t stream, std::uint64_t counters::*reason);

    reactor& loop_;
    counters& counts_;
    query_sink& sink_;
    int fd_;
    std::uint64_t next_stream_ = 1;
    std::map<std::uint64_t, client> clients_;
    std::map<int, std::uint64_t> streams_;
};

}  // namespace sipha::resolver::stub
