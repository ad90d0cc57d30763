#pragma once

#include <ares.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <sipha/resolver/address.hpp>
#include <sipha/resolver/dns_transport.hpp>
#include <sipha/resolver/options.hpp>

namespace sipha::resolver::detail {

/// Moves DNS messages with c-ares and does nothing else: one channel for each server and protocol,
/// one try, no truncation or EDNS logic of its own.
///
/// Sockets are closed when nothing is under way, so that the source port changes with each period
/// of use (RFC 5452 9.2). Datagrams are handed on as they come from the connected socket, those
/// that answer nothing included.
class cares_transport final : public dns_transport {
  public:
    /// Datagrams of one server read in one `process`, so that a flood cannot hold the loop.
    static constexpr unsigned max_datagrams = 256;

    /// @param source local address queries leave from. @param patience how long an unanswered query
    /// keeps its socket. @throws std::system_error when no descriptor can be made.
    cares_transport(const std::optional<address>& source, std::chrono::milliseconds patience);
    ~cares_transport() override;

    void use_servers(std::span<const dns_server> servers) override;
    void send(time_point now, dns_packet packet) override;
    int fd() const override { return epoll_; }
    time_point next_deadline() const override;
    void process(time_point now) override;
    std::vector<dns_arrival> take_arrivals() override { return std::exchange(arrivals_, {}); }

  private:
    struct channel {
        cares_transport* owner = nullptr;
        std::size_t index = 0;  ///< in `channels_`: twice the server's, plus one for TCP
        dns_server place;
        ares_channel handle = nullptr;  ///< made when first used
        std::size_t open = 0;           ///< queries whose callback has not run
        unsigned datagrams = 0;         ///< read in this `process`
        bool was_refused = false;       ///< the network refused an earlier query of this channel
        time_point clean_at = never;    ///< when c-ares may drop what nobody answered

        std::size_t server() const { return index / 2; }
        dns_protocol over() const { return index % 2 == 0 ? dns_protocol::udp : dns_protocol::tcp; }
    };
    /// Lives from `ares_send` to its callback, which c-ares calls exactly once.
    struct ticket {
        channel* of;
        std::uint16_t id;
    };

    static void on_socket(void* data, ares_socket_t socket, int readable, int writable);
    static void on_reply(void* arg, int status, int timeouts, unsigned char* bytes, int length);
    static ares_socket_t open_socket(int family, int type, int protocol, void* data);
    static int close_socket(ares_socket_t socket, void* data);
    static int connect_socket(
        ares_socket_t socket, const sockaddr* to, ares_socklen_t size, void* data
    );
    static ares_ssize_t receive(
        ares_socket_t socket,
        void* into,
        std::size_t size,
        int flags,
        sockaddr* from,
        ares_socklen_t* from_size,
        void* data
    );
    static ares_ssize_t send_all(ares_socket_t socket, const iovec* parts, int count, void* data);

    bool start(channel& item);
    void drop_channels();

    std::optional<address> source_;
    std::chrono::milliseconds patience_;
    int epoll_ = -1;
    std::vector<std::unique_ptr<channel>> channels_;
    std::vector<dns_arrival> arrivals_;
};

}  // namespace sipha::resolver::detail
