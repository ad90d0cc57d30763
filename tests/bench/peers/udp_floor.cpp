#include "tests/bench/peers/udp_floor.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <stdexcept>

#include "tests/bench/peers/ours.hpp"
#include "tests/bench/sockets.hpp"

namespace sipha::bench {

double floor_microseconds_per_query(
    const resolver::dns_server& server, std::size_t in_flight, std::size_t count
) {
    using clock = std::chrono::steady_clock;
    constexpr int patience_ms = 2000;
    const descriptor client(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const auto at = socket_address(server);
    if (connect(client.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) {
        throw std::runtime_error("the name server cannot be reached");
    }
    std::size_t sent = 0;
    std::size_t answered = 0;
    const auto begin = clock::now();
    while (answered < count) {
        while (sent < count && sent - answered < in_flight) {
            const auto query = plain_query(
                static_cast<std::uint16_t>(sent), {fresh_name(), resolver::record_type::a}
            );
            send(client.get(), query.data(), query.size(), 0);
            ++sent;
        }
        pollfd ready{client.get(), POLLIN, 0};
        if (poll(&ready, 1, patience_ms) != 1) {
            throw std::runtime_error("the name server lost a question");
        }
        std::array<std::uint8_t, 1500> reply;
        while (recv(client.get(), reply.data(), reply.size(), MSG_DONTWAIT) > 0) {
            ++answered;
        }
    }
    const std::chrono::duration<double, std::micro> took = clock::now() - begin;
    return took.count() / static_cast<double>(count);
}

}  // namespace sipha::bench
