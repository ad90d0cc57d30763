#include "resolver/src/service_names.hpp"

namespace sipha::resolver::detail {
namespace {

// RFC 3263 4.1.
constexpr std::string_view udp[] = {"_sip._udp."};
constexpr std::string_view tcp[] = {"_sip._tcp."};
// The first is RFC 3263's; the others are published too, and asked when the caller is lenient.
constexpr std::string_view tls[] = {"_sips._tcp.", "_sip._tls.", "_sips._tls."};
constexpr std::string_view sip_ws[] = {"_sip._ws."};
constexpr std::string_view sips_ws[] = {"_sips._ws."};
constexpr std::string_view ws_tcp[] = {"_ws._tcp."};
constexpr std::string_view wss_tcp[] = {"_wss._tcp."};

std::span<const std::string_view> of_websocket(transport through, ws_srv_names names) {
    const bool is_secure_socket = through == transport::wss;
    switch (names) {
        case ws_srv_names::none:
            return {};
        case ws_srv_names::sip_ws:
            return is_secure_socket ? sips_ws : sip_ws;
        case ws_srv_names::ws_tcp:
            return is_secure_socket ? wss_tcp : ws_tcp;
    }
    return {};
}

}  // namespace

std::span<const std::string_view> service_prefixes(
    transport through, const lookup_options& options
) {
    switch (through) {
        case transport::udp:
            return udp;
        case transport::tcp:
            return tcp;
        case transport::tls:
            return std::span(tls).first(options.srv_names == srv_names::lenient ? 3 : 1);
        case transport::ws:
        case transport::wss:
            return of_websocket(through, options.ws_srv_names);
    }
    return {};
}

}  // namespace sipha::resolver::detail
