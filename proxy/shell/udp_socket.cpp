#include "proxy/shell/udp_socket.hpp"

// clang-format off
#include <linux/types.h>
#include <linux/errqueue.h>
// clang-format on

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "proxy/shell/clock.hpp"
#include "proxy/sip/stun.hpp"

namespace sipha::shell {

namespace {

/// Batches read in a row before other sockets get their turn.
constexpr int max_batches_per_turn = 4;
constexpr std::size_t max_send_batch = 64;
/// ICMP errors handled in a row; the rest follows at the next turn.
constexpr int max_errors_per_turn = 64;
/// Tokens remembered for ICMP errors. An error for a datagram comes within a round trip.
constexpr std::size_t remembered_sends = 256;
constexpr std::chrono::seconds remembered_for{5};
/// An error returned by a send may belong to an earlier datagram, so the send is tried again.
constexpr int send_attempts = 3;

void set_option(int descriptor, int level, int name, int value) {
    // Best effort: without the option the socket works, only with less comfort.
    static_cast<void>(::setsockopt(descriptor, level, name, &value, sizeof value));
}

int open_bound(const listener_options& options, const udp_limits& limits) {
    const sip::endpoint self{sip::transport::udp, options.ip, options.port};
    const int family = options.ip.is_v4() ? AF_INET : AF_INET6;
    const int descriptor = ::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        throw_socket_error("open a socket for", self.to_string(), errno);
    }
    if (family == AF_INET6) {
        set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 1);
        set_option(descriptor, IPPROTO_IPV6, IPV6_RECVERR, 1);
    } else {
        set_option(descriptor, IPPROTO_IP, IP_RECVERR, 1);
    }
    set_option(descriptor, SOL_SOCKET, SO_RCVBUF, limits.receive_buffer_bytes);
    if (options.presence == address_presence::may_come_later) {
        set_option(descriptor, IPPROTO_IP, IP_FREEBIND, 1);
    }
    // No SO_REUSEADDR: on UDP it would let a second process steal the datagrams.
    const socket_address address(options.ip, options.port);
    if (::bind(descriptor, address.data(), address.size()) != 0) {
        const int error = errno;
        ::close(descriptor);
        throw_socket_error("bind", self.to_string(), error);
    }
    return descriptor;
}

std::uint16_t bound_port(int descriptor) {
    socket_address address;
    auto size = socket_address::capacity();
    if (::getsockname(descriptor, address.data(), &size) != 0) {
        return 0;
    }
    address.resize(size);
    return address.port();
}

/// Errors that say the datagram did not arrive. EMSGSIZE is none: the kernel has learnt the path's
/// MTU and fragments the retransmission.
bool is_fatal_icmp(const sock_extended_err& error) {
    const bool is_icmp =
        error.ee_origin == SO_EE_ORIGIN_ICMP || error.ee_origin == SO_EE_ORIGIN_ICMP6;
    return is_icmp && error.ee_errno != EMSGSIZE;
}

}  // namespace

datagram_batch::datagram_batch(std::size_t max_datagram_bytes)
    : buffer_bytes_(max_datagram_bytes + 1),
      buffers_(std::make_unique_for_overwrite<char[]>(size * buffer_bytes_)) {
    for (std::size_t i = 0; i < size; ++i) {
        vectors_[i] = {buffers_.get() + i * buffer_bytes_, buffer_bytes_};
        auto& header = headers_[i].msg_hdr;
        header.msg_name = sources_[i].data();
        header.msg_namelen = socket_address::capacity();
        header.msg_iov = &vectors_[i];
        header.msg_iovlen = 1;
    }
}

mmsghdr* datagram_batch::prepare() {
    // The kernel changed only those that it filled: one, most of the time.
    for (std::size_t i = 0; i < filled_; ++i) {
        headers_[i].msg_hdr.msg_namelen = socket_address::capacity();
        headers_[i].msg_hdr.msg_flags = 0;
    }
    filled_ = 0;
    return headers_.data();
}

std::string_view datagram_batch::bytes(std::size_t index) const {
    return {buffers_.get() + index * buffer_bytes_, headers_[index].msg_len};
}

udp_socket::udp_socket(const context& where, sip::listener_id id, const listener_options& options)
    : context_(where),
      id_(id),
      descriptor_(
          where.io, options.inherited >= 0 ? options.inherited : open_bound(options, where.limits)
      ),
      port_(bound_port(descriptor_.native_handle())),
      recent_(remembered_sends, remembered_for),
      backlog_(where.limits.max_backlog_bytes) {}

void udp_socket::start() {
    wait_readable();
}

