#include "proxy/shell/socket_address.hpp"

#include <netinet/in.h>

#include <cerrno>
#include <cstring>
#include <span>
#include <system_error>

namespace sipha::shell {

namespace {

const char* remedy_for(int error) {
    switch (error) {
        case EADDRINUSE:
            return "another process holds it: stop that process or configure another port";
        case EADDRNOTAVAIL:
            return "this host does not have the address: configure it on an interface";
        case EACCES:
            return "ports below 1024 need the capability CAP_NET_BIND_SERVICE";
        case EMFILE:
        case ENFILE:
            return "raise the limit of open files (LimitNOFILE)";
        case EAFNOSUPPORT:
            return "the kernel has this address family switched off";
        default:
            return "check the address and the permissions of the process";
    }
}

}  // namespace

socket_address::socket_address(const geo::ip_address& ip, std::uint16_t port) {
    if (ip.is_v4()) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        std::memcpy(&v4.sin_addr, ip.bytes().data(), sizeof v4.sin_addr);
        std::memcpy(&storage_, &v4, sizeof v4);
        size_ = sizeof v4;
    } else {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        std::memcpy(&v6.sin6_addr, ip.bytes().data(), sizeof v6.sin6_addr);
        std::memcpy(&storage_, &v6, sizeof v6);
        size_ = sizeof v6;
    }
}

std::optional<geo::ip_address> socket_address::ip() const {
    if (storage_.ss_family == AF_INET && size_ >= sizeof(sockaddr_in)) {
        sockaddr_in v4{};
        std::memcpy(&v4, &storage_, sizeof v4);
        const auto* octets = reinterpret_cast<const std::uint8_t*>(&v4.sin_addr);
        return geo::ip_address::v4(std::span<const std::uint8_t, 4>(octets, 4));
    }
    if (storage_.ss_family == AF_INET6 && size_ >= sizeof(sockaddr_in6)) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &storage_, sizeof v6);
        const auto* octets = reinterpret_cast<const std::uint8_t*>(&v6.sin6_addr);
        return geo::ip_address::v6(std::span<const std::uint8_t, 16>(octets, 16));
    }
    return std::nullopt;
}

std::uint16_t socket_address::port() const {
    if (storage_.ss_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &storage_, sizeof v4);
        return ntohs(v4.sin_port);
    }
    if (storage_.ss_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &storage_, sizeof v6);
        return ntohs(v6.sin6_port);
    }
    return 0;
}

void throw_socket_error(const char* what, const std::string& where, int error) {
    // system_error appends ": <text of the error>".
    throw std::system_error(
        error,
        std::generic_category(),
        "cannot " + std::string(what) + " " + where + " (" + remedy_for(error) + ")"
    );
}

}  // namespace sipha::shell
