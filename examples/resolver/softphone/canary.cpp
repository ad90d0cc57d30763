#include "examples/resolver/softphone/canary.hpp"

#include <netinet/tcp.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <utility>

namespace softphone {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
template <int Name>
using tcp_option = asio::detail::socket_option::integer<IPPROTO_TCP, Name>;

constexpr std::chrono::seconds connect_limit{2};
/// RFC 5626 4.4.1 recommends 95 to 120 s for networks that must not be loaded; here noticing
/// counts.
constexpr std::chrono::seconds ping_interval{2};
constexpr int user_timeout_ms = 3000;  // unacknowledged data (RFC 5482)
constexpr int keepalive_idle_s = 5;
constexpr int keepalive_interval_s = 1;
constexpr int keepalive_count = 3;

}  // namespace

canary::canary(const asio::any_io_executor& executor, lost_handler on_lost)
    : socket_(executor), timer_(executor), on_lost_(std::move(on_lost)) {}

void canary::watch(const asio::ip::tcp::endpoint& edge, const asio::ip::address& local) {
    error_code error;
    socket_.open(edge.protocol(), error);
    if (!error) {
        socket_.bind({local, 0}, error);
    }
    if (error) {
        lose(error);
        return;
    }
    timer_.expires_after(connect_limit);
    timer_.async_wait([self = shared_from_this()](error_code waited) {
        if (!waited) {
            self->lose("connect-timeout");
        }
    });
    socket_.async_connect(edge, [self = shared_from_this()](error_code failed) {
        if (failed) {
            self->lose(failed);
        } else {
            self->connected();
        }
    });
}

void canary::connected() {
    error_code ignored;  // an old kernel without an option only notices later
    socket_.set_option(asio::socket_base::keep_alive(true), ignored);
    socket_.set_option(tcp_option<TCP_KEEPIDLE>(keepalive_idle_s), ignored);
    socket_.set_option(tcp_option<TCP_KEEPINTVL>(keepalive_interval_s), ignored);
    socket_.set_option(tcp_option<TCP_KEEPCNT>(keepalive_count), ignored);
    socket_.set_option(tcp_option<TCP_USER_TIMEOUT>(user_timeout_ms), ignored);
    read();
    ping();
}

void canary::read() {
    socket_.async_read_some(
        asio::buffer(buffer_),
        [self = shared_from_this()](error_code error, std::size_t) {
            if (error) {
                self->lose(error);
                return;
            }
            self->has_pong_ = true;  // RFC 5626 3.5.1: a single CRLF; any sign of life will do
            self->read();
        }
    );
}

void canary::ping() {
    if (!std::exchange(has_pong_, false)) {
        lose("pong-silence");
        return;
    }
    static constexpr char double_crlf[] = "\r\n\r\n";
    asio::async_write(
        socket_,
        asio::buffer(double_crlf, sizeof double_crlf - 1),
        [self = shared_from_this()](error_code error, std::size_t) {
            if (error) {
                self->lose(error);
            }
        }
    );
    timer_.expires_after(ping_interval);
    timer_.async_wait([self = shared_from_this()](error_code error) {
        if (!error && self->on_lost_) {
            self->ping();
        }
    });
}

void canary::lose(const error_code& error) {
    if (error == asio::error::connection_refused) {
        lose("refused");
    } else if (error == asio::error::connection_reset || error == asio::error::broken_pipe) {
        lose("reset");
    } else if (error == asio::error::eof) {
        lose("fin");
    } else if (error == asio::error::timed_out) {
        lose("timeout");
    } else {
        lose("error-" + std::to_string(error.value()));
    }
}

void canary::lose(const std::string& cause) {
    const auto tell = std::exchange(on_lost_, nullptr);
    stop();
    if (tell) {
        tell(cause);
    }
}

void canary::stop() {
    on_lost_ = nullptr;
    timer_.cancel();
    error_code ignored;
    socket_.close(ignored);
}

}  // namespace softphone
