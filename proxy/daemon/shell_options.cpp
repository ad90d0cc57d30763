#include "proxy/daemon/shell_options.hpp"

#include "proxy/shell/clock.hpp"

namespace sipha::daemon {

namespace {

shell::certificate_files files_of(const config::certificate_files& files) {
    return {files.certificate, files.key};
}

void add_layers(shell::listener_options& to, const config::listener_layers& layers) {
    using verification = config::listener_layers::verification;
    to.origins = layers.origins;
    if (!layers.has_tls) {
        return;
    }
    auto& tls = to.tls.emplace();
    tls.identity = files_of(layers.identity);
    for (const auto& each : layers.sni) {
        tls.sni.push_back({each.name, files_of(each.files)});
    }
    tls.ca = layers.ca;
    tls.verify =
        layers.verify_client == verification::required   ? shell::client_verification::required
        : layers.verify_client == verification::optional ? shell::client_verification::optional
                                                         : shell::client_verification::none;
}

}  // namespace

shell::runtime_options shell_options(const config::daemon_options& options, predecessor* before) {
    shell::runtime_options out;
    for (const auto& listener : options.node.listeners) {
        auto& added = out.listeners.emplace_back();
        added.transport = listener.transport;
        added.ip = listener.ip;
        added.port = listener.port;
        if (const auto index = out.listeners.size() - 1; index < options.layers.size()) {
            add_layers(added, options.layers[index]);
        }
        added.inherited = before == nullptr ? -1 : before->take(listener.to_string());
    }
    if (before != nullptr) {
        out.cluster_inherited = options.cluster_listen ? before->take("cluster") : -1;
        // The old process reads until the last of its transactions has ended.
        out.reads = shell::runtime_options::datagrams::later;
    }
    if (options.cluster_listen) {
        out.cluster = shell::link_address{options.cluster_listen->ip, options.cluster_listen->port};
    }
    for (const auto& peer : options.peers) {
        out.peers.push_back({peer.id, {peer.link.ip, peer.link.port}});
    }
    out.tls_client = {options.tls.ca, files_of(options.tls.identity)};
    out.tcp.flows_before = static_cast<sip::flow_id>(shell::now().wall_ms) << 16;
    out.tcp.max_connections = options.connections.total;
    out.tcp.max_connections_per_source = options.connections.per_source;
    return out;
}

std::vector<shell::locator::dns_server> dns_servers(const config::daemon_options& options) {
    std::vector<shell::locator::dns_server> out;
    for (const auto& server : options.dns_servers) {
        out.push_back({server.ip, server.port});
    }
    return out;
}

}  // namespace sipha::daemon
