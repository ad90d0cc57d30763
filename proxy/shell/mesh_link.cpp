#include "proxy/shell/mesh_link.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace sipha::shell {

using boost::asio::ip::tcp;

mesh_link::mesh_link(
    mesh_host& host, tcp::socket socket, cluster::link_id id, cluster::node_id dialled
)
    : host_(host),
      socket_(std::move(socket)),
      timer_(host.io),
      id_(id),
      dialled_(dialled),
      queue_(host.limits.max_write_queue_bytes) {}

void mesh_link::open() {
    state_ = state::open;
    boost::system::error_code ignored;
    socket_.non_blocking(true, ignored);
    socket_.set_option(tcp::no_delay(true), ignored);
    ++host_.counts.links_opened;
    host_.events.deliver(proxy::link_opened{id_, dialled_});
    wait_readable();
}

void mesh_link::dial(const tcp::endpoint& remote) {
    limit_time(host_.limits.dial_timeout);
    socket_.async_connect(remote, [self = shared_from_this()](boost::system::error_code error) {
        if (self->state_ == state::closed) {
            return;
        }
        self->timer_.cancel();
        if (error) {
            self->close();
        } else {
            self->open();
        }
        self->host_.events.settle();
    });
}

void mesh_link::limit_time(std::chrono::milliseconds limit) {
    timer_.expires_after(limit);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
        // A timer that fired in the same turn as the event it guards comes too late to matter.
        if (error || self->state_ == state::open) {
            return;
        }
        self->close();
        self->host_.events.settle();
    });
}

void mesh_link::wait_readable() {
    socket_.async_wait(
        tcp::socket::wait_read,
        [self = shared_from_this()](boost::system::error_code error) {
            if (self->state_ == state::closed) {
                return;
            }
            if (error) {
                ++self->host_.counts.links_closed_error;
                self->close();
            } else {
                self->read();
            }
            self->host_.events.settle();
            if (self->state_ != state::closed) {
                self->wait_readable();
            }
        }
    );
}

void mesh_link::read() {
    const auto buffer = host_.read_buffer;
    const auto count = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count > 0) {
        // On a link that we are closing nobody waits for bytes; they are read to see its end.
        if (state_ == state::open) {
            const std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
            host_.events.deliver(proxy::link_received{id_, bytes});
        }
    } else if (count == 0) {
        close();
    } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
        ++host_.counts.links_closed_error;
        close();
    }
}

void mesh_link::send(std::string_view bytes) {
    if (!queue_.append(bytes)) {
        // The peer does not keep up. The protocol above resynchronises on the next link.
        ++host_.counts.links_closed_queue_full;
        close();
    }
}

void mesh_link::flush() {
    const bool can_write = state_ == state::open || state_ == state::draining;
    if (!can_write || is_waiting_writable_) {
        return;
    }
    const auto outcome = write_pending(socket_.native_handle(), queue_);
    if (outcome == write_outcome::failed) {
        ++host_.counts.links_closed_error;
        close();
    } else if (outcome == write_outcome::would_block) {
        wait_writable();
    } else if (state_ == state::draining) {
        // Our end of stream goes out behind the last byte; the peer's end closes the link.
        boost::system::error_code ignored;
        socket_.shutdown(tcp::socket::shutdown_send, ignored);
    }
}

void mesh_link::wait_writable() {
    is_waiting_writable_ = true;
    socket_.async_wait(
        tcp::socket::wait_write,
        [self = shared_from_this()](boost::system::error_code error) {
            self->is_waiting_writable_ = false;
            if (!error && self->state_ != state::closed) {
                self->flush();
                self->host_.events.settle();
            }
        }
    );
}

void mesh_link::drain(std::chrono::milliseconds limit) {
    if (state_ == state::dialling) {
        close();
    } else if (state_ == state::open) {
        state_ = state::draining;
        limit_time(limit);
        flush();
    }
}

void mesh_link::close() {
    if (state_ == state::closed) {
        return;
    }
    const bool was_dialling = state_ == state::dialling;
    state_ = state::closed;
    timer_.cancel();
    boost::system::error_code ignored;
    socket_.close(ignored);
    if (was_dialling) {
        ++host_.counts.links_dial_failed;
        host_.events.report(proxy::link_closed{0, dialled_});
    } else {
        host_.events.report(proxy::link_closed{id_, dialled_});
    }
    host_.closed(*this);
}

}  // namespace sipha::shell
