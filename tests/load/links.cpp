#include "tests/load/links.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <stdexcept>
#include <system_error>

#include "tests/load/text.hpp"

namespace sipha::load {

namespace {

constexpr std::size_t buffer_bytes = 65536;
constexpr int socket_buffer_bytes = 8 << 20;

[[noreturn]] void fail(const char* what, const sockaddr_in& where) {
    throw std::system_error(
        errno, std::generic_category(), std::string(what) + " " + to_text(where)
    );
}

int open_socket(int type, const sockaddr_in& local) {
    const int descriptor = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        fail("socket for", local);
    }
    const int bytes = socket_buffer_bytes;
    // More than the limit of the system needs privilege; with less the generator works as well.
    if (::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0) {
        ::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    }
    const int on = 1;
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) {
        fail("bind", local);
    }
    return descriptor;
}

}  // namespace

sockaddr_in parse_place(const std::string& text) {
    sockaddr_in place{};
    place.sin_family = AF_INET;
    const auto colon = text.find(':');
    const auto port = colon == std::string::npos ? 0 : std::atoi(text.c_str() + colon + 1);
    if (::inet_pton(AF_INET, text.substr(0, colon).c_str(), &place.sin_addr) != 1 || port < 0 ||
        port > 65535) {
        throw std::invalid_argument(text + ": not an IPv4 address and port");
    }
    place.sin_port = htons(static_cast<std::uint16_t>(port));
    return place;
}

std::string to_text(const sockaddr_in& place) {
    std::array<char, INET_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET, &place.sin_addr, text.data(), text.size());
    return std::string(text.data()) + ":" + std::to_string(ntohs(place.sin_port));
}

links::links() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), buffer_(buffer_bytes, '\0') {}

links::~links() {
    for (const auto& each : links_) {
        ::close(each.descriptor);
    }
    ::close(epoll_);
}

std::size_t links::add(int descriptor, bool is_stream, const sockaddr_in& local) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = links_.size();
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) {
        fail("epoll_ctl for", local);
    }
    links_.push_back({descriptor, is_stream, local, {}});
    socklen_t size = sizeof(sockaddr_in);
    ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&links_.back().local), &size);
    return links_.size() - 1;
}

std::size_t links::add_udp(const sockaddr_in& local) {
    return add(open_socket(SOCK_DGRAM, local), false, local);
}

std::size_t links::add_tcp(const sockaddr_in& local, const sockaddr_in& remote) {
    const int descriptor = open_socket(SOCK_STREAM, local);
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&remote), sizeof remote) != 0) {
        fail("connect to", remote);
    }
    return add(descriptor, true, local);
}

void links::send(std::size_t index, const sockaddr_in& to, std::string_view bytes) {
    const auto& from = links_[index];
    if (!from.is_stream) {
        if (::sendto(
                from.descriptor,
                bytes.data(),
                bytes.size(),
                0,
                reinterpret_cast<const sockaddr*>(&to),
                sizeof to
            ) < 0) {
            fail("send to", to);
        }
        return;
    }
    while (!bytes.empty()) {
        const auto sent = ::send(from.descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0) {
            fail("send from", from.local);
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void links::poll(std::chrono::nanoseconds limit, receiver& to) {
    std::array<epoll_event, 32> events;
    const timespec wait{
        static_cast<time_t>(limit.count() / 1'000'000'000),
        static_cast<long>(limit.count() % 1'000'000'000)};
    const int count =
        ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &wait, nullptr);
    for (int i = 0; i < count; ++i) {
        const auto index = static_cast<std::size_t>(events[static_cast<std::size_t>(i)].data.u64);
        if (links_[index].is_stream) {
            read_stream(index, to);
        } else {
            read_datagrams(index, to);
        }
    }
}

void links::read_datagrams(std::size_t index, receiver& to) {
    for (;;) {
        sockaddr_in from{};
        socklen_t size = sizeof from;
        const auto count = ::recvfrom(
            links_[index].descriptor,
            buffer_.data(),
            buffer_.size(),
            MSG_DONTWAIT,
            reinterpret_cast<sockaddr*>(&from),
            &size
        );
        if (count < 0) {
            return;  // empty, or an ICMP error, which shows as a loss
        }
        to.received(
            index, std::string_view(buffer_).substr(0, static_cast<std::size_t>(count)), from
        );
    }
}

void links::read_stream(std::size_t index, receiver& to) {
    const auto count =
        ::recv(links_[index].descriptor, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (count == 0) {
        throw std::runtime_error("the proxy closed a connection");
    }
    if (count < 0) {
        return;
    }
    auto& pending = links_[index].pending;
    pending.append(buffer_.data(), static_cast<std::size_t>(count));
    std::size_t taken = 0;
    while (const auto size = framed_size(std::string_view(pending).substr(taken))) {
        to.received(index, std::string_view(pending).substr(taken, size), {});
        taken += size;
    }
    pending.erase(0, taken);
}

}  // namespace sipha::load
