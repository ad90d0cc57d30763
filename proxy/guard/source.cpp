#include "proxy/guard/source.hpp"

#include <array>

namespace sipha::guard {

namespace {

// Of IPv6, ff00::/8 is multicast, which sends nothing: its keys are free for IPv4.
constexpr source_key v4_mark = 0xffff'ffff'0000'0000u;

}  // namespace

source_key key_of(const geo::ip_address& address) {
    source_key key = address.is_v4() ? v4_mark >> 32 : 0;
    for (const auto octet : address.bytes().first(address.is_v4() ? 4 : 8)) {
        key = key << 8 | octet;
    }
    return key;
}

geo::ip_address address_of(source_key source) {
    std::array<std::uint8_t, 16> octets{};
    const bool is_v4 = (source & v4_mark) == v4_mark;
    for (std::size_t i = is_v4 ? 4 : 8; i-- > 0; source >>= 8) {
        octets[i] = static_cast<std::uint8_t>(source & 0xff);
    }
    return is_v4 ? geo::ip_address::v4(std::span(octets).first<4>()) : geo::ip_address::v6(octets);
}

}  // namespace sipha::guard
