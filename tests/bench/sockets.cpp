#include "tests/bench/sockets.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>
#include <system_error>

namespace sipha::bench {
namespace {

constexpr std::size_t largest_message = 65'535;
constexpr int attempts_to_pair_ports = 50;

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::system_category(), what);
}

}  // namespace

descriptor::~descriptor() {
    if (fd_ >= 0) {
        close(fd_);
    }
}

sockaddr_in socket_address(const resolver::dns_server& place) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(place.port);
    std::memcpy(&at.sin_addr, place.ip.bytes().data(), sizeof at.sin_addr);
    return at;
}

descriptor bound_socket(int type, const resolver::dns_server& place) {
    descriptor made(socket(AF_INET, type | SOCK_CLOEXEC, 0));
    const auto at = socket_address(place);
    if (made.get() < 0 || bind(made.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at)) {
        fail("bind");
    }
    return made;
}

resolver::dns_server place_of(const descriptor& socket) {
    sockaddr_in at{};
    socklen_t size = sizeof at;
    if (getsockname(socket.get(), reinterpret_cast<sockaddr*>(&at), &size) != 0) {
        fail("getsockname");
    }
    std::array<std::uint8_t, 4> octets{};
    std::memcpy(octets.data(), &at.sin_addr, octets.size());
    return {resolver::address::v4(octets), ntohs(at.sin_port)};
}

resolver::dns_server free_place(std::uint8_t last_octet) {
    const std::array<std::uint8_t, 4> octets{127, 0, 0, last_octet};
    const auto ip = resolver::address::v4(octets);
    for (int attempt = 0; attempt < attempts_to_pair_ports; ++attempt) {
        const auto udp = bound_socket(SOCK_DGRAM, {ip, 0});
        const auto place = place_of(udp);
        const descriptor tcp(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const auto at = socket_address(place);
        if (bind(tcp.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0) {
            return place;
        }
    }
    fail("no port is free for UDP and TCP on loopback");
}

std::vector<std::uint8_t> plain_query(std::uint16_t id, const resolver::question& asked) {
    std::vector<std::uint8_t> bytes{
        static_cast<std::uint8_t>(id >> 8),
        static_cast<std::uint8_t>(id),
        1,
        0,
        0,
        1,
        0,
        0,
        0,
        0,
        0,
        0};
    std::string_view rest = asked.name;
    while (!rest.empty()) {
        const auto label = rest.substr(0, rest.find('.'));
        bytes.push_back(static_cast<std::uint8_t>(label.size()));
        bytes.insert(bytes.end(), label.begin(), label.end());
        rest.remove_prefix(std::min(label.size() + 1, rest.size()));
    }
    const auto type = static_cast<std::uint16_t>(asked.type);
    const std::array<std::uint8_t, 5> tail{
        0, static_cast<std::uint8_t>(type >> 8), static_cast<std::uint8_t>(type), 0, 1};
    bytes.insert(bytes.end(), tail.begin(), tail.end());
    return bytes;
}

std::vector<std::uint8_t> ask_once(
    const resolver::dns_server& place, const resolver::question& asked, int patience_ms
) {
    // Not connected: a port without a listener yet must look silent, not end the wait at once.
    const descriptor client(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const auto query = plain_query(1, asked);
    const auto at = socket_address(place);
    sendto(
        client.get(),
        query.data(),
        query.size(),
        0,
        reinterpret_cast<const sockaddr*>(&at),
        sizeof at
    );
    pollfd waiting{client.get(), POLLIN, 0};
    if (poll(&waiting, 1, patience_ms) != 1) {
        return {};
    }
    std::vector<std::uint8_t> reply(largest_message);
    const auto size = recv(client.get(), reply.data(), reply.size(), 0);
    reply.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return reply;
}

}  // namespace sipha::bench
