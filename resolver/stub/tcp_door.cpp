#include "resolver/stub/tcp_door.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "resolver/stub/wire.hpp"

namespace sipha::resolver::stub {
namespace {

constexpr std::size_t prefix_bytes = 2;  // RFC 1035 4.2.2: the length of the message

bool is_transient(int error) {
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

}  // namespace

tcp_door::tcp_door(reactor& loop, counters& counts, query_sink& sink, int fd)
    : loop_(loop), counts_(counts), sink_(sink), fd_(fd) {
    if (!loop_.add(fd_, *this, interest::reading)) {
        throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    }
}

tcp_door::~tcp_door() {
    for (const auto& [stream, one] : clients_) {
        loop_.remove(one.fd);
        close(one.fd);
    }
    loop_.remove(fd_);
    close(fd_);
}

void tcp_door::on_ready(int fd) {
    if (fd == fd_) {
        accept_clients();
        return;
    }
    const auto found = streams_.find(fd);
    if (found == streams_.end()) {
        return;
    }
    const auto stream = found->second;
    if (!flush(clients_.at(stream))) {
        drop(stream, &counters::tcp_closed_broken);
        return;
    }
    read(fd, stream);
}

void tcp_door::accept_clients() {
    for (int fd = accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC); fd >= 0;
         fd = accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) {
        if (clients_.size() >= max_tcp_clients || !loop_.add(fd, *this, interest::reading)) {
            ++counts_.tcp_refused_full;
            close(fd);
            continue;
        }
        ++counts_.tcp_accepted;
        const auto stream = next_stream_++;
        streams_[fd] = stream;
        auto& added = clients_[stream];
        added.fd = fd;
        added.deadline = loop_.now() + tcp_idle_limit;
    }
}

void tcp_door::read(int fd, std::uint64_t stream) {
    std::array<std::uint8_t, prefix_bytes + max_query_bytes> buffer;
    const auto length = recv(fd, buffer.data(), buffer.size(), 0);
    if (length < 0 && is_transient(errno)) {
        return;
    }
    auto& from = clients_.at(stream);
    if (length == 0 && from.received.empty()) {
        drop(stream, nullptr);  // a client that has what it wanted
        return;
    }
    if (length <= 0) {
        drop(stream, &counters::tcp_closed_broken);
        return;
    }
    from.received.insert(from.received.end(), buffer.begin(), buffer.begin() + length);
    take_messages(stream);
}

void tcp_door::take_messages(std::uint64_t stream) {
    for (;;) {
        const auto found = clients_.find(stream);
        if (found == clients_.end()) {
            return;  // answering it closed it
        }
        auto& received = found->second.received;
        if (received.size() < prefix_bytes) {
            return;
        }
        const std::size_t size = std::size_t{received[0]} << 8U | received[1];
        if (size < header_bytes || size > max_query_bytes) {
            drop(stream, &counters::tcp_closed_broken);
            return;
        }
        if (received.size() < prefix_bytes + size) {
            return;
        }
        const auto end = received.begin() + static_cast<std::ptrdiff_t>(prefix_bytes + size);
        const std::vector<std::uint8_t> message(received.begin() + prefix_bytes, end);
        received.erase(received.begin(), end);
        found->second.deadline = loop_.now() + tcp_idle_limit;
        ++counts_.queries_tcp;
        sink_.on_query({asked_via::tcp, {}, stream}, message);
    }
}

void tcp_door::send(std::uint64_t stream, std::span<const std::uint8_t> message) {
    const auto found = clients_.find(stream);
    if (found == clients_.end() || message.size() > max_message_bytes) {
        ++counts_.tcp_reply_unclaimed;
        return;
    }
    auto& unsent = found->second.unsent;
    if (unsent.size() + prefix_bytes + message.size() > max_tcp_backlog_bytes) {
        drop(stream, &counters::tcp_closed_slow);
        return;
    }
    unsent.push_back(static_cast<std::uint8_t>(message.size() >> 8U));
    unsent.push_back(static_cast<std::uint8_t>(message.size() & 0xffU));
    unsent.insert(unsent.end(), message.begin(), message.end());
    if (!flush(found->second)) {
        drop(stream, &counters::tcp_closed_broken);
    }
}

bool tcp_door::flush(client& to) {
    if (to.unsent.empty()) {
        return true;
    }
    const auto sent = ::send(to.fd, to.unsent.data(), to.unsent.size(), MSG_NOSIGNAL);
    if (sent < 0 && !is_transient(errno)) {
        return false;
    }
    to.unsent.erase(to.unsent.begin(), to.unsent.begin() + std::max<ssize_t>(sent, 0));
    loop_.change(to.fd, to.unsent.empty() ? interest::reading : interest::both);
    return true;
}

void tcp_door::drop(std::uint64_t stream, std::uint64_t counters::*reason) {
    const auto found = clients_.find(stream);
    if (found == clients_.end()) {
        return;
    }
    if (reason) {
        ++(counts_.*reason);
    }
    loop_.remove(found->second.fd);
    streams_.erase(found->second.fd);
    close(found->second.fd);
    clients_.erase(found);
}

void tcp_door::advance(time_point now) {
    std::vector<std::uint64_t> idle;
    for (const auto& [stream, one] : clients_) {
        if (one.deadline <= now) {
            idle.push_back(stream);
        }
    }
    for (const auto stream : idle) {
        drop(stream, &counters::tcp_closed_idle);
    }
}

time_point tcp_door::next_deadline() const {
    auto next = never;
    for (const auto& [stream, one] : clients_) {
        next = std::min(next, one.deadline);
    }
    return next;
}

}  // namespace sipha::resolver::stub
