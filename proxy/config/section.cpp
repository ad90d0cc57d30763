#include "proxy/config/section.hpp"

#include <charconv>

namespace sipha::config {

std::optional<socket_address> parse_socket(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    auto host = text.substr(0, colon);
    const bool has_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (has_brackets) {
        host = host.substr(1, host.size() - 2);
    }
    const auto ip = geo::ip_address::parse(host);
    std::uint16_t port = 0;
    const auto digits = text.substr(colon + 1);
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (!ip || ip->is_v4() == has_brackets || error != std::errc{} ||
        stop != digits.data() + digits.size() || digits.starts_with('0')) {
        return std::nullopt;
    }
    return socket_address{*ip, port};
}

bool is_spoken(sip::transport transport) {
    return transport == sip::transport::udp || transport == sip::transport::tcp;
}

std::optional<sip::endpoint> parse_endpoint(std::string_view text) {
    const auto colon = text.find(':');
    const auto transport = sip::parse_transport(text.substr(0, colon));
    const auto socket =
        colon == std::string_view::npos ? std::nullopt : parse_socket(text.substr(colon + 1));
    if (!transport || !is_spoken(*transport) || !socket) {
        return std::nullopt;
    }
    return sip::endpoint{*transport, socket->ip, socket->port};
}

void require_single(const value& at, const geo::ip_address& ip, std::string_view complaint) {
    if (ip.is_unspecified() || ip.is_multicast_or_broadcast()) {
        at.error(rule::address, "'" + ip.to_string() + "' " + std::string(complaint));
    }
}

void refuse_empty(const value& at, std::string_view remedy) {
    if (at.source().size() == 0) {
        at.error(rule::empty, "is an empty list; " + std::string(remedy));
    }
}

void read_prefixes(const value& list, std::vector<geo::ip_prefix>& out) {
    list.list([&](const value& item) {
        geo::ip_prefix prefix;
        if (item.prefix(prefix)) {
            out.push_back(prefix);
        }
    });
}

}  // namespace sipha::config
