#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include <sipha/geo/ip.hpp>

#include "proxy/admin/http_routes.hpp"

namespace sipha::daemon {

struct http_limits {
    std::size_t max_connections = 32;
    std::size_t max_header_bytes = 8192;
    /// A request must be complete, and its answer taken, this long after the last one.
    std::chrono::milliseconds timeout{10'000};
    /// How long the worker may take to answer; beyond it is unhealthy.
    std::chrono::milliseconds worker_timeout{1'000};
};

/// The HTTP server for people and monitoring, on a thread of its own: it answers also while the
/// worker does not, and makes the pages beside it. It can only look.
class http_server {
  public:
    struct options {
        geo::ip_address ip;
        std::uint16_t port = 0;  ///< 0 takes any free port
        std::string token;       ///< see admin::plan_for
        http_limits limits;
        int inherited = -1;  ///< a listening socket to own; below 0: none
    };
    /// Hands a request for admin::answer to the worker, which calls `reply` at most once, on any
    /// thread, while this object lives.
    using ask_function =
        std::function<void(std::string request, std::function<void(std::string)> reply)>;

    /// Binds; throws std::system_error naming the address.
    http_server(options where, ask_function ask);
    /// Serves from now on.
    void start();
    ~http_server();
    http_server(const http_server&) = delete;
    http_server& operator=(const http_server&) = delete;

    /// Ends the thread. The object must stay until nobody can call a `reply` any more.
    void stop();
    int descriptor() { return acceptor_.native_handle(); }
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    std::uint64_t requests() const { return requests_; }
    std::uint64_t refused() const { return refused_; }  ///< connections over the limit

  private:
    struct page_answer {
        int status = 200;
        std::string_view content_type;
        std::string body;
    };
    boost::asio::awaitable<void> accept_loop();
    boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket);
    boost::asio::awaitable<page_answer> perform(admin::http_plan plan);
    boost::asio::awaitable<std::optional<std::string>> query(std::string request);

    options options_;
    ask_function ask_;
    boost::asio::io_context io_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::size_t connections_ = 0;
    std::atomic<std::uint64_t> requests_ = 0;
    std::atomic<std::uint64_t> refused_ = 0;
    std::thread thread_;
};

}  // namespace sipha::daemon
