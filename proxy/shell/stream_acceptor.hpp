#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "proxy/shell/counters.hpp"
#include "proxy/shell/inbox.hpp"
#include "proxy/shell/options.hpp"

namespace sipha::shell {

/// Copies an address into Asio's form.
boost::asio::ip::tcp::endpoint to_tcp_endpoint(const geo::ip_address& ip, std::uint16_t port);

/// A listening TCP socket and its accept loop. Worker thread only.
class stream_acceptor {
  public:
    using accepted = std::function<void(boost::asio::ip::tcp::socket)>;
    struct address {
        geo::ip_address ip;
        std::uint16_t port = 0;
        address_presence presence = address_presence::required;
        std::chrono::milliseconds pause{100};  ///< after running out of descriptors
        int inherited = -1;                    ///< a listening socket to own; below 0: none
    };
    struct context {
        boost::asio::io_context& io;
        inbox& events;
        counters& counts;
    };
    /// Binds and listens; throws std::system_error naming the address.
    /// @param on_accept takes each new connection, never called after `stop`.
    stream_acceptor(const context& where, const address& local, accepted on_accept);

    void start();
    void stop();
    /// Stops, but a connection that the kernel has handed out already is still taken: nobody else
    /// who shares the socket could.
    void leave();
    /// A descriptor has become free: a paused loop tries again at once.
    void resume() { pause_.cancel(); }
    int descriptor() { return acceptor_.native_handle(); }
    std::uint16_t port() const { return port_; }
    const geo::ip_address& ip() const { return local_.ip; }

  private:
    boost::asio::awaitable<void> accept_loop();
    void note_pause(const boost::system::error_code& error);

    context context_;
    address local_;
    accepted on_accept_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::steady_timer pause_;
    std::uint16_t port_ = 0;
    bool has_left_ = false;
};

}  // namespace sipha::shell
