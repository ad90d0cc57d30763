#include "resolver/src/cares_transport.hpp"

#include <net/if.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <string>
#include <system_error>

namespace sipha::resolver::detail {
namespace {

/// Events taken from the kernel at once; more stay queued there.
constexpr std::size_t epoll_batch = 64;
/// Batches in one `process`, so that a flood cannot hold the caller's loop.
constexpr int epoll_rounds = 16;

void start_library() {
    static std::once_flag once;
    std::call_once(once, [] { ares_library_init(ARES_LIB_INIT_ALL); });
}

std::error_code error_of(int status) {
    switch (status) {
        case ARES_ECONNREFUSED:
        case ARES_ECANCELLED:
            return std::make_error_code(std::errc::connection_refused);
        case ARES_ENOMEM:
            return std::make_error_code(std::errc::not_enough_memory);
        default:
            return std::make_error_code(std::errc::io_error);
    }
}

socklen_t to_socket_address(const address& ip, sockaddr_storage& out) {
    const auto bytes = ip.bytes();
    if (ip.family() == address_family::v4) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        std::memcpy(&at.sin_addr, bytes.data(), bytes.size());
        std::memcpy(&out, &at, sizeof at);
        return sizeof at;
    }
    sockaddr_in6 at{};
    at.sin6_family = AF_INET6;
    std::memcpy(&at.sin6_addr, bytes.data(), bytes.size());
    std::memcpy(&out, &at, sizeof at);
    return sizeof at;
}

}  // namespace

cares_transport::cares_transport(
    const std::optional<address>& source, std::chrono::milliseconds patience
)
    : source_(source), patience_(std::max(patience, std::chrono::milliseconds(1))) {
    start_library();
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_ < 0) {
        throw std::system_error(errno, std::generic_category(), "epoll_create1");
    }
}

cares_transport::~cares_transport() {
    drop_channels();
    close(epoll_);
}

void cares_transport::drop_channels() {
    for (const auto& item : channels_) {
        if (item->handle) {
            ares_destroy(item->handle);  // runs the callbacks of what is open
        }
    }
    channels_.clear();
    arrivals_.clear();
}

void cares_transport::use_servers(std::span<const dns_server> servers) {
    drop_channels();
    for (const auto& server : servers) {
        for (int protocol = 0; protocol < 2; ++protocol) {
            auto& item = *channels_.emplace_back(std::make_unique<channel>());
            item.owner = this;
            item.index = channels_.size() - 1;
            item.place = server;
        }
    }
}

bool cares_transport::start(channel& item) {
    static constexpr ares_socket_functions functions{
        &cares_transport::open_socket,
        &cares_transport::close_socket,
        &cares_transport::connect_socket,
        &cares_transport::receive,
        &cares_transport::send_all};
    ares_options init{};
    // NOCHECKRESP: failures come back with their message. IGNTC: truncated answers, too. Without
    // STAYOPEN sockets close when nothing is open.
    init.flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_IGNTC | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
    if (item.over() == dns_protocol::tcp) {
        init.flags |= ARES_FLAG_USEVC;
    }
    init.timeout = static_cast<int>(patience_.count());
    init.tries = 1;
    init.sock_state_cb = &cares_transport::on_socket;
    init.sock_state_cb_data = &item;
    const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    if (ares_init_options(&item.handle, &init, mask) != ARES_SUCCESS) {
        item.handle = nullptr;
        return false;
    }
    const auto place = hostport(item.place.ip, item.place.port);
    if (ares_set_servers_ports_csv(item.handle, place.c_str()) != ARES_SUCCESS) {
        ares_destroy(item.handle);
        item.handle = nullptr;
        return false;
    }
    ares_set_socket_functions(item.handle, &functions, &item);
    return true;
}

ares_socket_t cares_transport::open_socket(int family, int type, int protocol, void* data) {
    const auto& source = static_cast<const channel*>(data)->owner->source_;
    const int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    const bool is_v4 = family == AF_INET;
    if (fd >= 0 && source && (source->family() == address_family::v4) == is_v4) {
        sockaddr_storage at{};
        const auto size = to_socket_address(*source, at);
        if (bind(fd, reinterpret_cast<const sockaddr*>(&at), size) != 0) {
            const int reason = errno;
            close(fd);
            errno = reason;
            return ARES_SOCKET_BAD;
        }
    }
    return fd;
}

int cares_transport::close_socket(ares_socket_t socket, void*) {
    return close(socket);
}

int cares_transport::connect_socket(
    ares_socket_t socket, const sockaddr* to, ares_socklen_t size, void* data
) {
    const auto& zone = static_cast<const channel*>(data)->place.zone;
    if (zone.empty() || to->sa_family != AF_INET6) {
        return connect(socket, to, size);
    }
    // c-ares knows no zones, but link-local servers have one (RFC 4007 11).
    sockaddr_in6 at{};
    std::memcpy(&at, to, std::min<std::size_t>(sizeof at, size));
    at.sin6_scope_id = if_nametoindex(zone.c_str());
    if (at.sin6_scope_id == 0) {
        at.sin6_scope_id = static_cast<std::uint32_t>(std::strtoul(zone.c_str(), nullptr, 10));
    }
    return connect(socket, reinterpret_cast<const sockaddr*>(&at), sizeof at);
}

