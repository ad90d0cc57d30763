#include "proxy/shell/stream_acceptor.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "proxy/shell/socket_address.hpp"

namespace sipha::shell {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

bool is_out_of_resources(const boost::system::error_code& error) {
    const int value = error.value();
    return value == EMFILE || value == ENFILE || value == ENOBUFS || value == ENOMEM;
}

}  // namespace

tcp::endpoint to_tcp_endpoint(const geo::ip_address& ip, std::uint16_t port) {
    const socket_address address(ip, port);
    tcp::endpoint endpoint;
    endpoint.resize(address.size());
    std::memcpy(endpoint.data(), address.data(), address.size());
    return endpoint;
}

stream_acceptor::stream_acceptor(const context& where, const address& local, accepted on_accept)
    : context_(where),
      local_(local),
      on_accept_(std::move(on_accept)),
      acceptor_(where.io),
      pause_(where.io) {
    const sip::endpoint self{sip::transport::tcp, local.ip, local.port};
    const auto endpoint = to_tcp_endpoint(local.ip, local.port);
    boost::system::error_code error;
    if (local.inherited >= 0) {
        acceptor_.assign(endpoint.protocol(), local.inherited, error);
        if (error) {
            throw_socket_error("go on with the socket of", self.to_string(), error.value());
        }
        port_ = acceptor_.local_endpoint().port();
        return;
    }
    acceptor_.open(endpoint.protocol(), error);
    if (error) {
        throw_socket_error("open a socket for", self.to_string(), error.value());
    }
    // On TCP the option only lets a restarted process take its port back from TIME_WAIT.
    acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!local.ip.is_v4()) {
        acceptor_.set_option(asio::ip::v6_only(true), error);
    }
    if (local.presence == address_presence::may_come_later) {
        using freebind = asio::detail::socket_option::boolean<IPPROTO_IP, IP_FREEBIND>;
        acceptor_.set_option(freebind(true), error);
    }
    error.clear();
    acceptor_.bind(endpoint, error);
    if (!error) {
        acceptor_.listen(asio::socket_base::max_listen_connections, error);
    }
    if (error) {
        throw_socket_error("bind", self.to_string(), error.value());
    }
    port_ = acceptor_.local_endpoint().port();
}

void stream_acceptor::start() {
    asio::co_spawn(context_.io, accept_loop(), asio::detached);
}

void stream_acceptor::stop() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
}

void stream_acceptor::leave() {
    has_left_ = true;
    stop();
}

asio::awaitable<void> stream_acceptor::accept_loop() {
    while (acceptor_.is_open()) {
        auto [error, socket] = co_await acceptor_.async_accept(as_result);
        if (!acceptor_.is_open() && (error || !has_left_)) {
            co_return;
        }
        if (!error) {
            on_accept_(std::move(socket));
            continue;
        }
        // The connection stays in the kernel's backlog, or the error stays: trying again at once
        // would spin.
        if (is_out_of_resources(error)) {
            note_pause(error);
        } else {
            ++context_.counts.accept_errors;
        }
        pause_.expires_after(local_.pause);
        co_await pause_.async_wait(as_result);
    }
}

void stream_acceptor::note_pause(const boost::system::error_code& error) {
    ++context_.counts.accept_paused;
    const sip::endpoint self{sip::transport::tcp, local_.ip, port_};
    proxy::log_line line;
    line.level = proxy::log_level::warn;
    line.text = "event=accept_paused address=" + self.to_string() + " error=\"" + error.message() +
                "\" remedy=\"raise LimitNOFILE\"";
    context_.events.note(line);
}

}  // namespace sipha::shell
