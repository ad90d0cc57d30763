#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <span>
#include <vector>

#include <sipha/resolver/options.hpp>

#include "resolver/stub/asker.hpp"
#include "resolver/stub/counters.hpp"
#include "resolver/stub/reactor.hpp"

namespace sipha::resolver::stub {

inline constexpr std::size_t max_forwards = 256;  ///< open at the same time
/// Silence of one server after which the next one is asked, or the same again.
inline constexpr std::chrono::milliseconds forward_attempt_limit{1000};
inline constexpr std::size_t max_forward_attempts = 4;

/// Hands queries on to the DNS as they came, but for the message id, and the replies back.
///
/// Each attempt has a socket of its own, connected to the server, and a random id, so that a forged
/// reply must guess both (RFC 5452 9). A query that came over TCP is asked over TCP.
class forwarder final : public pollable {
  public:
    forwarder(reactor& loop, counters& counts, reply_sink& sink, std::vector<dns_server> servers);
    ~forwarder() override;

    /// @param message a query that was parsed. Without a server, beyond `max_forwards`, and when no
    /// server answers in the end, the asker gets SERVFAIL.
    void forward(const asker& from, std::span<const std::uint8_t> message);
    void on_ready(int fd) override;
    void advance(time_point now);
    time_point next_deadline() const;
    std::size_t open() const { return forwards_.size(); }

  private:
    struct attempt {
        asker from;
        std::vector<std::uint8_t> query;    ///< as it came
        std::vector<std::uint8_t> refusal;  ///< SERVFAIL or REFUSED of a server, used if no better
        std::size_t server = 0;
        std::size_t count = 0;
        std::uint16_t id = 0;
        time_point deadline;
        std::vector<std::uint8_t> unsent;    ///< TCP
        std::vector<std::uint8_t> received;  ///< TCP
    };
    /// Opens a socket and sends; moves on to the next server while one cannot be sent to.
    void start(attempt item);
    bool send(int fd, attempt& item);
    void retry(int fd);
    void close_socket(int fd);
    void read_datagrams(int fd);
    void read_stream(int fd);
    bool write_stream(int fd, attempt& item);
    /// @returns false when the message is no reply to this query.
    bool take_reply(int fd, std::span<const std::uint8_t> message);
    void give_up(attempt& item);

    reactor& loop_;
    counters& counts_;
    reply_sink& sink_;
    std::vector<dns_server> servers_;
    std::size_t preferred_ = 0;  ///< the server that answered last
    std::random_device random_;
    std::map<int, attempt> forwards_;  ///< by descriptor
};

}  // namespace sipha::resolver::stub
