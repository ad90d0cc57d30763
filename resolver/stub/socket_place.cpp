#include "resolver/stub/socket_place.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace sipha::resolver::stub {

socket_place place_of(const dns_server& at) {
    socket_place out;
    const auto bytes = at.ip.bytes();
    if (at.ip.family() == address_family::v4) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(at.port);
        std::memcpy(&v4.sin_addr, bytes.data(), bytes.size());
        std::memcpy(&out.storage, &v4, sizeof v4);
        out.size = sizeof v4;
    } else {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(at.port);
        std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
        std::memcpy(&out.storage, &v6, sizeof v6);
        out.size = sizeof v6;
    }
    return out;
}

std::uint16_t port_of(const socket_place& place) {
    if (place.storage.ss_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &place.storage, sizeof v4);
        return ntohs(v4.sin_port);
    }
    if (place.storage.ss_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &place.storage, sizeof v6);
        return ntohs(v6.sin6_port);
    }
    return 0;
}

int open_socket(const socket_place& like, int type) {
    return socket(like.storage.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

}  // namespace sipha::resolver::stub
