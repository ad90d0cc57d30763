#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

namespace softphone {

/// A TCP connection to the edge that carries nothing but keepalives. When the edge's process dies
/// its kernel resets the connection at once; when the machine dies, pongs stop. Either way the
/// phone knows in a round trip or a few seconds, although it signals over UDP.
class canary : public std::enable_shared_from_this<canary> {
  public:
    /// Called at most once with the cause: refused, reset, fin, connect-timeout, pong-silence or
    /// the text of another error.
    using lost_handler = std::function<void(const std::string& cause)>;

    canary(const boost::asio::any_io_executor& executor, lost_handler on_lost);
    /// @param local address to connect from.
    void watch(const boost::asio::ip::tcp::endpoint& edge, const boost::asio::ip::address& local);
    /// Closes quietly; the handler is not called any more.
    void stop();

  private:
    void connected();
    void read();
    void ping();
    void lose(const std::string& cause);
    void lose(const boost::system::error_code& error);

    boost::asio::ip::tcp::socket socket_;
    boost::asio::steady_timer timer_;
    lost_handler on_lost_;
    std::array<char, 512> buffer_{};
    bool has_pong_ = true;
};

}  // namespace softphone
