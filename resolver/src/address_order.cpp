#include "resolver/src/address_order.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace sipha::resolver::detail {
namespace {

struct policy {
    std::array<std::uint8_t, 16> prefix;
    unsigned length_bits;
    int precedence;
};

// RFC 6724 2.1 without the IPv4-mapped row, which stands for plain IPv4 below; longest first.
constexpr policy table[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, 50},
    {{}, 96, 1},
    {{0x20, 0x01, 0, 0}, 32, 5},
    {{0x20, 0x02}, 16, 30},
    {{0x3f, 0xfe}, 16, 1},
    {{0xfe, 0xc0}, 10, 1},
    {{0xfc}, 7, 3},
    {{}, 0, 40},
};
constexpr int v4_precedence = 35;  // row ::ffff:0:0/96

bool has_prefix(std::span<const std::uint8_t> bytes, const policy& row) {
    for (unsigned bit = 0; bit < row.length_bits; ++bit) {
        const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
        if ((bytes[bit / 8] & mask) != (row.prefix[bit / 8] & mask)) {
            return false;
        }
    }
    return true;
}

int precedence(const address& value) {
    if (value.family() == address_family::v4) {
        return v4_precedence;
    }
    const auto bytes = value.bytes();
    return std::find_if(
               std::begin(table),
               std::end(table),
               [bytes](const policy& row) { return has_prefix(bytes, row); }
    )->precedence;
}

/// RFC 6724 3.1 and 3.2: 2 link-local, 5 site-local, 14 global.
int scope(const address& value) {
    const auto bytes = value.bytes();
    if (value.family() == address_family::v4) {
        const bool is_link_local = bytes[0] == 127 || (bytes[0] == 169 && bytes[1] == 254);
        return is_link_local ? 2 : 14;
    }
    const bool is_loopback =
        bytes[15] == 1 &&
        std::all_of(bytes.begin(), bytes.end() - 1, [](auto b) { return b == 0; });
    if (is_loopback || (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80)) {
        return 2;
    }
    return bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0xc0 ? 5 : 14;
}

}  // namespace

std::vector<address> order_addresses(std::span<const address> addresses) {
    std::vector<address> ordered;
    for (const auto& value : addresses) {
        if (std::find(ordered.begin(), ordered.end(), value) == ordered.end()) {
            ordered.push_back(value);
        }
    }
    std::stable_sort(ordered.begin(), ordered.end(), [](const address& left, const address& right) {
        return std::pair(-precedence(left), scope(left)) <
               std::pair(-precedence(right), scope(right));
    });
    return ordered;
}

}  // namespace sipha::resolver::detail
