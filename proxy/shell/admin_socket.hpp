#pragma once

#include <sys/types.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "proxy/shell/counters.hpp"

namespace sipha::shell {

struct admin_limits {
    std::size_t max_line_bytes = 65536;
    std::size_t max_clients = 16;
    /// A client must deliver its line, and take the answer, without pausing this long.
    std::chrono::milliseconds idle_timeout{10'000};
};

/// A management socket in the file system: a client sends one line, gets the answer and a line end,
/// and the connection is closed, so that an answer may have many lines. Mode 0600.
///
/// Everything runs on the worker thread, the handler too.
class admin_socket {
  public:
    /// @param line the request without its line end. @returns the answer without the last line end.
    using handler = std::function<std::string(std::string_view line)>;
    struct options {
        std::string path;
        admin_limits limits;
        int inherited = -1;  ///< a listening socket at `path` to own; below 0: none
    };
    /// Binds; a socket file that nobody answers on is replaced. Throws std::system_error, naming
    /// the path, when a process answers there, when the path is something else than a socket, or
    /// when it cannot be bound.
    admin_socket(boost::asio::io_context& io, counters& counts, options where, handler answer);
    ~admin_socket();
    admin_socket(const admin_socket&) = delete;
    admin_socket& operator=(const admin_socket&) = delete;

    void start();
    /// Closes the socket and removes its file, unless another process has put its own there.
    void stop();
    /// Stops answering and leaves the file to whoever shares the socket.
    void leave();
    int descriptor() { return acceptor_.native_handle(); }
    std::size_t clients() const { return clients_; }

  private:
    using protocol = boost::asio::local::stream_protocol;
    /// One client; shared by its coroutine and by its watchdog's wait, whichever ends last.
    struct session {
        session(protocol::socket connected, boost::asio::io_context& io)
            : socket(std::move(connected)), watchdog(io) {}
        protocol::socket socket;
        boost::asio::steady_timer watchdog;
        std::string line;
    };
    enum class line_result : std::uint8_t { complete, too_long, none };
    boost::asio::awaitable<void> accept_loop();
    boost::asio::awaitable<void> serve(std::shared_ptr<session> client);
    boost::asio::awaitable<line_result> read_line(std::shared_ptr<session> client);
    /// Restarts the client's idle limit.
    void watch(const std::shared_ptr<session>& client);

    boost::asio::io_context& io_;
    counters& counts_;
    options options_;
    handler answer_;
    protocol::acceptor acceptor_;
    boost::asio::steady_timer pause_;
    dev_t device_ = 0;
    ino_t inode_ = 0;
    std::size_t clients_ = 0;
};

}  // namespace sipha::shell
