#include <set>

#include "proxy/config/section.hpp"

namespace sipha::config {

using namespace std::chrono_literals;

namespace {

/// The mesh authenticates with the shared secret but does not encrypt.
void require_loopback(const value& at, const geo::ip_address& ip) {
    if (!ip.is_loopback()) {
        at.error(
            rule::cluster,
            "'" + ip.to_string() +
                "' is not a loopback address; links with a shared secret are not encrypted and "
                "stay on one host"
        );
    }
}

void read_peer(const value& item, daemon_options& out, std::set<cluster::node_id>& known) {
    object o(item);
    cluster::peer_options peer;
    cluster_peer place;
    const auto id = o.required("id");
    const bool has_id = id.integer(peer.id.value, 1, 65535);
    o.required("name").string(peer.name, 64);
    const auto link = o.required("link");
    if (link.parsed(place.link, parse_socket, socket_form)) {
        require_loopback(link, place.link.ip);
    }
    sip::endpoint takes_sip;
    const auto sip_at = o.required("sip");
    if (sip_at.parsed(
            takes_sip,
            parse_endpoint,
            "udp or tcp, an address and a port such as udp:192.0.2.1:5060"
        )) {
        require_single(
            sip_at, takes_sip.ip, "is no address of one host; write where the peer takes SIP"
        );
    }
    if (has_id && (peer.id == out.node.cluster.self || !known.insert(peer.id).second)) {
        id.error(
            rule::duplicate,
            "node id " + std::to_string(peer.id.value) +
                " is taken; give every node of the cluster its own"
        );
    }
    place.id = peer.id;
    out.peers.push_back(place);
    out.node.peer_sip[peer.id] = takes_sip;
    out.node.cluster.peers.push_back(std::move(peer));
}

}  // namespace

void read_cluster(object& root, daemon_options& out) {
    const auto where = root.optional("cluster");
    if (!where.is_present()) {
        return;
    }
    object o(where);
    o.required("name").string(out.node.cluster.cluster_name, 64);
    socket_address listen;
    const auto listen_at = o.required("listen");
    if (listen_at.parsed(listen, parse_socket, socket_form)) {
        out.cluster_listen = listen;
        require_loopback(listen_at, listen.ip);
    }
    const auto secret = o.required("secret_file");
    out.secret_file.at = secret.at();
    secret.string(out.secret_file.value, 4096);
    const auto previous = o.optional("previous_secret_file");
    out.previous_secret_file.at = previous.at();
    previous.string(out.previous_secret_file.value, 4096);
    using enum proxy::register_ack;
    o.optional("register_ack").one_of(out.node.ack, {{"none", none}, {"one", one}, {"all", all}});
    o.optional("ack_limit").duration(out.node.ack_limit, 10ms, 2s);
    std::set<cluster::node_id> known;
    o.required("peers").list([&](const value& item) { read_peer(item, out, known); }, 63);
}

}  // namespace sipha::config
