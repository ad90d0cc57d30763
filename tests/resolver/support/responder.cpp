#include "tests/resolver/support/responder.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <span>
#include <stdexcept>

namespace sipha::resolver::test {
namespace {

constexpr std::size_t header_bytes = 12;
constexpr int attempts_to_pair_ports = 50;

int open_socket(int type, std::uint16_t& port) {
    const int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(port);
    socklen_t size = sizeof at;
    if (bind(fd, reinterpret_cast<sockaddr*>(&at), size) != 0 ||
        getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size) != 0) {
        close(fd);
        return -1;
    }
    port = ntohs(at.sin_port);
    return fd;
}

}  // namespace

responder::responder(zone content, manner how) : zone_(std::move(content)), how_(how) {
    for (int round = 0; round < attempts_to_pair_ports && listener_ < 0; ++round) {
        std::uint16_t port = 0;
        if (udp_ >= 0) {
            close(udp_);
        }
        udp_ = open_socket(SOCK_DGRAM, port);
        listener_ = open_socket(SOCK_STREAM, port);  // fails when someone has the TCP port
        place_ = {*address::parse("127.0.0.1"), port};
    }
    if (udp_ < 0 || listener_ < 0 || listen(listener_, 16) != 0) {
        throw std::runtime_error("no loopback port for the DNS responder");
    }
}

responder::~responder() {
    for (const int fd : fds()) {
        close(fd);
    }
}

void responder::close_tcp() {
    close(listener_);
    listener_ = -1;
}

std::vector<int> responder::fds() const {
    std::vector<int> all{udp_};
    if (listener_ >= 0) {
        all.push_back(listener_);
    }
    all.insert(all.end(), streams_.begin(), streams_.end());
    return all;
}

void responder::serve() {
    serve_udp();
    serve_tcp();
}

void responder::serve_udp() {
    std::array<std::uint8_t, 2048> buffer;
    sockaddr_in from{};
    for (;;) {
        socklen_t size = sizeof from;
        auto* peer = reinterpret_cast<sockaddr*>(&from);
        const auto length = recvfrom(udp_, buffer.data(), buffer.size(), 0, peer, &size);
        if (length < static_cast<ssize_t>(header_bytes)) {
            return;
        }
        ++over_udp;
        ports.insert(ntohs(from.sin_port));
        const auto query = std::span(buffer).first(static_cast<std::size_t>(length));
        for (const auto& reply : replies_to(query, zone_, how_, dns_protocol::udp)) {
            sendto(udp_, reply.data(), reply.size(), 0, peer, size);
        }
    }
}

void responder::serve_tcp() {
    for (int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK); fd >= 0;
         fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK)) {
        streams_.push_back(fd);
    }
    std::array<std::uint8_t, 2048> buffer;
    for (const int fd : streams_) {
        // Questions are far below one segment on loopback, so a read holds whole ones.
        const auto length = recv(fd, buffer.data(), buffer.size(), 0);
        for (ssize_t at = 0; at + 2 < length;) {
            const auto size = buffer[static_cast<std::size_t>(at)] << 8 |
                              buffer[static_cast<std::size_t>(at) + 1];
            const auto* first = buffer.data() + at + 2;
            ++over_tcp;
            const auto query = std::span(first, static_cast<std::size_t>(size));
            for (auto& reply : replies_to(query, zone_, how_, dns_protocol::tcp)) {
                const std::array<std::uint8_t, 2> prefix{
                    static_cast<std::uint8_t>(reply.size() >> 8),
                    static_cast<std::uint8_t>(reply.size() & 0xff)};
                reply.insert(reply.begin(), prefix.begin(), prefix.end());
                ::send(fd, reply.data(), reply.size(), MSG_NOSIGNAL);
            }
            at += 2 + size;
        }
    }
}

}  // namespace sipha::resolver::test