void udp_socket::wait_readable() {
    using boost::asio::posix::descriptor_base;
    descriptor_.async_wait(descriptor_base::wait_read, [this](boost::system::error_code error) {
        if (error || !descriptor_.is_open() || is_paused_) {
            return;
        }
        read_batches();
        if (descriptor_.is_open()) {
            wait_readable();
        }
    });
}

void udp_socket::read_batches() {
    ++context_.counts.udp_wakeups;
    auto& batch = context_.batch;
    for (int turn = 0; turn < max_batches_per_turn && descriptor_.is_open(); ++turn) {
        const int count = ::recvmmsg(
            descriptor_.native_handle(),
            batch.prepare(),
            datagram_batch::size,
            MSG_DONTWAIT,
            nullptr
        );
        if (count <= 0) {
            if (errno == EINTR) {
                continue;
            }
            // Either an ICMP error, which the kernel reports before any datagram, or nothing is
            // there; only the first attempt can have been woken by an error without a datagram.
            const bool is_empty = errno == EAGAIN || errno == EWOULDBLOCK;
            if (!is_empty || turn == 0) {
                read_error_queue();
            }
            context_.events.settle();
            if (is_empty) {
                return;
            }
            continue;
        }
        batch.filled(static_cast<std::size_t>(count));
        for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
            handle(i);
        }
        context_.events.settle();
        if (static_cast<std::size_t>(count) < datagram_batch::size) {
            return;
        }
    }
}

void udp_socket::handle(std::size_t index) {
    auto& batch = context_.batch;
    const auto& header = batch.header(index);
    if ((header.msg_hdr.msg_flags & MSG_TRUNC) != 0 ||
        header.msg_len > batch.max_datagram_bytes()) {
        ++context_.counts.udp_dropped_oversize;
        return;
    }
    auto& source = batch.source(index);
    source.resize(header.msg_hdr.msg_namelen);
    const auto ip = source.ip();
    const auto port = source.port();
    if (!ip || port == 0) {
        ++context_.counts.udp_dropped_bad_source;
        return;
    }
    const sip::hop from{id_, {sip::transport::udp, *ip, port}, 0};
    const auto bytes = batch.bytes(index);
    if (sip::is_stun(bytes)) {
        answer_keepalive(from, bytes);
        return;
    }
    ++context_.counts.udp_received;
    context_.events.deliver(proxy::sip_received{from, bytes});
}

void udp_socket::answer_keepalive(const sip::hop& from, std::string_view bytes) {
    // RFC 5626 8: a phone learns from the answer that its flow lives and which address it has. A
    // forged source gets little more than was sent, and no more than the rate.
    const auto now = mono_now();
    if (now - stun_second_ >= std::chrono::seconds(1)) {
        stun_second_ = now;
        stun_answered_ = 0;
    }
    const auto answer = stun_answered_ < context_.limits.max_stun_per_second
                            ? sip::answer_stun(bytes, from.remote)
                            : std::nullopt;
    if (!answer) {
        ++context_.counts.udp_stun_ignored;
        return;
    }
    ++stun_answered_;
    const socket_address destination(from.remote.ip, from.remote.port);
    const auto sent = ::sendto(
        descriptor_.native_handle(),
        answer->storage.data(),
        answer->size,
        MSG_DONTWAIT | MSG_NOSIGNAL,
        destination.data(),
        destination.size()
    );
    // A keepalive that is lost is sent again by the phone.
    ++(sent < 0 ? context_.counts.udp_stun_ignored : context_.counts.udp_stun_answered);
}

void udp_socket::send(const sip::hop& to, std::uint64_t token, std::string_view bytes) {
    pending_.push_back({to, token, bytes});
    if (pending_.size() == max_send_batch) {
        flush();
    }
}

void udp_socket::flush() {
    if (pending_.empty()) {
        return;
    }
    // While older datagrams wait, newer ones queue behind them.
    const auto sent = backlog_.empty() ? transmit(pending_) : std::size_t{0};
    for (std::size_t i = sent; i < pending_.size(); ++i) {
        keep(pending_[i]);
    }
    pending_.clear();
    if (!backlog_.empty()) {
        wait_writable();
    }
}

void udp_socket::keep(const outgoing_datagram& datagram) {
    if (!descriptor_.is_open() || !backlog_.append(datagram)) {
        ++context_.counts.udp_dropped_queue_full;
        fail(datagram.to, datagram.token);
    }
}

void udp_socket::wait_writable() {
    if (is_waiting_writable_) {
        return;
    }
    is_waiting_writable_ = true;
    using boost::asio::posix::descriptor_base;
    descriptor_.async_wait(descriptor_base::wait_write, [this](boost::system::error_code error) {
        is_waiting_writable_ = false;
        if (error || !descriptor_.is_open()) {
            return;
        }
        send_backlog();
        context_.events.settle();
    });
}

