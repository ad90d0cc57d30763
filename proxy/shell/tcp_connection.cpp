#include "proxy/shell/tcp_connection.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "proxy/shell/clock.hpp"

namespace sipha::shell {

using boost::asio::ip::tcp;

namespace {

/// Tokens sent with flow 0 that a lost connection still fails: the machine cannot relate them to
/// the flow_closed of a flow it did not choose. 32 s is 64*T1, after which no sender waits
/// (RFC 3261 17.1).
constexpr std::size_t remembered_sends = 64;
constexpr std::chrono::seconds remembered_for{32};

}  // namespace

tcp_connection::tcp_connection(
    tcp_host& host, tcp::socket socket, const sip::hop& self, connection_origin origin
)
    : host_(host),
      socket_(std::move(socket)),
      self_(self),
      origin_(origin),
      queue_(host.limits.max_write_queue_bytes),
      since_(mono_now()),
      active_(since_) {}

void tcp_connection::set_layers(connection_layers layers) {
    layers_ = std::move(layers);
}

void tcp_connection::hold(timing::time_point until) {
    // When the hold ends, the time without traffic is looked at anew; no deadline comes nearer.
    held_until_ = until;
    host_.arm(*this);
}

void tcp_connection::start() {
    boost::system::error_code ignored;
    socket_.non_blocking(true, ignored);
    socket_.set_option(tcp::no_delay(true), ignored);
    if (!layers_.has_handshake) {
        host_.arm(*this);
        wait_readable();
        return;
    }
    state_ = state::securing;
    since_ = mono_now();
    is_in_handshake_ = true;
    ++host_.handshakes;
    host_.arm(*this);
    shake_hands();
}

void tcp_connection::leave_handshake() {
    host_.handshakes -= is_in_handshake_ ? 1U : 0U;
    is_in_handshake_ = false;
}

void tcp_connection::shake_hands() {
    const auto outcome = layers_.stream->handshake();
    if (outcome == stream_outcome::done) {
        leave_handshake();
        ++host_.counts.tls_handshakes;
        opened();
        return;
    }
    if (outcome != stream_outcome::want_read && outcome != stream_outcome::want_write) {
        ++host_.counts.tls_handshake_failed;
        note_failure("tls_handshake_failed", layers_.stream->error_text());
        close();
        return;
    }
    socket_.async_wait(
        outcome == stream_outcome::want_read ? tcp::socket::wait_read : tcp::socket::wait_write,
        [self = shared_from_this()](boost::system::error_code error) {
            if (self->state_ != state::securing) {
                return;
            }
            if (error) {
                self->break_off();
            } else {
                self->shake_hands();
            }
            self->host_.events.settle();
        }
    );
}

void tcp_connection::opened() {
    state_ = state::open;
    since_ = active_ = mono_now();
    host_.arm(*this);
    wait_readable();
    flush();
}

void tcp_connection::note_failure(std::string_view event, std::string_view reason) {
    proxy::log_line line;
    line.level = proxy::log_level::info;
    line.text = "event=" + std::string(event) + " remote=" + self_.remote.to_string() +
                " reason=\"" + std::string(reason) + "\"";
    host_.events.note(line);
}

bool tcp_connection::is_open_for_messages() const {
    return state_ != state::connecting && state_ != state::securing;
}

void tcp_connection::connect(const tcp::endpoint& remote) {
    state_ = state::connecting;
    host_.arm(*this);
    socket_.async_connect(remote, [self = shared_from_this()](boost::system::error_code error) {
        if (self->state_ == state::closed) {
            return;
        }
        if (error) {
            ++self->host_.counts.tcp_connect_failed;
            self->close();
        } else {
            self->connected();
        }
        self->host_.events.settle();
    });
}

void tcp_connection::connected() {
    ++host_.counts.tcp_connected;
    state_ = state::open;
    since_ = active_ = mono_now();
    // The queue was used by the machine, so the end of this flow is of interest to it.
    is_known_to_machine_ = true;
    start();
    flush();
}

void tcp_connection::wait_readable() {
    socket_.async_wait(
        tcp::socket::wait_read,
        [self = shared_from_this()](boost::system::error_code error) {
            if (self->state_ == state::closed) {
                return;
            }
            if (error) {
                self->break_off();
            } else {
                self->read();
            }
            self->host_.events.settle();
            // settle may have closed this connection or begun to drain it.
            if (self->state_ == state::open || self->state_ == state::draining) {
                self->wait_readable();
            }
        }
    );
}

void tcp_connection::read() {
    const auto buffer = host_.read_buffer;
    const auto result = layers_.stream->read(buffer);
    switch (result.outcome) {
        case stream_outcome::done:
            active_ = mono_now();
            if (state_ == state::draining) {
                host_.counts.tcp_bytes_after_close += result.bytes;
            } else {
                take({buffer.data(), result.bytes});
            }
            return;
        case stream_outcome::ended:
            end_of_stream();
            return;
        case stream_outcome::failed:
            break_off();
            return;
        case stream_outcome::want_read:
        case stream_outcome::want_write:
            // TLS may have had to read before it could write on.
            flush();
            return;
    }
}

void tcp_connection::take(std::string_view bytes) {
    using event = sip::stream_codec::event;
    auto& codec = *layers_.codec;
    bool is_new_message = !codec.is_inside_message();
    codec.push(bytes);
    std::string_view text;
    for (auto what = codec.next(text); what != event::need_more; what = codec.next(text)) {
        if (what == event::message) {
            is_new_message = true;
            ++host_.counts.tcp_received;
            is_known_to_machine_ = true;
            host_.events.deliver(proxy::sip_received{self_, text, layers_.stream->peer_identity()});
        } else if (what == event::pong || what == event::answer) {
            host_.counts.tcp_pings += what == event::pong ? 1U : 0U;
            if (!queue_.append(text)) {
                ++host_.counts.tcp_closed_queue_full;
                close();
                return;
            }
            host_.mark_unflushed(*this);
        } else {
            if (what == event::error) {
                ++host_.counts.tcp_closed_framing;
                note_failure("framing_error", codec.error_text());
            }
            // Where the next message begins is unknown from here on (RFC 3261 18.3).
            refuse(text);
            return;
        }
    }
    if (!codec.is_inside_message()) {
        message_began_ = timing::never;
    } else if (is_new_message) {
        message_began_ = active_;
    }
    host_.arm(*this);
}

void tcp_connection::refuse(std::string_view last_words) {
    if (last_words.empty() || !queue_.append(last_words)) {
        close();
        return;
    }
    // The peer hears why, and our end of the stream; then the connection goes.
    drain(host_.limits.close_grace);
}

void tcp_connection::end_of_stream() {
    if (state_ == state::draining) {
        close();
        return;
    }
    // The peer may have closed only its sending side and wait for the answer to its last request.
    state_ = state::peer_done;
    since_ = mono_now();
    message_began_ = timing::never;
    host_.retire(*this);
    host_.arm(*this);
    // Nothing is left to read, so a wait for an error tells when the peer is gone altogether.
    socket_.async_wait(
        tcp::socket::wait_error,
        [self = shared_from_this()](boost::system::error_code error) {
            if (!error && self->state_ != state::closed) {
                self->break_off();
                self->host_.events.settle();
            }
        }
    );
}

void tcp_connection::send(const sip::hop& to, std::uint64_t token, std::string_view bytes) {
    const sent_message message{to, token};
    if (is_open_for_messages()) {
        is_known_to_machine_ = true;
    }
    const auto header = layers_.codec->header_for(bytes);
    if (!queue_.append(header.bytes(), bytes)) {
        // A peer that does not read must not take our memory.
        ++host_.counts.tcp_closed_queue_full;
        report_failed(message);
        close();
        return;
    }
    ++host_.counts.tcp_sent;
    if (token != 0) {
        unwritten_.push_back({queue_.appended(), message});
    }
    host_.mark_unflushed(*this);
}

void tcp_connection::flush() {
    if (!is_open_for_messages() || state_ == state::closed || is_waiting_writable_ ||
        queue_.empty()) {
        return;
    }
    const auto before = queue_.consumed();
    const auto outcome = write_pending(*layers_.stream, queue_);
    if (queue_.consumed() != before) {
        active_ = mono_now();
        written();
    }
    if (outcome == stream_outcome::failed || outcome == stream_outcome::ended) {
        break_off();
    } else if (outcome == stream_outcome::want_write) {
        wait_writable();
    }
}

void tcp_connection::wait_writable() {
    is_waiting_writable_ = true;
    socket_.async_wait(
        tcp::socket::wait_write,
        [self = shared_from_this()](boost::system::error_code error) {
            self->is_waiting_writable_ = false;
            if (error || self->state_ == state::closed) {
                return;
            }
            self->flush();
            self->finish_if_drained();
            self->host_.events.settle();
        }
    );
}

void tcp_connection::written() {
    const auto is_later = [this](const unwritten& each) { return each.end > queue_.consumed(); };
    const auto first_kept = std::find_if(unwritten_.begin(), unwritten_.end(), is_later);
    for (auto each = unwritten_.begin(); each != first_kept; ++each) {
        if (each->message.to.flow == 0) {
            if (!anonymous_) {
                anonymous_ = std::make_unique<recent_sends>(remembered_sends, remembered_for);
            }
            anonymous_->add(active_, each->message);
        }
    }
    unwritten_.erase(unwritten_.begin(), first_kept);
}

void tcp_connection::drain(timing::duration limit) {
    if (state_ == state::closed || state_ == state::draining) {
        return;
    }
    if (!is_open_for_messages() || state_ == state::peer_done) {
        // Not connected: nothing can be written. Peer done: there is no end to wait for.
        flush();
        close();
        return;
    }
    // A WebSocket says that it goes (RFC 6455 7.1.2); without room for that it just goes.
    static_cast<void>(queue_.append(layers_.codec->farewell()));
    state_ = state::draining;
    drain_limit_ = limit;
    since_ = mono_now();
    message_began_ = timing::never;
    host_.retire(*this);
    host_.arm(*this);
    flush();
    finish_if_drained();
}

void tcp_connection::finish_if_drained() {
    if (state_ != state::draining || !queue_.empty() || has_shut_down_) {
        return;
    }
    // Closing with unread bytes would reset the connection and destroy our last message on its
    // way; so our end goes first, and the peer's end is awaited.
    has_shut_down_ = true;
    layers_.stream->end_sending();
    boost::system::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

timing::time_point tcp_connection::deadline() const {
    const auto& limits = host_.limits;
    switch (state_) {
        case state::connecting:
            return since_ + limits.connect_timeout;
        case state::securing:
            return since_ + limits.handshake_timeout;
        case state::open: {
            if (!layers_.codec->is_open()) {
                return since_ + limits.handshake_timeout;
            }
            const auto idle = std::max(active_ + limits.idle_timeout, held_until_);
            return message_began_ == timing::never
                       ? idle
                       : std::min(idle, message_began_ + limits.message_timeout);
        }
        case state::peer_done:
            return since_ + limits.close_grace;
        case state::draining:
            return since_ + drain_limit_;
        case state::closed:
            break;
    }
    return timing::never;
}

void tcp_connection::expire() {
    if (state_ == state::draining && has_shut_down_) {
        // The peer took no notice of the end of our side; a reset is noticed by everyone.
        boost::system::error_code ignored;
        socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
    }
    if (state_ == state::connecting) {
        ++host_.counts.tcp_connect_timeout;
    } else if (state_ == state::securing || (state_ == state::open && !layers_.codec->is_open())) {
        ++host_.counts.tcp_handshake_timeout;
    } else if (state_ == state::open) {
        const bool is_slow = message_began_ != timing::never &&
                             message_began_ + host_.limits.message_timeout <= mono_now();
        ++(is_slow ? host_.counts.tcp_closed_slow_message : host_.counts.tcp_closed_idle);
    }
    close();
}

void tcp_connection::break_off() {
    if (state_ != state::closed) {
        ++host_.counts.tcp_closed_error;
        close();
    }
}

void tcp_connection::close() {
    if (state_ == state::closed) {
        return;
    }
    state_ = state::closed;
    leave_handshake();
    boost::system::error_code ignored;
    socket_.close(ignored);
    for (const auto& each : unwritten_) {
        report_failed(each.message);
    }
    unwritten_.clear();
    if (anonymous_) {
        for (const auto& each : anonymous_->take_all(mono_now())) {
            report_failed(each);
        }
    }
    if (is_known_to_machine_) {
        host_.events.report(proxy::flow_closed{self_.flow});
    }
    host_.closed(*this);
}

void tcp_connection::report_failed(const sent_message& message) {
    ++host_.counts.send_connection_lost;
    if (message.token != 0) {
        host_.events.report(proxy::send_failed{message.to, message.token});
    }
}

}  // namespace sipha::shell
