#include "resolver/src/address_order.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <tuple>

namespace sipha::resolver::detail {
namespace {

struct policy {
    std::array<std::uint8_t, 16> prefix;
    unsigned length_bits;
    int precedence;
    int label;
};

// RFC 6724 2.1 without the IPv4-mapped row, which stands for plain IPv4 below; longest first.
constexpr policy table[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, 50, 0},
    {{}, 96, 1, 3},
    {{0x20, 0x01, 0, 0}, 32, 5, 5},
    {{0x20, 0x02}, 16, 30, 2},
    {{0x3f, 0xfe}, 16, 1, 12},
    {{0xfe, 0xc0}, 10, 1, 11},
    {{0xfc}, 7, 3, 13},
    {{}, 0, 40, 1},
};
constexpr policy v4_policy{{}, 0, 35, 4};  // row ::ffff:0:0/96

bool has_prefix(std::span<const std::uint8_t> bytes, const policy& row) {
    for (unsigned bit = 0; bit < row.length_bits; ++bit) {
        const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
        if ((bytes[bit / 8] & mask) != (row.prefix[bit / 8] & mask)) {
            return false;
        }
    }
    return true;
}

const policy& policy_of(const address& value) {
    if (value.family() == address_family::v4) {
        return v4_policy;
    }
    const auto bytes = value.bytes();
    return *std::find_if(std::begin(table), std::end(table), [bytes](const policy& row) {
        return has_prefix(bytes, row);
    });
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

/// RFC 6724 2.2: leading bits that both share, up to the length of the source's prefix.
unsigned common_prefix(const source_address& source, const address& destination) {
    const auto left = source.ip.bytes();
    const auto right = destination.bytes();
    unsigned bits = 0;
    for (std::size_t index = 0; index < left.size(); ++index) {
        const auto differing = static_cast<std::uint8_t>(left[index] ^ right[index]);
        bits += static_cast<unsigned>(std::countl_zero(differing));
        if (differing != 0) {
            break;
        }
    }
    return std::min<unsigned>(bits, source.prefix_length);
}

/// How well a source fits a destination (RFC 6724 5); smaller is better.
auto fitness(const source_address& source, const address& destination) {
    const auto here = scope(source.ip);
    const auto there = scope(destination);
    return std::tuple(
        source.ip != destination,                                    // rule 1
        here < there,                                                // rule 2: too narrow is worst,
        here < there ? -here : here,                                 //   then the nearest scope
        policy_of(source.ip).label != policy_of(destination).label,  // rule 6
        -static_cast<int>(common_prefix(source, destination))        // rule 8
    );
}

const source_address* source_for(
    std::span<const source_address> sources, const address& destination
) {
    const source_address* best = nullptr;
    for (const auto& source : sources) {
        const bool is_usable = source.ip.family() == destination.family();
        if (is_usable && (!best || fitness(source, destination) < fitness(*best, destination))) {
            best = &source;
        }
    }
    return best;
}

/// A destination with what the rules compare, in the order in which they do; smaller is better.
struct ranked {
    std::array<int, 6> key;
    address ip;
};

ranked rank(const address& ip, std::span<const source_address> sources) {
    ranked out{{}, ip};
    const auto& row = policy_of(ip);
    if (!sources.empty()) {
        const auto* source = source_for(sources, ip);
        out.key[0] = source ? 0 : 1;                                              // rule 1
        out.key[1] = source && scope(source->ip) == scope(ip) ? 0 : 1;            // rule 2
        out.key[2] = source && policy_of(source->ip).label == row.label ? 0 : 1;  // rule 5
        out.key[5] = source ? -static_cast<int>(common_prefix(*source, ip)) : 0;  // rule 9
    }
    out.key[3] = -row.precedence;  // rule 6; it is never the same for both families
    out.key[4] = scope(ip);        // rule 8
    return out;
}

}  // namespace

std::vector<address> order_addresses(
    std::span<const address> addresses, std::span<const source_address> sources
) {
    sources = sources.first(std::min(sources.size(), max_source_addresses));
    std::vector<address> ordered;
    for (const auto& value : addresses) {
        if (std::find(ordered.begin(), ordered.end(), value) == ordered.end()) {
            ordered.push_back(value);
        }
    }
    if (ordered.size() < 2) {
        return ordered;
    }
    std::vector<ranked> list;
    list.reserve(ordered.size());
    for (const auto& value : ordered) {
        list.push_back(rank(value, sources));
    }
    std::stable_sort(list.begin(), list.end(), [](const ranked& left, const ranked& right) {
        return left.key < right.key;  // rule 10: otherwise the order stays
    });
    std::transform(list.begin(), list.end(), ordered.begin(), [](const ranked& item) {
        return item.ip;
    });
    return ordered;
}

}  // namespace sipha::resolver::detail
