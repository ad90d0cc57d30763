#include "proxy/config/config.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "geo/yaml/document.hpp"
#include "geo/yaml/reader.hpp"
#include "proxy/config/secret.hpp"
#include "proxy/sip/text.hpp"
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
constexpr std::string_view empty = "P007";
}  // namespace rule

/// "192.0.2.1:5060" or "[2001:db8::1]:5060"; without brackets nobody can tell where an IPv6 address
/// ends and the port begins.
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
constexpr std::string_view socket_form = "an address and port such as 192.0.2.1:5060";

/// What this proxy can listen on and send over.
bool is_spoken(sip::transport transport) {
    return transport == sip::transport::udp || transport == sip::transport::tcp;
}

/// "udp:192.0.2.1:5060".
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

class reader {
  public:
    reader(daemon_options& out, geo::yaml::diagnostics& diag)
        : out_(out), node_(out.node), diag_(diag) {}

    void read(geo::yaml::node root) {
        object o(root, diag_);
        unsigned version = 0;
        o.required("version").integer(version, 1, 1);
        read_node(o.required("node"));
        const auto domains = o.required("domains");
        if (domains.list([&](const value& item) { read_domain(item); }, 100)) {
            refuse_empty(domains, "name at least one domain");
        }
        const auto listen = o.required("listen");
        if (listen.list([&](const value& item) { read_listener(item); }, 64)) {
            refuse_empty(listen, "add a listener such as {transport: udp, address: 192.0.2.1}");
        }
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
    static void refuse_empty(const value& at, std::string_view remedy) {
        if (at.source().size() == 0) {
            at.error(rule::empty, "is an empty list; " + std::string(remedy));
        }
    }

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
        // Host names are compared without case (RFC 3261 19.1.4).
        const auto is_known = [&](const std::string& known) {
            return sip::equal_ignoring_case(known, domain);
        };
        if (std::any_of(node_.domains.begin(), node_.domains.end(), is_known)) {
            item.error(rule::duplicate, "'" + domain + "' is listed twice; keep one");
        }
        node_.domains.push_back(std::move(domain));
    }

    void read_listener(const value& item) {
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
                "cannot stand in Via and Record-Route; list each address of this host that phones "
                "or servers use"
            );
        }
        listener.port = sip::default_port(listener.transport);
        const auto port = o.optional("port");
        const bool has_port = port.integer(listener.port, 1, 65535) || !port.is_present();
        auto& all = node_.listeners;
        // What was not understood equals only itself.
        if (has_transport && has_address && has_port &&
            std::find(all.begin(), all.end(), listener) != all.end()) {
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
        const auto errors = diag_.error_count();
        o.optional("min_expires").duration(registrar.min_expires, 1s, 24h);
        o.optional("default_expires").duration(registrar.default_expires, 1s, 24h);
        o.optional("max_expires").duration(registrar.max_expires, 1s, 24h);
        const bool are_understood = diag_.error_count() == errors;
        o.optional("max_contacts").integer(registrar.max_contacts, 1, 32);
        if (are_understood && (registrar.min_expires > registrar.default_expires ||
                               registrar.default_expires > registrar.max_expires)) {
            const auto text = [](std::chrono::seconds of) {
                return std::to_string(of.count()) + "s";
            };
            where.error(
                rule::order,
                "min_expires " + text(registrar.min_expires) + ", default_expires " +
                    text(registrar.default_expires) + " and max_expires " +
                    text(registrar.max_expires) +
                    " must not fall; a key that is not given has its default"
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
                    if (!uri || !uri->is_sip() || uri->is_sips()) {
                        item.error(
                            rule::uri,
                            "'" + geo::yaml::printable(text) +
                                "' is not a sip: URI; write one such as sip:192.0.2.1:5060"
                        );
                        return;
                    }
                    const auto named = uri->params.value("transport");
                    const auto transport = named ? sip::parse_transport(*named) : std::nullopt;
                    if (named && !(transport && is_spoken(*transport))) {
                        item.error(
                            rule::uri,
                            "'" + geo::yaml::printable(text) +
                                "' names a transport that is not spoken here; use udp or tcp"
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
        const auto secret = o.required("secret_file");
        out_.secret_file.at = secret.at();
        secret.string(out_.secret_file.value, 4096);
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
        if (has_id && (peer.id == node_.cluster.self || !peer_ids_.insert(peer.id).second)) {
            id.error(
                rule::duplicate,
                "node id " + std::to_string(peer.id.value) +
                    " is taken; give every node of the cluster its own"
            );
        }
        place.id = peer.id;
        out_.peers.push_back(place);
        node_.peer_sip[peer.id] = takes_sip;
        node_.cluster.peers.push_back(std::move(peer));
    }

    static void require_single(
        const value& at, const geo::ip_address& ip, std::string_view complaint
    ) {
        if (ip.is_unspecified() || ip.is_multicast_or_broadcast()) {
            at.error(rule::address, "'" + ip.to_string() + "' " + std::string(complaint));
        }
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

/// What was read and, unless something is wrong with it, the options.
loaded finish(geo::yaml::document document, daemon_options options) {
    loaded out{std::nullopt, std::move(document.diag()), document.was_read()};
    if (!out.diag.has_errors()) {
        out.options = std::move(options);
    }
    return out;
}

}  // namespace

loaded parse(std::string_view text, std::string file_name) {
    auto document = geo::yaml::parse(text, std::move(file_name));
    daemon_options options;
    reader(options, document.diag()).read(document.root());
    return finish(std::move(document), std::move(options));
}

loaded load(const std::string& path) {
    auto document = geo::yaml::load(path);
    daemon_options options;
    reader(options, document.diag()).read(document.root());
    // Also when there are other errors, so that they are all reported at once.
    if (const auto& [name, at] = options.secret_file; !name.empty()) {
        auto secret = read_secret(path, name);
        if (!secret.error.empty()) {
            document.diag().error(at, rule::cluster, "cluster.secret_file: " + secret.error);
        }
        options.node.cluster.secret = std::move(secret.text);
    }
    return finish(std::move(document), std::move(options));
}

}  // namespace sipha::config
