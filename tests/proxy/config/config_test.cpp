#include "proxy/config/config.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/geo/yaml/findings.hpp"
#include "tests/proxy/config/sample.hpp"

namespace sipha::config {
namespace {

using namespace std::chrono_literals;
using strings = std::vector<std::string>;

strings findings(std::string_view text) {
    return geo::yaml::lines(parse(text, "p.yaml").diag);
}

/// What is said about the full sample with one thing changed.
strings after(std::string_view from, std::string_view to) {
    return findings(changed(full_sample, from, to));
}

geo::ip_address ip(std::string_view text) {
    return *geo::ip_address::parse(text);
}

TEST(Config, EveryKeyReachesItsOption) {
    const auto read = parse(full_sample, "p.yaml");
    EXPECT_EQ(geo::yaml::lines(read.diag), strings{});
    ASSERT_TRUE(read.options);
    const auto& all = *read.options;
    const auto& node = all.node;
    EXPECT_EQ(node.cluster.self.value, 1);
    EXPECT_EQ(node.name, "ams1");
    EXPECT_EQ(node.domains, (strings{"example.com", "voice.example.com"}));
    ASSERT_EQ(node.listeners.size(), 2U);
    EXPECT_EQ(node.listeners[0].to_string(), "udp:192.0.2.1:5060");
    EXPECT_EQ(node.listeners[1].to_string(), "tcp:[2001:db8::1]:5070");
    EXPECT_EQ(node.registrar.allow_from.size(), 2U);
    EXPECT_EQ(node.registrar.min_expires, 30s);
    EXPECT_EQ(node.registrar.default_expires, 2min);
    EXPECT_EQ(node.registrar.max_expires, 1h);
    EXPECT_EQ(node.registrar.max_contacts, 5U);
    EXPECT_EQ(node.policy.trusted.size(), 1U);
    EXPECT_EQ(node.policy.inbound, route::policy_options::inbound::trusted);
    EXPECT_TRUE(node.policy.has_upstream);
    EXPECT_EQ(node.upstream.size(), 2U);
    EXPECT_EQ(node.pinger.interval, 20s);
    EXPECT_EQ(node.pinger.scope, ha::pinger_options::scope::all);
    ASSERT_EQ(all.dns_servers.size(), 2U);
    EXPECT_EQ(all.dns_servers[1].ip, ip("2001:db8::53"));
    EXPECT_EQ(all.dns_servers[1].port, 5353);
    EXPECT_EQ(node.cluster.cluster_name, "west");
    ASSERT_TRUE(all.cluster_listen);
    EXPECT_EQ(all.cluster_listen->port, 7060);
    EXPECT_EQ(all.secret_file.value, "cluster.secret");
    EXPECT_EQ(node.ack, proxy::register_ack::all);
    EXPECT_EQ(node.ack_limit, 300ms);
    ASSERT_EQ(node.cluster.peers.size(), 2U);
    EXPECT_EQ(node.cluster.peers[1].name, "nyc1");
    EXPECT_EQ(all.peers[1].link.ip, ip("127.0.0.3"));
    EXPECT_EQ(node.peer_sip.at(cluster::node_id{3}).to_string(), "tcp:192.0.2.3:5060");
    EXPECT_EQ(all.admin_socket, "/run/sipha/proxy.sock");
    EXPECT_EQ(node.transactions.max_transactions, 1000U);
    EXPECT_EQ(node.location.max_bindings, 2000U);
    EXPECT_EQ(all.connections.total, 300U);
    EXPECT_EQ(all.connections.per_source, 40U);
    EXPECT_EQ(all.log_level, proxy::log_level::warn);
    EXPECT_EQ(all.log.format, log_options::form::json);
    EXPECT_EQ(all.log.file, "/var/log/sipha/proxy.log");
    EXPECT_EQ(all.operation.stop_grace, 2s);
    EXPECT_EQ(all.operation.drain_spread, 60s);
    ASSERT_TRUE(all.http);
    EXPECT_EQ(all.http->listen.ip, ip("127.0.0.1"));
    EXPECT_EQ(all.http->listen.port, 9060);
    EXPECT_EQ(all.http->token_file.value, "http.token");
}

TEST(Config, HttpServerStaysOnLoopback) {
    EXPECT_EQ(
        after("127.0.0.1:9060", "192.0.2.1:9060"),
        (strings{"p.yaml:27:55: error[P009]: admin.http.listen: '192.0.2.1' is not a loopback "
                 "address; this server does not encrypt, so put a web server with TLS in front of "
                 "it"})
    );
    EXPECT_EQ(after("127.0.0.1:9060", "[::1]:9060"), strings{});
}

TEST(Config, LeastConfigurationHasDefaultsForTheRest) {
    const auto read = parse(least_sample, "p.yaml");
    EXPECT_EQ(geo::yaml::lines(read.diag), strings{});
    ASSERT_TRUE(read.options);
    EXPECT_EQ(read.options->node.listeners[0].port, 5060);
    EXPECT_EQ(read.options->node.registrar.min_expires, 60s);
    EXPECT_EQ(read.options->node.policy.inbound, route::policy_options::inbound::anyone);
    EXPECT_FALSE(read.options->node.policy.has_upstream);
    EXPECT_FALSE(read.options->cluster_listen);
    EXPECT_TRUE(read.options->admin_socket.empty());
    EXPECT_EQ(read.options->log_level, proxy::log_level::info);
}

TEST(Config, ExamplesAreRight) {
    for (const std::string name : {"ams1", "ams2", "nyc1"}) {
        const auto path =
            std::string(SIPHA_SOURCE_DIR) + "/examples/two-sites/edges/" + name + ".yaml";
        std::ifstream file(path);
        ASSERT_TRUE(file) << path;
        const std::string text(std::istreambuf_iterator<char>(file), {});
        EXPECT_EQ(findings(text), strings{}) << path;
    }
}

TEST(Config, UnknownKeyNamesTheNearest) {
    EXPECT_EQ(
        after("max_contacts", "max_contcats"),
        (strings{"p.yaml:12:3: error[L002]: unknown key 'max_contcats'; did you mean "
                 "'max_contacts'?"})
    );
}

TEST(Config, DuplicateKeyIsRefused) {
    const auto found = after("inbound: trusted", "inbound: trusted\ninbound: anyone");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_TRUE(found[0].starts_with("p.yaml:15:1: error[L001]: ")) << found[0];
}

TEST(Config, WrongTypeIsNamed) {
    EXPECT_EQ(
        after("domains: [example.com, voice.example.com]", "domains: example.com"),
        (strings{"p.yaml:3:10: error[L003]: domains: is not a list; write it as [a, b] or with "
                 "'- ' lines"})
    );
    EXPECT_EQ(
        after("port: 5060", "port: \"5060\""),
        (strings{"p.yaml:5:48: error[L008]: listen[].port: '5060' is not a plain decimal number; "
                 "write 1 to 65535 without quotes, sign, leading zero or point"})
    );
}

TEST(Config, NumbersAndDurationsHaveLimits) {
    struct limit {
        std::string_view from, least, below, most, above;
    };
    const limit limits[] = {
        {"id: 1,", "id: 65535,", "id: 0,", "id: 4,", "id: 65536,"},
        {"port: 5060", "port: 1", "port: 0", "port: 65535", "port: 65536"},
        {"min_expires: 30s",
         "min_expires: 1s",
         "min_expires: 0s",
         "min_expires: 2m",
         "min_expires: 25h"},
        {"max_expires: 1h",
         "max_expires: 2m",
         "max_expires: 0s",
         "max_expires: 24h",
         "max_expires: 25h"},
        {"max_contacts: 5",
         "max_contacts: 1",
         "max_contacts: 0",
         "max_contacts: 32",
         "max_contacts: 33"},
        {"interval: 20s", "interval: 1s", "interval: 999ms", "interval: 10m", "interval: 601s"},
        {"ack_limit: 300ms",
         "ack_limit: 10ms",
         "ack_limit: 9ms",
         "ack_limit: 2s",
         "ack_limit: 2001ms"},
        {"transactions: 1000",
         "transactions: 100",
         "transactions: 99",
         "transactions: 10000000",
         "transactions: 10000001"},
        {"bindings: 2000",
         "bindings: 1",
         "bindings: 0",
         "bindings: 10000000",
         "bindings: 10000001"},
        {"connections: 300",
         "connections: 1",
         "connections: 0",
         "connections: 1000000",
         "connections: 1000001"},
        {"connections_per_source: 40",
         "connections_per_source: 1",
         "connections_per_source: 0",
         "connections_per_source: 1000000",
         "connections_per_source: 1000001"},
    };
    for (const auto& each : limits) {
        EXPECT_EQ(after(each.from, each.least), strings{}) << each.least;
        EXPECT_EQ(after(each.from, each.most), strings{}) << each.most;
        for (const auto wrong : {each.below, each.above}) {
            const auto found = after(each.from, wrong);
            ASSERT_EQ(found.size(), 1U) << wrong;
            EXPECT_NE(found[0].find("error[L010]: "), std::string::npos) << found[0];
            EXPECT_NE(found[0].find("out of range; give "), std::string::npos) << found[0];
        }
    }
}

TEST(Config, ListsHaveLimits) {
    const auto some = [](std::size_t count, auto item) {
        std::string list = "[";
        for (std::size_t i = 0; i < count; ++i) {
            list += (i == 0 ? "" : ", ") + item(i);
        }
        return list + "]";
    };
    const auto domain = [](std::size_t i) { return "d" + std::to_string(i) + ".example"; };
    const auto server = [](std::size_t i) { return "\"192.0.2." + std::to_string(i) + ":53\""; };
    const auto uri = [](std::size_t i) { return "\"sip:192.0.2." + std::to_string(i) + "\""; };
    const auto domains = [&](std::size_t count) {
        return after("[example.com, voice.example.com]", some(count, domain));
    };
    const auto servers = [&](std::size_t count) {
        return after("[\"192.0.2.53:53\", \"[2001:db8::53]:5353\"]", some(count, server));
    };
    const auto upstream = [&](std::size_t count) {
        return after(
            "[\"sip:pbx1.example.com\", \"sip:192.0.2.9:5080;transport=tcp\"]", some(count, uri)
        );
    };
    EXPECT_EQ(domains(100), strings{});
    EXPECT_EQ(domains(101).size(), 1U);
    EXPECT_EQ(servers(8), strings{});
    EXPECT_EQ(servers(9).size(), 1U);
    EXPECT_EQ(upstream(16), strings{});
    EXPECT_EQ(upstream(17).size(), 1U);
}

TEST(Config, ListenerNeedsAnAddressThatCanBeWritten) {
    EXPECT_EQ(
        after("address: 192.0.2.1", "address: 0.0.0.0"),
        (strings{"p.yaml:5:31: error[P001]: listen[].address: '0.0.0.0' cannot stand in Via and "
                 "Record-Route; list each address of this host that phones or servers use"})
    );
    EXPECT_EQ(after("\"2001:db8::1\"", "\"::\"").size(), 1U);
    EXPECT_EQ(after("address: 192.0.2.1", "address: 224.0.0.1").size(), 1U);
}

TEST(Config, ListenerTwiceIsRefusedOnce) {
    EXPECT_EQ(
        after("tcp, address: \"2001:db8::1\", port: 5070", "udp, address: 192.0.2.1"),
        (strings{"p.yaml:6:5: error[P003]: listen[]: 'udp:192.0.2.1:5060' is listed twice; keep "
                 "one"})
    );
    EXPECT_EQ(
        after("tcp, address: \"2001:db8::1\", port: 5070", "tcp, address: 192.0.2.1"), strings{}
    );
}

TEST(Config, ListenersThatWereNotUnderstoodAreNotCompared) {
    const auto text = changed(full_sample, "192.0.2.1,", "here,");
    const auto found = findings(changed(
        text, "tcp, address: \"2001:db8::1\", port: 5070", "udp, address: there, port: 5060"
    ));
    ASSERT_EQ(found.size(), 2U);
    EXPECT_NE(found[0].find("listen[].address: 'here' is not understood"), std::string::npos);
    EXPECT_NE(found[1].find("listen[].address: 'there' is not understood"), std::string::npos);
}

TEST(Config, EmptyListsServeNobody) {
    EXPECT_EQ(
        findings(changed(least_sample, "[example.com]", "[]")),
        (strings{"p.yaml:3:10: error[P007]: domains: is an empty list; name at least one domain"})
    );
    EXPECT_EQ(
        findings(changed(least_sample, "[{transport: udp, address: 192.0.2.1}]", "[]")),
        (strings{"p.yaml:4:9: error[P007]: listen: is an empty list; add a listener such as "
                 "{transport: udp, address: 192.0.2.1}"})
    );
}

TEST(Config, DomainIsAHostName) {
    EXPECT_EQ(
        after("[example.com,", "[\"example.com;x\","),
        (strings{"p.yaml:3:11: error[P002]: domains[]: 'example.com;x' is not a host name; write "
                 "one such as example.com"})
    );
    for (const auto wrong :
         {"[192.0.2.1,",
          "[\"[2001:db8::1]\",",
          "[\"a b\",",
          "[\"u@h\",",
          "[\"h:5060\",",
          "[\"sip:h\",",
          "[\"h?x=y\","}) {
        EXPECT_EQ(after("[example.com,", wrong).size(), 1U) << wrong;
    }
}

TEST(Config, DomainTwiceIsRefusedInAnyCase) {
    EXPECT_EQ(
        after("voice.example.com]", "Example.COM]"),
        (strings{"p.yaml:3:24: error[P003]: domains[]: 'Example.COM' is listed twice; keep one"})
    );
}

TEST(Config, ExpiryTimesMustNotFall) {
    EXPECT_EQ(
        after("default_expires: 2m", "default_expires: 20s"),
        (strings{"p.yaml:8:3: error[P004]: registrar: min_expires 30s, default_expires 20s and "
                 "max_expires 3600s must not fall; a key that is not given has its default"})
    );
    EXPECT_EQ(after("max_expires: 1h", "max_expires: 119s").size(), 1U);
    EXPECT_EQ(after("max_expires: 1h", "max_expires: 2m"), strings{});
}

TEST(Config, ExpiryTimesThatWereNotUnderstoodAreNotOrdered) {
    // With the default of max_expires, 1 h, in place of what is wrong, the order would fall.
    const auto text = changed(full_sample, "default_expires: 2m", "default_expires: 12h");
    const auto found = findings(changed(text, "max_expires: 1h", "max_expires: 48h"));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_NE(found[0].find("error[L010]: registrar.max_expires"), std::string::npos) << found[0];
}

TEST(Config, UpstreamIsASipUriOverATransportSpokenHere) {
    EXPECT_EQ(
        after("sip:pbx1.example.com", "tel:+15550100"),
        (strings{"p.yaml:15:12: error[P005]: upstream[]: 'tel:+15550100' is not a sip: URI; write "
                 "one such as sip:192.0.2.1:5060"})
    );
    EXPECT_EQ(
        after("transport=tcp", "transport=tls"),
        (strings{"p.yaml:15:36: error[P005]: upstream[]: 'sip:192.0.2.9:5080;transport=tls' names "
                 "a transport that is not spoken here; use udp or tcp"})
    );
    EXPECT_EQ(after("sip:pbx1", "sips:pbx1").size(), 1U);
    EXPECT_EQ(after("sip:pbx1", "SIP:pbx1"), strings{});
    EXPECT_EQ(after("transport=tcp", "transport=bee").size(), 1U);
}

TEST(Config, ClusterLinksStayOnLoopback) {
    EXPECT_EQ(
        after("listen: \"127.0.0.1:7060\"", "listen: \"192.0.2.1:7060\""),
        (strings{"p.yaml:20:11: error[P006]: cluster.listen: '192.0.2.1' is not a loopback "
                 "address; links with a shared secret are not encrypted and stay on one host"})
    );
    EXPECT_EQ(after("link: \"127.0.0.2:7060\"", "link: \"192.0.2.2:7060\"").size(), 1U);
    EXPECT_EQ(after("link: \"127.0.0.2:7060\"", "link: \"[::1]:7060\""), strings{});
}

TEST(Config, NodeIdsAreUnique) {
    EXPECT_EQ(
        after("id: 3,", "id: 2,"),
        (strings{"p.yaml:26:12: error[P003]: cluster.peers[].id: node id 2 is taken; give every "
                 "node of the cluster its own"})
    );
    EXPECT_EQ(after("id: 2,", "id: 1,").size(), 1U);
    const auto text = changed(full_sample, "id: 2,", "id: x,");
    EXPECT_EQ(findings(changed(text, "id: 3,", "id: y,")).size(), 2U) << "unread ids were compared";
}

TEST(Config, PeerTakesSipAtAnAddressThatCanBeReached) {
    EXPECT_EQ(
        after("udp:192.0.2.2:5060", "tls:192.0.2.2:5061"),
        (strings{"p.yaml:25:56: error[L094]: cluster.peers[].sip: 'tls:192.0.2.2:5061' is not "
                 "understood; write udp or tcp, an address and a port such as udp:192.0.2.1:5060"})
    );
    EXPECT_EQ(after("udp:192.0.2.2:5060", "udp:0.0.0.0:5060").size(), 1U);
    EXPECT_EQ(after("udp:192.0.2.2:5060", "192.0.2.2:5060").size(), 1U);
}

TEST(Config, AddressAndPortHaveOneForm) {
    for (const auto right : {"\"192.0.2.53:1\"", "\"192.0.2.53:65535\"", "\"[2001:db8::53]:53\""}) {
        EXPECT_EQ(after("\"192.0.2.53:53\"", right), strings{}) << right;
    }
    for (const auto wrong :
         {"192.0.2.53",
          "\"192.0.2.53:\"",
          "\"192.0.2.53:0\"",
          "\"192.0.2.53:053\"",
          "\"192.0.2.53:65536\"",
          "\"192.0.2.53:+53\"",
          "\"192.0.2.53:53 \"",
          "\":53\"",
          "\"2001:db8::53:53\"",
          "\"[2001:db8::53]\"",
          "\"[192.0.2.53]:53\"",
          "\"[]:53\"",
          "\"dns.example:53\""}) {
        const auto found = after("\"192.0.2.53:53\"", wrong);
        ASSERT_EQ(found.size(), 1U) << wrong;
        EXPECT_NE(found[0].find("p.yaml:17:17: error[L094]: dns.servers[]: "), std::string::npos)
            << found[0];
    }
}

TEST(Config, MissingKeysAreNamed) {
    EXPECT_EQ(
        findings("version: 1\n"),
        (strings{
            "p.yaml:1:1: error[L090]: key 'domains' is missing; add 'domains: ...'",
            "p.yaml:1:1: error[L090]: key 'listen' is missing; add 'listen: ...'",
            "p.yaml:1:1: error[L090]: key 'node' is missing; add 'node: ...'",
            "p.yaml:1:1: error[L090]: key 'registrar' is missing; add 'registrar: ...'",
        })
    );
    EXPECT_EQ(
        after("  secret_file: cluster.secret\n", ""),
        (strings{"p.yaml:19:3: error[L090]: cluster: key 'secret_file' is missing; add "
                 "'secret_file: ...'"})
    );
}

TEST(Config, AllErrorsAreReportedAtOnceInTheirOrder) {
    auto text = changed(full_sample, "id: 1,", "id: 0,");
    text = changed(text, "address: 192.0.2.1", "address: 0.0.0.0");
    text = changed(text, "min_expires: 30s", "min_expires: 30");
    text = changed(text, "phones: all", "phones: most");
    text = changed(text, "level: warn", "levle: warn");
    const auto read = parse(text, "p.yaml");
    EXPECT_FALSE(read.options);
    EXPECT_TRUE(read.was_read);
    EXPECT_EQ(
        geo::yaml::places(read.diag),
        (strings{"2:12 L010", "5:31 P001", "9:16 L094", "16:36 L094", "29:7 L002"})
    );
}

TEST(Config, HostileTextEndsInAResult) {
    const std::string_view texts[] = {
        "",
        "[",
        "- 1",
        "{}",
        "version: {}",
        "version: 1\nnode: []\ndomains: {}\nlisten: x",
        "\xff",
        std::string_view("a\0b", 3),
        "&a [*a]",
        "cluster: {peers: [1, [], {}]}"};
    for (const auto text : texts) {
        const auto read = parse(text, "p.yaml");
        EXPECT_FALSE(read.options) << text;
        EXPECT_TRUE(read.diag.has_errors()) << text;
    }
}

}  // namespace
}  // namespace sipha::config
