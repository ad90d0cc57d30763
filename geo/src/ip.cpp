#include "sipha/geo/ip.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <functional>

namespace sipha::geo {

ip_address ip_address::v4(std::span<const std::uint8_t, 4> bytes) {
    ip_address address;
    std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
    return address;
}

ip_address ip_address::v6(std::span<const std::uint8_t, 16> bytes) {
    ip_address address;
    address.family_ = ip_family::v6;
    std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
    return address;
}

namespace {

/// Four decimal octets without leading zeros, as inet_pton reads them but without its copy.
/// @returns whether it was one; `out` may be changed in any case.
bool parse_v4(std::string_view text, std::uint8_t* out) {
    std::size_t octets = 0;
    unsigned number = 0;
    std::size_t digits = 0;
    for (const char c : text) {
        if (c >= '0' && c <= '9') {
            if (digits > 0 && number == 0) {
                return false;
            }
            number = number * 10 + static_cast<unsigned>(c - '0');
            ++digits;
            if (number > 255) {
                return false;
            }
        } else if (c == '.' && digits > 0 && octets < 3) {
            out[octets++] = static_cast<std::uint8_t>(number);
            number = 0;
            digits = 0;
        } else {
            return false;
        }
    }
    if (digits == 0 || octets != 3) {
        return false;
    }
    out[3] = static_cast<std::uint8_t>(number);
    return true;
}

}  // namespace

std::optional<ip_address> ip_address::parse(std::string_view text) {
    ip_address address;
    if (text.find(':') == std::string_view::npos) {
        return parse_v4(text, address.bytes_.data()) ? std::optional(address) : std::nullopt;
    }
    // inet_pton needs a terminator; the longest text is INET6_ADDRSTRLEN - 1.
    char buffer[INET6_ADDRSTRLEN];
    if (text.empty() || text.size() >= sizeof buffer || text.find('\0') != std::string_view::npos) {
        return std::nullopt;
    }
    *std::copy(text.begin(), text.end(), buffer) = '\0';
    if (inet_pton(AF_INET6, buffer, address.bytes_.data()) == 1) {
        address.family_ = ip_family::v6;
        return address;
    }
    return std::nullopt;
}

bool ip_address::is_unspecified() const {
    return std::all_of(bytes_.begin(), bytes_.end(), [](auto byte) { return byte == 0; });
}

bool ip_address::is_loopback() const {
    if (is_v4()) {
        return bytes_[0] == 127;
    }
    return bytes_[15] == 1 &&
           std::all_of(bytes_.begin(), bytes_.end() - 1, [](auto byte) { return byte == 0; });
}

bool ip_address::is_multicast_or_broadcast() const {
    if (is_v4()) {
        const bool is_broadcast =
            std::all_of(bytes_.begin(), bytes_.begin() + 4, [](auto byte) { return byte == 255; });
        return (bytes_[0] & 0xf0) == 0xe0 || is_broadcast;
    }
    return bytes_[0] == 0xff;
}

std::span<const std::uint8_t> ip_address::bytes() const {
    return std::span(bytes_).first(is_v4() ? 4 : 16);
}

void ip_address::append_to(std::string& out) const {
    char buffer[INET6_ADDRSTRLEN];
    if (!is_v4()) {
        out += inet_ntop(AF_INET6, bytes_.data(), buffer, sizeof buffer);
        return;
    }
    auto* end = buffer;
    for (std::size_t i = 0; i < 4; ++i) {
        end = std::to_chars(end, buffer + sizeof buffer, bytes_[i]).ptr;
        *end++ = '.';
    }
    out.append(buffer, end - 1);
}

std::string ip_address::to_string() const {
    std::string text;
    append_to(text);
    return text;
}

namespace {

bool bit_at(std::span<const std::uint8_t> bytes, unsigned index) {
    return (bytes[index / 8] >> (7 - index % 8) & 1) != 0;
}

}  // namespace

std::optional<ip_prefix> ip_prefix::make(const ip_address& network, unsigned length_bits) {
    const auto bytes = network.bytes();
    const auto total_bits = static_cast<unsigned>(bytes.size() * 8);
    if (length_bits > total_bits) {
        return std::nullopt;
    }
    for (unsigned bit = length_bits; bit < total_bits; ++bit) {
        if (bit_at(bytes, bit)) {
            return std::nullopt;
        }
    }
    ip_prefix prefix;
    prefix.network_ = network;
    prefix.length_bits_ = length_bits;
    return prefix;
}

std::optional<ip_prefix> ip_prefix::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto network = ip_address::parse(text.substr(0, slash));
    if (!network) {
        return std::nullopt;
    }
    auto length_bits = static_cast<unsigned>(network->bytes().size() * 8);
    if (slash != std::string_view::npos) {
        const auto digits = text.substr(slash + 1);
        const auto* end = digits.data() + digits.size();
        const auto [stop, error] = std::from_chars(digits.data(), end, length_bits);
        if (error != std::errc{} || stop != end || digits.empty()) {
            return std::nullopt;
        }
    }
    return make(*network, length_bits);
}

bool ip_prefix::contains(const ip_address& address) const {
    if (address.family() != network_.family()) {
        return false;
    }
    const auto ours = network_.bytes();
    const auto theirs = address.bytes();
    const auto whole = length_bits_ / 8;
    if (!std::equal(ours.begin(), ours.begin() + whole, theirs.begin())) {
        return false;
    }
    for (unsigned bit = whole * 8; bit < length_bits_; ++bit) {
        if (bit_at(ours, bit) != bit_at(theirs, bit)) {
            return false;
        }
    }
    return true;
}

std::string ip_prefix::to_string() const {
    return network_.to_string() + '/' + std::to_string(length_bits_);
}

std::size_t hash_value(const ip_address& address) {
    const auto bytes = address.bytes();
    return std::hash<std::string_view>{}(
        std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())
    );
}

}  // namespace sipha::geo
