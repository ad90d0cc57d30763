#include <algorithm>

#include "proxy/config/section.hpp"

namespace sipha::config {

namespace {

constexpr std::size_t max_path_bytes = 4096;

void read_files(object& o, certificate_files& out) {
    o.required("certificate").string(out.certificate, max_path_bytes);
    o.required("key").string(out.key, max_path_bytes);
}

void read_tls(const value& where, listener_layers& out) {
    using enum listener_layers::verification;
    object o(where);
    out.has_tls = true;
    read_files(o, out.identity);
    const auto ca = o.optional("ca");
    ca.string(out.ca, max_path_bytes);
    o.optional("verify_client")
        .one_of(
            out.verify_client, {{"none", none}, {"optional", optional}, {"required", required}}
        );
    if (out.verify_client != none && !ca.is_present()) {
        where.error(
            rule::tls, "clients cannot be verified without their CAs; add `ca: clients.pem`"
        );
    }
    o.optional("sni").list(
        [&](const value& item) {
            object named(item);
            auto& added = out.sni.emplace_back();
            named.required("name").string(added.name, 253);
            read_files(named, added.files);
        },
        100
    );
}

void read_layers(
    object& o, const value& item, std::optional<sip::transport> transport, listener_layers& out
) {
    const auto tls = o.optional("tls");
    if (tls.is_present()) {
        read_tls(tls, out);
    }
    const auto origins = o.optional("origins");
    origins.list([&](const value& origin) { origin.string(out.origins.emplace_back(), 300); }, 100);
    if (!transport) {
        return;
    }
    if (sip::is_secured(*transport) && !tls.is_present()) {
        item.error(
            rule::tls,
            "a listener of tls or wss needs `tls: {certificate: chain.pem, key: key.pem}`"
        );
    }
    if (!sip::is_secured(*transport) && tls.is_present()) {
        tls.error(rule::tls, "is for tls and wss only; change the transport or remove it");
    }
    if (!sip::is_web_socket(*transport) && origins.is_present()) {
        origins.error(rule::tls, "is for ws and wss only; change the transport or remove it");
    }
}

void read_listener(const value& item, daemon_options& out) {
    auto& all = out.node.listeners;
    object o(item);
    sip::endpoint listener;
    const bool has_transport = o.required("transport")
                                   .one_of(
                                       listener.transport,
                                       {{"udp", sip::transport::udp},
                                        {"tcp", sip::transport::tcp},
                                        {"tls", sip::transport::tls},
                                        {"ws", sip::transport::ws},
                                        {"wss", sip::transport::wss}}
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
    read_layers(
        o,
        item,
        has_transport ? std::optional(listener.transport) : std::nullopt,
        out.layers.emplace_back()
    );
}

}  // namespace

void read_tls_client(object& root, daemon_options& out) {
    const auto where = root.optional("tls");
    if (!where.is_present()) {
        return;
    }
    object o(where);
    o.optional("ca").string(out.tls.ca, max_path_bytes);
    const auto certificate = o.optional("certificate");
    const auto key = o.optional("key");
    certificate.string(out.tls.identity.certificate, max_path_bytes);
    key.string(out.tls.identity.key, max_path_bytes);
    if (certificate.is_present() != key.is_present()) {
        where.error(rule::tls, "`certificate` and `key` go together; write both or none");
    }
}

void read_listen(object& root, daemon_options& out) {
    const auto listen = root.required("listen");
    if (listen.list([&](const value& item) { read_listener(item, out); }, 64)) {
        refuse_empty(listen, "add a listener such as {transport: udp, address: 192.0.2.1}");
    }
}

}  // namespace sipha::config
