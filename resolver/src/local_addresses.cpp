#include "sipha/resolver/local_addresses.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace sipha::resolver {
namespace {

std::optional<address> address_of(const sockaddr* from) {
    if (from && from->sa_family == AF_INET) {
        const auto* place = reinterpret_cast<const sockaddr_in*>(from);
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(&place->sin_addr);
        return address::v4(std::span<const std::uint8_t, 4>(bytes, 4));
    }
    if (from && from->sa_family == AF_INET6) {
        const auto* place = reinterpret_cast<const sockaddr_in6*>(from);
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(&place->sin6_addr);
        return address::v6(std::span<const std::uint8_t, 16>(bytes, 16));
    }
    return std::nullopt;
}

std::uint8_t prefix_length(const sockaddr* mask) {
    const auto bits = address_of(mask);
    int length = 0;
    for (const auto byte : bits ? bits->bytes() : std::span<const std::uint8_t>()) {
        length += std::popcount(byte);
    }
    return static_cast<std::uint8_t>(length);
}

/// The address packets to `beyond` would leave from. Connecting a UDP socket only asks the routing
/// table (RFC 6724 5 leaves the choice to it), nothing is sent.
std::optional<address> source_towards(const sockaddr* beyond, socklen_t size) {
    const int fd = ::socket(beyond->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return std::nullopt;
    }
    sockaddr_storage local{};
    socklen_t length = sizeof local;
    auto* place = reinterpret_cast<sockaddr*>(&local);
    const bool is_routed =
        ::connect(fd, beyond, size) == 0 && ::getsockname(fd, place, &length) == 0;
    ::close(fd);
    return is_routed ? address_of(place) : std::nullopt;
}

/// Documentation addresses (RFC 5737, RFC 3849): reached by the default route, and nobody's.
std::array<std::optional<address>, 2> preferred_sources() {
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(9);
    constexpr std::uint8_t documentation_v6[] = {0x20, 0x01, 0x0d, 0xb8};
    std::copy(std::begin(documentation_v6), std::end(documentation_v6), six.sin6_addr.s6_addr);
    six.sin6_addr.s6_addr[15] = 1;
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_port = htons(9);
    four.sin_addr.s_addr = htonl(0xc0000201);  // 192.0.2.1
    return {
        source_towards(reinterpret_cast<const sockaddr*>(&six), sizeof six),
        source_towards(reinterpret_cast<const sockaddr*>(&four), sizeof four)};
}

}  // namespace

std::vector<source_address> local_addresses() {
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) {
        return {};
    }
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(first, ::freeifaddrs);
    std::vector<source_address> found;
    for (const auto* item = first; item; item = item->ifa_next) {
        const auto ip = (item->ifa_flags & IFF_UP) != 0 ? address_of(item->ifa_addr) : std::nullopt;
        if (ip) {
            found.push_back({*ip, prefix_length(item->ifa_netmask)});
        }
    }
    const auto preferred = preferred_sources();
    std::stable_partition(found.begin(), found.end(), [&preferred](const source_address& item) {
        return item.ip == preferred[0] || item.ip == preferred[1];
    });
    found.resize(std::min(found.size(), max_source_addresses));
    return found;
}

}  // namespace sipha::resolver