ares_ssize_t cares_transport::receive(
    ares_socket_t socket,
    void* into,
    std::size_t size,
    int flags,
    sockaddr* from,
    ares_socklen_t* from_size,
    void* data
) {
    auto& item = *static_cast<channel*>(data);
    if (item.over() == dns_protocol::tcp) {
        return recv(socket, into, size, flags);
    }
    if (++item.datagrams > max_datagrams) {
        errno = EAGAIN;
        return -1;
    }
    const auto length = recvfrom(socket, into, size, flags, from, from_size);
    if (length > 0) {
        // From here, because c-ares cuts what is longer than 512 octets and drops what answers
        // nothing. The socket is connected: only the server can have sent this (RFC 5452 9.1).
        const auto* bytes = static_cast<const std::uint8_t*>(into);
        item.owner->arrivals_.push_back(
            {item.server(), dns_protocol::udp, {bytes, bytes + length}, {}, 0}
        );
    } else if (length == 0) {
        errno = EAGAIN;  // c-ares takes an empty datagram for a broken socket
        return -1;
    }
    return length;
}

ares_ssize_t cares_transport::send_all(
    ares_socket_t socket, const iovec* parts, int count, void* data
) {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(parts);
    message.msg_iovlen = static_cast<std::size_t>(count);
    const auto sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    auto& item = *static_cast<channel*>(data);
    if (sent < 0 && errno == ECONNREFUSED && item.over() == dns_protocol::udp) {
        item.was_refused = true;  // the network's answer to an earlier query came out here
    }
    return sent;
}

void cares_transport::on_socket(void* data, ares_socket_t socket, int readable, int writable) {
    const auto* item = static_cast<channel*>(data);
    const int epoll = item->owner->epoll_;
    if (!readable && !writable) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, socket, nullptr);
        return;
    }
    epoll_event wanted{};
    wanted.events = (readable ? EPOLLIN : 0U) | (writable ? EPOLLOUT : 0U);
    wanted.data.u64 = std::uint64_t{item->index} << 32 | static_cast<std::uint32_t>(socket);
    // Mostly a socket is told of once, when it is opened.
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &wanted) != 0) {
        epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &wanted);
    }
}

void cares_transport::on_reply(void* arg, int status, int, unsigned char* bytes, int length) {
    const std::unique_ptr<ticket> ended(static_cast<ticket*>(arg));
    auto& item = *ended->of;
    --item.open;
    if (status == ARES_EDESTRUCTION || status == ARES_ETIMEOUT) {
        return;  // nobody waits that long for it
    }
    dns_arrival arrival{item.server(), item.over(), {}, {}, ended->id};
    if (status != ARES_SUCCESS) {
        arrival.error = error_of(status);
    } else if (item.over() == dns_protocol::tcp && bytes && length > 0) {
        arrival.message.assign(bytes, bytes + length);
    } else {
        return;  // the datagram went through `receive`
    }
    item.owner->arrivals_.push_back(std::move(arrival));
}

void cares_transport::send(time_point now, dns_packet packet) {
    const auto id = static_cast<std::uint16_t>(packet.message.at(0) << 8 | packet.message.at(1));
    const auto at = packet.server * 2 + (packet.over == dns_protocol::tcp ? 1 : 0);
    if (at >= channels_.size() || (!channels_[at]->handle && !start(*channels_[at]))) {
        arrivals_.push_back({packet.server, packet.over, {}, error_of(ARES_ENOMEM), id});
        return;
    }
    auto& item = *channels_[at];
    ++item.open;
    if (item.clean_at == never) {
        item.clean_at = now + patience_;
    }
    ares_send(
        item.handle,
        packet.message.data(),
        static_cast<int>(packet.message.size()),
        &cares_transport::on_reply,
        std::make_unique<ticket>(ticket{&item, id}).release()
    );
    if (std::exchange(item.was_refused, false)) {
        ares_cancel(item.handle);
    }
}

void cares_transport::process(time_point now) {
    for (const auto& item : channels_) {
        item->datagrams = 0;
    }
    std::array<epoll_event, epoll_batch> ready;
    for (int round = 0; round < epoll_rounds; ++round) {
        const int count = epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), 0);
        for (int index = 0; index < count; ++index) {
            const auto& item = ready[static_cast<std::size_t>(index)];
            const auto socket = static_cast<ares_socket_t>(item.data.u64 & 0xffffffffU);
            const bool is_readable = (item.events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0;
            const bool is_writable = (item.events & EPOLLOUT) != 0;
            // A descriptor closed meanwhile is unknown to the channel, which then does nothing.
            ares_process_fd(
                channels_[item.data.u64 >> 32]->handle,
                is_readable ? socket : ARES_SOCKET_BAD,
                is_writable ? socket : ARES_SOCKET_BAD
            );
        }
        if (count < static_cast<int>(ready.size())) {
            break;
        }
    }
    for (const auto& item : channels_) {
        if (item->clean_at <= now) {
            ares_process_fd(item->handle, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
            item->clean_at = item->open == 0 ? never : now + patience_;
        }
    }
}

time_point cares_transport::next_deadline() const {
    auto next = arrivals_.empty() ? never : time_point{};
    for (const auto& item : channels_) {
        next = std::min(next, item->clean_at);
    }
    return next;
}

}  // namespace sipha::resolver::detail
