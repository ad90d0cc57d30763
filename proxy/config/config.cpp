#include "proxy/config/config.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "geo/yaml/document.hpp"
#include "geo/yaml/reader.hpp"
#include "proxy/config/secret.hpp"
#include "proxy/sip/uri.hpp"

namespace sipha::config {

namespace {

using geo::yaml::object;
using geo::yaml::value;
using namespace std::chrono_literals;

/// Rule ids of the proxy's configuration, beside those of the reader.
namespace rule {
constexpr std::string_view address = "P001";
constexpr std::string_view domain = "P002";
constexpr std::string_view duplicate = "P003";
constexpr std::string_view order = "P004";
constexpr std::string_view uri = "P005";
constexpr std::string_view cluster = "P006";
}  // namespace rule

/// "192.0.2.1:5060" or "[2001:db8::1]:5060".
std::optional<socket_address> parse_socket(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    auto host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    }
    const auto ip = geo::ip_address::parse(host);
    std::uint16_t port = 0;
    const auto digits = text.substr(colon + 1);
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (!ip || error != std::errc{} || stop != digits.data() + digits.size() || port == 0) {
        return std::nullopt;
    }
    return socket_address{*ip, port};
}
constexpr std::string_view socket_form = "an address and port such as 192.0.2.1:5060";

/// "udp:192.0.2.1:5060".
std::optional<sip::endpoint> parse_endpoint(std::string_view text) {
    const auto colon = text.find(':');
    const auto transport = sip::parse_transport(text.substr(0, colon));
    const auto socket =
        colon == std::string_view::npos ? std::nullopt : parse_socket(text.substr(colon + 1));
    if (!transport || !socket) {
        return std::nullopt;
    }
    return sip::endpoint{*transport, socket->ip, socket->port};
}

class reader {
  public:
    reader(daemon_options& out, geo::yaml::diagnostics& diag)
        : out_(out), node_(out.node), diag_(diag) {}

    void read(geo::yaml::node root) {
        object o(root, diag_);
        unsigned version = 0;
        o.required("version").integer(version, 1, 1);
        read_node(o.required("node"));
        o.required("domains").list([&](const value& item) { read_domain(item); }, 100);
        o.required("listen").list([&](const value& item) { read_listener(item); }, 64);
        read_registrar(o.required("registrar"));
        read_calls(o);
        read_keepalive(o.optional("keepalive"));
        if (const auto dns = o.optional("dns"); dns.is_present()) {
            object d(dns);
            d.required("servers").list([&](const value& item) { read_dns_server(item); }, 8);
        }
        if (const auto cluster = o.optional("cluster"); cluster.is_present()) {
            read_cluster(cluster);
        }
        if (const auto admin = o.optional("admin"); admin.is_present()) {
            object a(admin);
            // sun_path has 108 octets.
            a.required("socket").string(out_.admin_socket, 107);
        }
        read_limits(o.optional("limits"));
        if (const auto log = o.optional("log"); log.is_present()) {
            using enum proxy::log_level;
            object l(log);
            l.optional("level").one_of(
                out_.log_level, {{"debug", debug}, {"info", info}, {"warn", warn}, {"error", error}}
            );
        }
    }

  private:
    void read_node(const value& where) {
        object o(where);
        o.required("id").integer(node_.cluster.self.value, 1, 65535);
        o.required("name").string(node_.name, 64);
    }

    void read_domain(const value& item) {
        std::string domain;
        if (!item.string(domain, 253)) {
            return;
        }
        const auto text = "sip:" + domain;
        const auto uri = sip::parse_uri(text);
        if (!uri || uri->host != domain || uri->is_ipv6 || geo::ip_address::parse(domain)) {
            item.error(
                rule::domain, "'" + domain + "' is not a host name; write one such as example.com"
            );
            return;
        }
        node_.domains.push_back(std::move(domain));
    }

    void read_listener(const value& item) {
        object o(item);
        sip::endpoint listener;
        o.required("transport")
            .one_of(
                listener.transport, {{"udp", sip::transport::udp}, {"tcp", sip::transport::tcp}}
            );
        const auto address = o.required("address");
        if (address.address(listener.ip) &&
            (listener.ip.is_unspecified() || listener.ip.is_multicast_or_broadcast())) {
            address.error(
                rule::address,
                "'" + listener.ip.to_string() +
                    "' cannot stand in Via and Record-Route; list each address of this host that "
                    "phones or servers use"
            );
        }
        listener.port = sip::default_port(listener.transport);
        o.optional("port").integer(listener.port, 1, 65535);
        auto& all = node_.listeners;
        if (std::find(all.begin(), all.end(), listener) != all.end()) {
            item.error(rule::duplicate, "'" + listener.to_string() + "' is listed twice; keep one");
        }
        all.push_back(listener);
    }

    void read_registrar(const value& where) {
        object o(where);
        auto& registrar = node_.registrar;
        o.required("allow_from").list([&](const value& item) {
            geo::ip_prefix prefix;
            if (item.prefix(prefix)) {
                registrar.allow_from.push_back(prefix);
            }
        });
        o.optional("min_expires").duration(registrar.min_expires, 1s, 24h);
        o.optional("default_expires").duration(registrar.default_expires, 1s, 24h);
        o.optional("max_expires").duration(registrar.max_expires, 1s, 24h);
        o.optional("max_contacts").integer(registrar.max_contacts, 1, 32);
        if (registrar.min_expires > registrar.default_expires ||
            registrar.default_expires > registrar.max_expires) {
            where.error(
                rule::order,
                "min_expires, default_expires and max_expires must not fall; reorder them"
            );
        }
    }

