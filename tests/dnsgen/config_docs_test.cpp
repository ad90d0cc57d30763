#include <gtest/gtest.h>

#include "dnsgen/model/topology_yaml.hpp"
#include "tests/geo/yaml/findings.hpp"
#include "tests/support/documented_keys.hpp"

namespace sipha::dnsgen {
namespace {

/// Uses every key; `serial` and `outputs` have keys that depend on a word, so both words occur.
constexpr std::string_view full_sample = R"(version: 1
zone:
  name: a.example
  soa: {mname: ns1, rname: hostmaster, refresh: 1h, retry: 15m, expire: 14d, minimum: 5m}
  ns: [ns1]
  addresses: {ns1: [9.0.0.53]}
serial: {policy: fixed, value: 7}
ttl: {default: 5m, naptr: 1h, srv: 2m, address: 1m, geo: 30s}
transports: [{id: udp, naptr: SIP+D2U, srv: _sip._udp, port: 5060}]
services: [{domain: a.example, transports: [udp], apex_address: true}]
sites:
  ams:
    location: [52.37, 4.90]
    state: up
    nodes:
      ams1: {v4: 9.0.11.1, v6: "2001:db8::1", weight: 60, state: up, ports: {udp: 5070},
             transports: [udp]}
regions:
  eu: {match: {prefixes: [9.1.0.0/16]}, location: [50.1, 8.7], order: auto}
default_region: eu
outputs: [{kind: zones}, {kind: knot, listen: [127.0.0.1@5300], rundir: run}]
lint: {allow: [{rule: L048, reason: one site only}]}
)";

std::set<std::string> keys_of(std::string text) {
    auto document = geo::yaml::parse(text, "t.yaml");
    read_topology(document);
    EXPECT_EQ(geo::yaml::lines(document.diag()), std::vector<std::string>{});
    return document.diag().known_keys();
}

TEST(ConfigDocs, NameEveryKeyOfTheTopologyAndNoOther) {
    const std::string fixed(full_sample);
    auto increment = fixed;
    const std::string_view from = "{policy: fixed, value: 7}";
    increment.replace(increment.find(from), from.size(), "{policy: increment, start: 7}");
    auto known = keys_of(fixed);
    known.merge(keys_of(increment));
    const auto documented =
        test::documented_keys(SIPHA_SOURCE_DIR "/docs/config.md", "sipha-dnsgen topology");
    EXPECT_EQ(test::missing_keys(known, documented), "") << "add these keys to docs/config.md";
    EXPECT_EQ(test::missing_keys(documented, known), "")
        << "the code does not know these keys of docs/config.md";
}

}  // namespace
}  // namespace sipha::dnsgen
