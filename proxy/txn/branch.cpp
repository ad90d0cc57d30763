#include "proxy/txn/branch.hpp"

#include <array>

#include "proxy/txn/ascii.hpp"

namespace sipha::txn {

namespace {

constexpr std::size_t id_octets = 12;
constexpr std::size_t tag_octets = 8;
constexpr std::size_t packed_octets = id_octets + tag_octets;
static_assert(packed_octets * 8 == branch_codec::base32_length * 5, "no spare bits, no padding");

using packed = std::array<std::uint8_t, packed_octets>;

constexpr std::string_view base32_alphabet = "abcdefghijklmnopqrstuvwxyz234567";

void put(packed& octets, std::size_t at, std::size_t count, std::uint64_t number) {
    for (std::size_t i = count; i > 0; --i) {
        octets[at + i - 1] = static_cast<std::uint8_t>(number & 0xff);
        number >>= 8;
    }
}

std::uint64_t get(const packed& octets, std::size_t at, std::size_t count) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < count; ++i) {
        number = number << 8 | octets[at + i];
    }
    return number;
}

std::uint64_t tag_of(const crypto::short_mac& key, const packed& octets) {
    return key.sign({reinterpret_cast<const char*>(octets.data()), id_octets});
}

bool is_signed_by(const crypto::short_mac& key, const packed& octets) {
    // Two numbers: how many of their octets agree does not show in the time.
    return get(octets, id_octets, tag_octets) == tag_of(key, octets);
}

/// The key that both sides of a branch derive from the cluster's.
crypto::short_mac branch_key(const crypto::mac& master) {
    return {master, "branch"};
}

/// 5 bits of a base32 character in any case, or -1.
int base32_value(char c) {
    const char small = to_lower(c);
    if (small >= 'a' && small <= 'z') {
        return small - 'a';
    }
    return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

}  // namespace

branch_codec::branch_codec(const crypto::mac& current, const crypto::mac* previous, branch_id own)
    : current_(branch_key(current)),
      index_key_(current, "index"),
      loop_key_(current, "loop"),
      own_(own) {
    if (previous != nullptr) {
        previous_ = branch_key(*previous);
    }
}

void branch_codec::append(std::string& out, std::uint64_t transaction) const {
    packed octets{};
    put(octets, 0, 2, own_.node);
    put(octets, 2, 4, own_.epoch);
    put(octets, 6, transaction_bits / 8, transaction);
    put(octets, id_octets, tag_octets, tag_of(current_, octets));

    out += magic_cookie;
    unsigned pending = 0;
    unsigned bits = 0;
    for (const auto octet : octets) {
        pending = (pending << 8 | octet) & 0xfff;
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            out += base32_alphabet[pending >> bits & 0x1f];
        }
    }
}

void branch_codec::append_loop_hash(std::string& out, std::uint64_t hash) {
    constexpr char digits[] = "0123456789abcdef";
    out += '.';
    for (int shift = 60; shift >= 0; shift -= 4) {
        out += digits[hash >> shift & 0xf];
    }
}

std::optional<branch_id> branch_codec::decode(std::string_view branch) const {
    if (branch.size() == length + loop_hash_length && branch[length] == '.') {
        branch.remove_suffix(loop_hash_length);
    }
    if (branch.size() != length || !starts_with_ignoring_case(branch, magic_cookie)) {
        return std::nullopt;
    }
    packed octets{};
    std::size_t filled = 0;
    unsigned pending = 0;
    unsigned bits = 0;
    for (const char c : branch.substr(magic_cookie.size())) {
        const int value = base32_value(c);
        if (value < 0) {
            return std::nullopt;
        }
        pending = (pending << 5 | static_cast<unsigned>(value)) & 0xfff;
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            octets[filled++] = static_cast<std::uint8_t>(pending >> bits & 0xff);
        }
    }
    if (!is_signed_by(current_, octets) && (!previous_ || !is_signed_by(*previous_, octets))) {
        return std::nullopt;
    }
    return branch_id{
        .node = static_cast<std::uint16_t>(get(octets, 0, 2)),
        .epoch = static_cast<std::uint32_t>(get(octets, 2, 4)),
        .transaction = get(octets, 6, transaction_bits / 8)};
}

}  // namespace sipha::txn
