#include "proxy/config/section.hpp"

namespace sipha::config {

namespace {

void read_server(const value& item, std::vector<socket_address>& servers) {
    socket_address server;
    if (item.parsed(server, parse_socket, "an address and port such as 192.0.2.53:53")) {
        servers.push_back(server);
    }
}

}  // namespace

void read_dns(object& root, daemon_options& out) {
    const auto where = root.optional("dns");
    if (!where.is_present()) {
        return;
    }
    object o(where);
    o.required("servers").list([&](const value& item) { read_server(item, out.dns_servers); }, 8);
}

}  // namespace sipha::config