    void read_calls(object& o) {
        auto& policy = node_.policy;
        o.optional("trusted").list([&](const value& item) {
            geo::ip_prefix prefix;
            if (item.prefix(prefix)) {
                policy.trusted.push_back(prefix);
            }
        });
        using inbound = enum route::policy_options::inbound;
        o.optional("inbound").one_of(
            policy.inbound, {{"anyone", inbound::anyone}, {"trusted", inbound::trusted}}
        );
        o.optional("upstream")
            .list(
                [&](const value& item) {
                    std::string text;
                    if (!item.string(text)) {
                        return;
                    }
                    const auto uri = sip::parse_uri(text);
                    if (!uri || uri->scheme != "sip") {
                        item.error(
                            rule::uri,
                            "'" + text + "' is not a sip: URI; write one such as sip:192.0.2.1:5060"
                        );
                        return;
                    }
                    node_.upstream.push_back(std::move(text));
                },
                16
            );
        policy.has_upstream = !node_.upstream.empty();
    }

    void read_keepalive(const value& where) {
        if (!where.is_present()) {
            return;
        }
        using scope = enum ha::pinger_options::scope;
        object o(where);
        o.optional("interval").duration(node_.pinger.interval, 1s, 10min);
        o.optional("phones").one_of(node_.pinger.scope, {{"nat", scope::nat}, {"all", scope::all}});
    }

    void read_dns_server(const value& item) {
        socket_address server;
        if (item.parsed(server, parse_socket, "an address and port such as 192.0.2.53:53")) {
            out_.dns_servers.push_back(server);
        }
    }

    void read_cluster(const value& where) {
        object o(where);
        auto& cluster = node_.cluster;
        o.required("name").string(cluster.cluster_name, 64);
        socket_address listen;
        const auto listen_at = o.required("listen");
        if (listen_at.parsed(listen, parse_socket, socket_form)) {
            out_.cluster_listen = listen;
            require_loopback(listen_at, listen.ip);
        }
        o.required("secret_file").string(out_.secret_file, 4096);
        using enum proxy::register_ack;
        o.optional("register_ack").one_of(node_.ack, {{"none", none}, {"one", one}, {"all", all}});
        o.optional("ack_limit").duration(node_.ack_limit, 10ms, 2s);
        o.required("peers").list([&](const value& item) { read_peer(item); }, 63);
    }

    void read_peer(const value& item) {
        object o(item);
        cluster::peer_options peer;
        cluster_peer place;
        const auto id = o.required("id");
        id.integer(peer.id.value, 1, 65535);
        o.required("name").string(peer.name, 64);
        const auto link = o.required("link");
        if (link.parsed(place.link, parse_socket, socket_form)) {
            require_loopback(link, place.link.ip);
        }
        sip::endpoint takes_sip;
        o.required("sip").parsed(
            takes_sip, parse_endpoint, "a transport, address and port such as udp:192.0.2.1:5060"
        );
        if (peer.id == node_.cluster.self || !peer_ids_.insert(peer.id).second) {
            id.error(rule::duplicate, "node id is taken; give every node of the cluster its own");
        }
        place.id = peer.id;
        out_.peers.push_back(place);
        node_.peer_sip[peer.id] = takes_sip;
        node_.cluster.peers.push_back(std::move(peer));
    }

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

    void read_limits(const value& where) {
        if (!where.is_present()) {
            return;
        }
        object o(where);
        o.optional("transactions").integer(node_.transactions.max_transactions, 100, 10'000'000);
        o.optional("bindings").integer(node_.location.max_bindings, 1, 10'000'000);
        o.optional("connections").integer(out_.connections.total, 1, 1'000'000);
        o.optional("connections_per_source").integer(out_.connections.per_source, 1, 1'000'000);
    }

    daemon_options& out_;
    proxy::node_options& node_;
    geo::yaml::diagnostics& diag_;
    std::set<cluster::node_id> peer_ids_;
};

loaded read_document(geo::yaml::document document) {
    daemon_options options;
    reader(options, document.diag()).read(document.root());
    loaded out{std::nullopt, std::move(document.diag()), document.was_read()};
    if (!out.diag.has_errors()) {
        out.options = std::move(options);
    }
    return out;
}

}  // namespace

loaded parse(std::string_view text, std::string file_name) {
    return read_document(geo::yaml::parse(text, std::move(file_name)));
}

loaded load(const std::string& path) {
    auto out = read_document(geo::yaml::load(path));
    if (out.options && !out.options->secret_file.empty()) {
        auto secret = read_secret(path, out.options->secret_file);
        if (!secret.error.empty()) {
            out.diag.error({}, rule::cluster, "cluster.secret_file: " + secret.error);
            out.options.reset();
        } else {
            out.options->node.cluster.secret = std::move(secret.text);
        }
    }
    return out;
}

}  // namespace sipha::config
