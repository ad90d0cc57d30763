#pragma once

#include <ares.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <sipha/resolver/dns_transport.hpp>
#include <sipha/resolver/options.hpp>

#include "resolver/src/dns_message.hpp"
#include "resolver/src/dns_servers.hpp"

namespace sipha::resolver::detail {

/// Moves DNS messages with c-ares: one channel for each server, one try each, TCP after truncation.
/// Which server is asked, how long and what beside it decides `server_race`.
class cares_transport final : public dns_transport {
  public:
    /// A server that rejected EDNS is asked without it for this long.
    static constexpr std::chrono::seconds plain_dns_period{600};

    /// @throws std::system_error when no descriptor can be made or c-ares cannot start.
    explicit cares_transport(const engine_options& options);
    ~cares_transport() override;

    void send(time_point now, query_id id, const question& asked) override;
    int fd() const override { return epoll_; }
    time_point next_deadline() const override { return next_deadline_; }
    void process(time_point now) override;
    std::vector<dns_reply> take_replies() override;

  private:
    struct channel {
        cares_transport* owner = nullptr;
        std::size_t index = 0;
        ares_channel handle = nullptr;
        time_point plain_until{};
    };
    struct query {
        question asked;
        server_race race;
    };
    /// Lives from `ares_send` to its callback, which c-ares calls exactly once.
    struct attempt {
        cares_transport* owner;
        query_id id;
        std::size_t server;
        edns_use edns;
    };
    /// What a callback brought; callbacks may run inside `ares_send`, so they only note it.
    struct event {
        query_id id;
        std::size_t server;
        edns_use edns;
        int status;
        std::vector<std::uint8_t> message;
    };

    static void on_socket(void* data, ares_socket_t socket, int readable, int writable);
    static void on_reply(void* arg, int status, int timeouts, unsigned char* bytes, int length);

    void open_channel(channel& item, const dns_server& server, const engine_options& options);
    void ask(time_point now, query_id id, const question& asked, std::size_t server);
    void step(time_point now, std::pair<const query_id, query>& item);
    void run(time_point now);
    void handle(time_point now, const event& item);
    void finish(time_point now, query_id id, dns_reply reply);
    void update_deadline(time_point now);
    void note_deadline(time_point now, time_point deadline);

    race_timing timing_;
    int epoll_ = -1;
    std::mt19937_64 random_;
    std::vector<std::unique_ptr<channel>> channels_;
    server_health health_;
    std::map<query_id, query> queries_;
    std::vector<event> events_;
    std::vector<dns_reply> replies_;
    time_point next_deadline_ = never;
};

/// The DNS servers of the system, as c-ares reads them from /etc/resolv.conf.
std::vector<dns_server> system_servers();

}  // namespace sipha::resolver::detail
