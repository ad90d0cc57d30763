#include "tests/resolver/support/responder.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
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

question question_of(const std::vector<std::uint8_t>& query) {
    question asked;
    std::size_t at = header_bytes;
    while (at < query.size() && query[at] != 0) {
        asked.name += asked.name.empty() ? "" : ".";
        asked.name.append(
            query.begin() + static_cast<std::ptrdiff_t>(at) + 1,
            query.begin() + static_cast<std::ptrdiff_t>(at) + 1 + query[at]
        );
        at += 1 + std::size_t{query[at]};
    }
    asked.type = static_cast<record_type>(query.at(at + 1) << 8 | query.at(at + 2));
    return asked;
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

std::vector<std::uint8_t> responder::reply_to(const std::vector<std::uint8_t>& query, bool is_udp)
    const {
    const auto id = static_cast<std::uint16_t>(query.at(0) << 8 | query.at(1));
    auto reply = zone_.respond(question_of(query), id).value_or(std::vector<std::uint8_t>{});
    const auto set_rcode = [&reply](unsigned rcode) {
        reply.at(3) = static_cast<std::uint8_t>((reply.at(3) & 0xf0U) | rcode);
    };
    if (how_ == manner::failing) {
        set_rcode(2);
    } else if (how_ == manner::refusing) {
        set_rcode(5);
    } else if (how_ == manner::without_edns && query.at(11) != 0) {
        set_rcode(1);
    } else if (how_ == manner::truncating && is_udp) {
        reply.at(2) |= 0x02;
    }
    return reply;
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
        if (how_ == manner::silent) {
            continue;
        }
        auto reply = reply_to({buffer.begin(), buffer.begin() + length}, true);
        if (how_ == manner::wrong_id) {
            auto forged = zone("h1.ex A 198.51.100.66")
                              .respond(question_of({buffer.begin(), buffer.begin() + length}))
                              .value();
            forged[0] = static_cast<std::uint8_t>(reply.at(0) + 1);
            forged[1] = reply.at(1);
            sendto(udp_, forged.data(), forged.size(), 0, peer, size);
        }
        sendto(udp_, reply.data(), reply.size(), 0, peer, size);
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
            auto reply = reply_to({first, first + size}, false);
            const std::array<std::uint8_t, 2> prefix{
                static_cast<std::uint8_t>(reply.size() >> 8),
                static_cast<std::uint8_t>(reply.size() & 0xff)};
            reply.insert(reply.begin(), prefix.begin(), prefix.end());
            send(fd, reply.data(), reply.size(), MSG_NOSIGNAL);
            at += 2 + size;
        }
    }
}

}  // namespace sipha::resolver::test
