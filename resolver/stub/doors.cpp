#include "resolver/stub/doors.hpp"

#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "resolver/stub/socket_place.hpp"

namespace sipha::resolver::stub {
namespace {

constexpr int tries_for_a_free_pair = 50;
constexpr int backlog = 64;

int open_bound(const dns_server& at, int type) {
    const auto where = place_of(at);
    const int fd = open_socket(where, type);
    if (fd < 0) {
        return -1;
    }
    const int on = 1;
    if (type == SOCK_STREAM) {
        // Connections of a predecessor in TIME_WAIT must not keep the stub from starting.
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    }
    if (at.ip.family() == address_family::v6) {
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    }
    if (bind(fd, where.data(), where.size) != 0) {
        const int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

std::uint16_t bound_port(int fd) {
    socket_place bound;
    return getsockname(fd, bound.data(), &bound.size) == 0 ? port_of(bound) : std::uint16_t{0};
}

}  // namespace

doors open_doors(const dns_server& at) {
    int error = 0;
    for (int round = 0; round < tries_for_a_free_pair; ++round) {
        doors out;
        out.at = at;
        out.udp = open_bound(at, SOCK_DGRAM);
        error = errno;
        if (out.udp < 0) {
            break;
        }
        out.at.port = bound_port(out.udp);
        out.tcp = open_bound(out.at, SOCK_STREAM);
        if (out.tcp >= 0 && listen(out.tcp, backlog) == 0) {
            return out;
        }
        error = errno;
        close(out.udp);
        if (out.tcp >= 0) {
            close(out.tcp);
        }
        if (at.port != 0) {
            break;  // a free UDP port whose TCP port is taken is worth another try, this one not
        }
    }
    throw std::system_error(
        error, std::generic_category(), "cannot listen on " + hostport(at.ip, at.port)
    );
}

}  // namespace sipha::resolver::stub
