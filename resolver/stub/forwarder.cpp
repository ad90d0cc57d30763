#include "resolver/stub/forwarder.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "resolver/stub/wire.hpp"

namespace sipha::resolver::stub {
namespace {

constexpr std::size_t prefix_bytes = 2;  // RFC 1035 4.2.2: the length of the message

bool is_transient(int error) {
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR || error == EINPROGRESS ||
           error == ENOTCONN;
}

rcode code_of(std::span<const std::uint8_t> message) {
    return static_cast<rcode>(message[3] & 0x0fU);
}

}  // namespace

forwarder::forwarder(
    reactor& loop, counters& counts, reply_sink& sink, std::vector<dns_server> servers
)
    : loop_(loop), counts_(counts), sink_(sink), servers_(std::move(servers)) {}

forwarder::~forwarder() {
    for (const auto& [fd, item] : forwards_) {
        loop_.remove(fd);
        close(fd);
    }
}

void forwarder::forward(const asker& from, std::span<const std::uint8_t> message) {
    attempt item;
    item.from = from;
    item.query.assign(message.begin(), message.end());
    item.server = preferred_;
    if (forwards_.size() >= max_forwards) {
        ++counts_.failed_forward_full;
        sink_.reply(from, build_failure(message, rcode::server_failure));
        return;
    }
    ++counts_.forwarded;
    start(std::move(item));
}

void forwarder::start(attempt item) {
    const auto limit = servers_.empty() ? 0 : max_forward_attempts;
    for (; item.count < limit; item.server = (item.server + 1) % servers_.size()) {
        counts_.forward_retries += item.count == 0 ? 0 : 1;
        ++item.count;
        const bool is_tcp = item.from.via == asked_via::tcp;
        const auto where = place_of(servers_[item.server]);
        const int fd = open_socket(where, is_tcp ? SOCK_STREAM : SOCK_DGRAM);
        if (fd < 0) {
            continue;
        }
        const bool is_connected =
            connect(fd, where.data(), where.size) == 0 || errno == EINPROGRESS;
        item.id = static_cast<std::uint16_t>(random_());
        item.deadline = loop_.now() + forward_attempt_limit;
        if (is_connected && send(fd, item) &&
            loop_.add(fd, *this, item.unsent.empty() ? interest::reading : interest::both)) {
            forwards_.emplace(fd, std::move(item));
            return;
        }
        close(fd);
    }
    give_up(item);
}

bool forwarder::send(int fd, attempt& item) {
    auto message = item.query;
    set_message_id(message, item.id);
    if (item.from.via == asked_via::udp) {
        return ::send(fd, message.data(), message.size(), MSG_NOSIGNAL) >= 0;
    }
    item.received.clear();
    item.unsent = {
        static_cast<std::uint8_t>(message.size() >> 8U),
        static_cast<std::uint8_t>(message.size() & 0xffU)};
    item.unsent.insert(item.unsent.end(), message.begin(), message.end());
    return true;  // written when the connection stands
}

void forwarder::give_up(attempt& item) {
    if (!item.refusal.empty()) {
        ++counts_.forward_answered;
        sink_.reply(item.from, item.refusal);
        return;
    }
    ++counts_.failed_forward_timeout;
    sink_.reply(item.from, build_failure(item.query, rcode::server_failure));
}

void forwarder::close_socket(int fd) {
    loop_.remove(fd);
    close(fd);
}

void forwarder::retry(int fd) {
    auto found = forwards_.extract(fd);
    close_socket(fd);
    auto& item = found.mapped();
    item.server = (item.server + 1) % servers_.size();
    start(std::move(item));
}

void forwarder::on_ready(int fd) {
    const auto found = forwards_.find(fd);
    if (found == forwards_.end()) {
        return;
    }
    if (found->second.from.via == asked_via::udp) {
        read_datagrams(fd);
        return;
    }
    if (!write_stream(fd, found->second)) {
        retry(fd);
        return;
    }
    read_stream(fd);
}

void forwarder::read_datagrams(int fd) {
    std::array<std::uint8_t, max_message_bytes> buffer;
    for (;;) {
        const auto length = recv(fd, buffer.data(), buffer.size(), 0);
        if (length < 0 && is_transient(errno)) {
            return;
        }
        if (length < 0) {
            retry(fd);  // nobody listens there (ICMP): the next server need not wait
            return;
        }
        if (take_reply(fd, std::span(buffer).first(static_cast<std::size_t>(length)))) {
            return;
        }
    }
}

bool forwarder::write_stream(int fd, attempt& item) {
    if (item.unsent.empty()) {
        return true;
    }
    const auto sent = ::send(fd, item.unsent.data(), item.unsent.size(), MSG_NOSIGNAL);
    if (sent < 0) {
        return is_transient(errno);
    }
    item.unsent.erase(item.unsent.begin(), item.unsent.begin() + sent);
    if (item.unsent.empty()) {
        loop_.change(fd, interest::reading);
    }
    return true;
}

void forwarder::read_stream(int fd) {
    std::array<std::uint8_t, 16 * 1024> buffer;
    const auto length = recv(fd, buffer.data(), buffer.size(), 0);
    if (length < 0 && is_transient(errno)) {
        return;
    }
    if (length <= 0) {
        retry(fd);
        return;
    }
    auto& received = forwards_.at(fd).received;
    received.insert(received.end(), buffer.begin(), buffer.begin() + length);
    if (received.size() < prefix_bytes) {
        return;
    }
    const std::size_t size = std::size_t{received[0]} << 8U | received[1];
    if (received.size() < prefix_bytes + size) {
        return;
    }
    const std::vector<std::uint8_t> message(
        received.begin() + prefix_bytes,
        received.begin() + static_cast<std::ptrdiff_t>(prefix_bytes + size)
    );
    if (!take_reply(fd, message)) {
        retry(fd);  // a stream that carries something else carries nothing of use
    }
}

bool forwarder::take_reply(int fd, std::span<const std::uint8_t> message) {
    auto& item = forwards_.at(fd);
    const auto asked = question_bytes(item.query);
    const auto repeated =
        message.size() < header_bytes ? std::span<const std::uint8_t>{} : question_bytes(message);
    // A server that understood nothing may leave the question out (RFC 1035 4.1.1).
    const bool is_bare = message.size() == header_bytes && code_of(message) != rcode::no_error;
    const bool is_reply = is_response(message) && message.size() >= header_bytes &&
                          message_id(message) == item.id &&
                          (is_bare || std::ranges::equal(asked, repeated));
    if (!is_reply) {
        ++counts_.ignored_upstream_reply;
        return false;
    }
    std::vector<std::uint8_t> reply(message.begin(), message.end());
    set_message_id(reply, message_id(item.query));
    const auto code = code_of(message);
    const bool is_refusal = code == rcode::server_failure || code == rcode::refused;
    if (is_refusal && servers_.size() > 1 && item.count < max_forward_attempts) {
        item.refusal = std::move(reply);  // another server may know more
        retry(fd);
        return true;
    }
    preferred_ = item.server;
    const auto to = item.from;
    close_socket(fd);
    forwards_.erase(fd);
    ++counts_.forward_answered;
    sink_.reply(to, reply);
    return true;
}

void forwarder::advance(time_point now) {
    std::vector<int> late;
    for (const auto& [fd, item] : forwards_) {
        if (item.deadline <= now) {
            late.push_back(fd);
        }
    }
    for (const int fd : late) {
        // A descriptor of this list may have been closed and opened again for another attempt.
        if (const auto found = forwards_.find(fd);
            found != forwards_.end() && found->second.deadline <= now) {
            retry(fd);
        }
    }
}

time_point forwarder::next_deadline() const {
    auto next = never;
    for (const auto& [fd, item] : forwards_) {
        next = std::min(next, item.deadline);
    }
    return next;
}

}  // namespace sipha::resolver::stub
