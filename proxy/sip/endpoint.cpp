#include "proxy/sip/endpoint.hpp"

#include <array>

#include "proxy/sip/text.hpp"

namespace sipha::sip {

namespace {

struct transport_names {
    std::string_view via;
    std::string_view uri;
    std::uint16_t port;
};
constexpr std::array<transport_names, 5> names = {{
    {"UDP", "udp", 5060},
    {"TCP", "tcp", 5060},
    {"TLS", "tls", 5061},
    {"WS", "ws", 80},
    {"WSS", "wss", 443},
}};

const transport_names& names_of(transport value) {
    return names[static_cast<std::size_t>(value)];
}

}  // namespace

std::string_view via_name(transport value) {
    return names_of(value).via;
}

std::string_view uri_name(transport value) {
    return names_of(value).uri;
}

std::uint16_t default_port(transport value) {
    return names_of(value).port;
}

std::optional<transport> parse_transport(std::string_view text) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (equal_ignoring_case(names[i].uri, text)) {
            return static_cast<transport>(i);
        }
    }
    return std::nullopt;
}

void append_hostport(std::string& out, const geo::ip_address& ip, std::uint16_t port) {
    if (ip.is_v4()) {
        ip.append_to(out);
    } else {
        out += '[';
        ip.append_to(out);
        out += ']';
    }
    out += ':';
    out += std::to_string(port);
}

std::string endpoint::to_string() const {
    std::string text(uri_name(transport));
    text += ':';
    append_hostport(text, ip, port);
    return text;
}

}  // namespace sipha::sip
