#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>

#include <sipha/resolver/address.hpp>
#include <sipha/resolver/options.hpp>

namespace sipha::resolver::stub {

/// An address and port in the form of the socket calls.
struct socket_place {
    sockaddr_storage storage{};
    socklen_t size = sizeof(sockaddr_storage);

    sockaddr* data() { return reinterpret_cast<sockaddr*>(&storage); }
    const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

socket_place place_of(const dns_server& at);
/// 0 when the family is neither IPv4 nor IPv6.
std::uint16_t port_of(const socket_place& place);

/// A non-blocking socket of the family of `like`. @returns -1 with errno when there is none.
int open_socket(const socket_place& like, int type);

}  // namespace sipha::resolver::stub
