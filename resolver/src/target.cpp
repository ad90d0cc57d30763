#include "sipha/resolver/target.hpp"

#include "resolver/src/names.hpp"

namespace sipha::resolver {

std::string_view name(transport value) {
    switch (value) {
        case transport::udp:
            return "udp";
        case transport::tcp:
            return "tcp";
        case transport::tls:
            return "tls";
        case transport::ws:
            return "ws";
        case transport::wss:
            return "wss";
    }
    return "unknown";
}

std::optional<transport> parse_transport(std::string_view text) {
    for (const auto value :
         {transport::udp, transport::tcp, transport::tls, transport::ws, transport::wss}) {
        if (detail::equals_ignoring_case(text, name(value))) {
            return value;
        }
    }
    return std::nullopt;
}

std::uint16_t default_port(transport value) {
    switch (value) {
        case transport::tls:
            return 5061;
        case transport::ws:
            return 80;
        case transport::wss:
            return 443;
        default:
            return 5060;
    }
}

std::string candidate::to_string() const {
    return std::string(name(transport)) + ':' + hostport(ip, port);
}

}  // namespace sipha::resolver
