#include "resolver/stub/udp_door.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "resolver/stub/wire.hpp"

namespace sipha::resolver::stub {
namespace {

/// Datagrams read before others get their turn.
constexpr int batch = 64;

}  // namespace

udp_door::udp_door(reactor& loop, counters& counts, query_sink& sink, int fd)
    : loop_(loop), counts_(counts), sink_(sink), fd_(fd) {
    if (!loop_.add(fd_, *this, interest::reading)) {
        throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    }
}

udp_door::~udp_door() {
    loop_.remove(fd_);
    close(fd_);
}

void udp_door::on_ready(int) {
    // One octet more than a query may have: longer ones are then seen as too long.
    std::array<std::uint8_t, max_query_bytes + 1> buffer;
    for (int count = 0; count < batch; ++count) {
        asker from;
        const auto length =
            recvfrom(fd_, buffer.data(), buffer.size(), 0, from.from.data(), &from.from.size);
        if (length < 0) {
            // An ICMP error of an earlier reply is reported once and clears itself.
            if (errno == EINTR || errno == ECONNREFUSED) {
                continue;
            }
            return;
        }
        ++counts_.queries_udp;
        if (port_of(from.from) == 0) {
            ++counts_.ignored_bad_source;
            continue;
        }
        sink_.on_query(from, std::span(buffer).first(static_cast<std::size_t>(length)));
    }
}

void udp_door::send(const socket_place& to, std::span<const std::uint8_t> message) {
    const auto sent = sendto(fd_, message.data(), message.size(), MSG_NOSIGNAL, to.data(), to.size);
    if (sent < 0) {
        ++counts_.udp_send_failed;  // the asker repeats its question, as for any lost datagram
    }
}

}  // namespace sipha::resolver::stub
