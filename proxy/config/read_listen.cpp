#include <algorithm>

#include "proxy/config/section.hpp"

namespace sipha::config {

namespace {

void read_listener(const value& item, std::vector<sip::endpoint>& all) {
    object o(item);
    sip::endpoint listener;
    const bool has_transport =
        o.required("transport")
            .one_of(
                listener.transport, {{"udp", sip::transport::udp}, {"tcp", sip::transport::tcp}}
            );
    const auto address = o.required("address");
    const bool has_address = address.address(listener.ip);
    if (has_address) {
        require_single(
            address,
            listener.ip,
            "cannot stand in Via and Record-Route; list each address of this host that phones or "
            "servers use"
        );
    }
    listener.port = sip::default_port(listener.transport);
    const auto port = o.optional("port");
    const bool has_port = port.integer(listener.port, 1, 65535) || !port.is_present();
    // What was not understood equals only itself.
    if (has_transport && has_address && has_port &&
        std::find(all.begin(), all.end(), listener) != all.end()) {
        item.error(rule::duplicate, "'" + listener.to_string() + "' is listed twice; keep one");
    }
    all.push_back(listener);
}

}  // namespace

void read_listen(object& root, daemon_options& out) {
    const auto listen = root.required("listen");
    if (listen.list([&](const value& item) { read_listener(item, out.node.listeners); }, 64)) {
        refuse_empty(listen, "add a listener such as {transport: udp, address: 192.0.2.1}");
    }
}

}  // namespace sipha::config