void udp_socket::send_backlog() {
    while (!backlog_.empty()) {
        const auto oldest = backlog_.front(max_send_batch);
        const auto sent = transmit(oldest);
        backlog_.pop(sent);
        if (sent < oldest.size()) {
            wait_writable();
            return;
        }
    }
}

int udp_socket::send_one(const outgoing_datagram& datagram) {
    const socket_address destination(datagram.to.remote.ip, datagram.to.remote.port);
    const auto sent = ::sendto(
        descriptor_.native_handle(),
        datagram.bytes.data(),
        datagram.bytes.size(),
        MSG_DONTWAIT | MSG_NOSIGNAL,
        destination.data(),
        destination.size()
    );
    return sent < 0 ? -1 : 1;
}

int udp_socket::send_some(std::span<const outgoing_datagram> datagrams) {
    if (datagrams.size() == 1) {
        return send_one(datagrams.front());
    }
    std::array<mmsghdr, max_send_batch> headers;
    std::array<iovec, max_send_batch> vectors;
    std::array<socket_address, max_send_batch> destinations;
    const auto count = std::min(datagrams.size(), max_send_batch);
    for (std::size_t i = 0; i < count; ++i) {
        const auto& datagram = datagrams[i];
        destinations[i] = socket_address(datagram.to.remote.ip, datagram.to.remote.port);
        vectors[i] = {const_cast<char*>(datagram.bytes.data()), datagram.bytes.size()};
        headers[i] = {};
        headers[i].msg_hdr.msg_name = destinations[i].data();
        headers[i].msg_hdr.msg_namelen = destinations[i].size();
        headers[i].msg_hdr.msg_iov = &vectors[i];
        headers[i].msg_hdr.msg_iovlen = 1;
    }
    return ::sendmmsg(
        descriptor_.native_handle(),
        headers.data(),
        static_cast<unsigned>(count),
        MSG_DONTWAIT | MSG_NOSIGNAL
    );
}

std::size_t udp_socket::transmit(std::span<const outgoing_datagram> datagrams) {
    std::size_t done = 0;
    int attempts = 0;
    while (done < datagrams.size()) {
        const int count = send_some(datagrams.subspan(done));
        if (count > 0) {
            const auto now = mono_now();
            for (int i = 0; i < count; ++i, ++done) {
                recent_.add(now, {datagrams[done].to, datagrams[done].token});
            }
            context_.counts.udp_sent += static_cast<std::uint64_t>(count);
            attempts = 0;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return done;
        } else if (errno != EINTR) {
            read_error_queue();
            if (++attempts == send_attempts) {
                ++context_.counts.udp_send_errors;
                fail(datagrams[done].to, datagrams[done].token);
                ++done;
                attempts = 0;
            }
        }
    }
    return done;
}

void udp_socket::read_error_queue() {
    for (int i = 0; i < max_errors_per_turn; ++i) {
        alignas(cmsghdr) std::array<char, 512> control;
        socket_address destination;
        msghdr header{};
        header.msg_name = destination.data();
        header.msg_namelen = socket_address::capacity();
        header.msg_control = control.data();
        header.msg_controllen = control.size();
        if (::recvmsg(descriptor_.native_handle(), &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
            return;
        }
        destination.resize(header.msg_namelen);
        for (auto* each = CMSG_FIRSTHDR(&header); each != nullptr;
             each = CMSG_NXTHDR(&header, each)) {
            const bool is_error =
                (each->cmsg_level == IPPROTO_IP && each->cmsg_type == IP_RECVERR) ||
                (each->cmsg_level == IPPROTO_IPV6 && each->cmsg_type == IPV6_RECVERR);
            sock_extended_err error{};
            if (is_error && each->cmsg_len >= CMSG_LEN(sizeof error)) {
                std::memcpy(&error, CMSG_DATA(each), sizeof error);
                if (is_fatal_icmp(error)) {
                    blame(destination);
                }
            }
        }
    }
}

void udp_socket::blame(const socket_address& destination) {
    ++context_.counts.udp_icmp_errors;
    const auto ip = destination.ip();
    if (!ip) {
        return;
    }
    const sip::endpoint remote{sip::transport::udp, *ip, destination.port()};
    for (const auto& sent : recent_.take(mono_now(), remote)) {
        fail(sent.to, sent.token);
    }
}

void udp_socket::fail(const sip::hop& to, std::uint64_t token) {
    if (token != 0) {
        context_.events.report(proxy::send_failed{to, token});
    }
}

void udp_socket::pause() {
    is_paused_ = true;
    descriptor_.cancel();
}

void udp_socket::stop() {
    boost::system::error_code ignored;
    descriptor_.close(ignored);
    backlog_.clear();
}

}  // namespace sipha::shell
