#include "tests/proxy/shell/client_socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace sipha::shell::test {

namespace {

constexpr int small_buffer_bytes = 4096;

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

void require(bool condition, const char* what) {
    if (!condition) {
        throw std::runtime_error(what);
    }
}

int open_inet(int type) {
    const int descriptor = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
    require(descriptor >= 0, "socket");
    return descriptor;
}

void connect_to(int descriptor, std::uint16_t port) {
    const auto address = loopback(port);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    require(::connect(descriptor, generic, sizeof address) == 0, "connect");
}

void bind_any_port(int descriptor) {
    const auto address = loopback(0);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    require(::bind(descriptor, generic, sizeof address) == 0, "bind");
}

}  // namespace

client_socket::client_socket(int descriptor) : descriptor_(descriptor) {
    const timeval limit{20, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

client_socket::client_socket(client_socket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), backlog_(std::move(other.backlog_)) {}

client_socket::~client_socket() {
    close();
}

client_socket client_socket::udp(std::uint16_t remote_port) {
    client_socket made(open_inet(SOCK_DGRAM));
    const int buffer_bytes = 8 << 20;
    ::setsockopt(made.descriptor_, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
    bind_any_port(made.descriptor_);
    if (remote_port != 0) {
        connect_to(made.descriptor_, remote_port);
    }
    return made;
}

client_socket client_socket::tcp(std::uint16_t remote_port) {
    client_socket made(open_inet(SOCK_STREAM));
    connect_to(made.descriptor_, remote_port);
    return made;
}

client_socket client_socket::narrow_tcp(std::uint16_t remote_port) {
    client_socket made(open_inet(SOCK_STREAM));
    const int bytes = small_buffer_bytes;
    ::setsockopt(made.descriptor_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    connect_to(made.descriptor_, remote_port);
    return made;
}

client_socket client_socket::local(const std::string& path) {
    client_socket made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    require(::connect(made.descriptor_, generic, sizeof address) == 0, "connect local");
    return made;
}

client_socket client_socket::tcp_server() {
    client_socket made(open_inet(SOCK_STREAM));
    bind_any_port(made.descriptor_);
    return made;
}

client_socket client_socket::unconnected_tcp() {
    return client_socket(open_inet(SOCK_STREAM));
}

void client_socket::connect(std::uint16_t remote_port) {
    connect_to(descriptor_, remote_port);
}

void client_socket::listen_with_full_backlog() {
    // A backlog of 0 holds one connection; the kernel ignores the SYNs after it.
    require(::listen(descriptor_, 0) == 0, "listen");
    backlog_.push_back(tcp(port()));
}

std::string client_socket::peer_address() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getpeername(descriptor_, reinterpret_cast<sockaddr*>(&address), &size);
    std::array<char, INET_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
    return text.data();
}

void client_socket::listen() {
    require(::listen(descriptor_, 64) == 0, "listen");
}

client_socket client_socket::accept() {
    const int accepted = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
    require(accepted >= 0, "accept");
    return client_socket(accepted);
}

bool client_socket::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count < 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

std::string client_socket::receive() {
    std::array<char, 65536> buffer;
    const auto count = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    return count > 0 ? std::string(buffer.data(), static_cast<std::size_t>(count)) : std::string();
}

std::string client_socket::receive_bytes(std::size_t count) {
    std::string all;
    while (all.size() < count) {
        const auto more = receive();
        if (more.empty()) {
            break;
        }
        all += more;
    }
    return all;
}

bool client_socket::wait_for_end() {
    std::array<char, 65536> buffer;
    for (;;) {
        const auto count = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
        if (count == 0) {
            return true;
        }
        if (count < 0) {
            return errno == ECONNRESET;
        }
    }
}

void client_socket::shutdown_send() {
    ::shutdown(descriptor_, SHUT_WR);
}

void client_socket::reset() {
    const linger now{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
}

void client_socket::close() {
    if (descriptor_ >= 0) {
        ::close(std::exchange(descriptor_, -1));
    }
}

std::uint16_t client_socket::port() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

std::uint16_t closed_udp_port() {
    return client_socket::udp(0).port();
}

std::uint16_t closed_tcp_port() {
    return client_socket::tcp_server().port();
}

std::string stream_message(std::string_view call_id, std::size_t body_bytes) {
    std::string message = "OPTIONS sip:example.com SIP/2.0\r\nCall-ID: ";
    message += call_id;
    message += "\r\nContent-Length: " + std::to_string(body_bytes) + "\r\n\r\n";
    message.append(body_bytes, 'x');
    return message;
}

}  // namespace sipha::shell::test
