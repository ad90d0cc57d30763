#include "sipha/resolver/address.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace sipha::resolver {

address address::v4(std::span<const std::uint8_t, 4> bytes) {
    address value;
    std::copy(bytes.begin(), bytes.end(), value.bytes_.begin());
    return value;
}

address address::v6(std::span<const std::uint8_t, 16> bytes) {
    address value;
    value.family_ = address_family::v6;
    std::copy(bytes.begin(), bytes.end(), value.bytes_.begin());
    return value;
}

std::optional<address> address::parse(std::string_view text) {
    // inet_pton needs a terminator; the longest text is INET6_ADDRSTRLEN - 1.
    char buffer[INET6_ADDRSTRLEN];
    if (text.empty() || text.size() >= sizeof buffer || text.find('\0') != std::string_view::npos) {
        return std::nullopt;
    }
    *std::copy(text.begin(), text.end(), buffer) = '\0';
    address value;
    if (inet_pton(AF_INET, buffer, value.bytes_.data()) == 1) {
        return value;
    }
    value.bytes_ = {};
    if (inet_pton(AF_INET6, buffer, value.bytes_.data()) == 1) {
        value.family_ = address_family::v6;
        return value;
    }
    return std::nullopt;
}

std::span<const std::uint8_t> address::bytes() const {
    return std::span(bytes_).first(family_ == address_family::v4 ? 4 : 16);
}

std::string address::to_string() const {
    char buffer[INET6_ADDRSTRLEN];
    const int domain = family_ == address_family::v4 ? AF_INET : AF_INET6;
    return inet_ntop(domain, bytes_.data(), buffer, sizeof buffer);
}

std::string hostport(const address& ip, std::uint16_t port) {
    const auto text =
        ip.family() == address_family::v4 ? ip.to_string() : '[' + ip.to_string() + ']';
    return text + ':' + std::to_string(port);
}

}  // namespace sipha::resolver
