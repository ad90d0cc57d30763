#pragma once

#include <string>
#include <string_view>

#include "dnsgen/check/check.hpp"
#include "dnsgen/model/topology_yaml.hpp"
#include "tests/geo/yaml/findings.hpp"

namespace sipha::dnsgen {

/// A topology without any finding, on addresses that count as public; tests change one thing.
inline constexpr std::string_view clean_topology = R"(version: 1
zone:
  name: a.example
  soa: {mname: ns1, rname: hostmaster, refresh: 1h, retry: 15m, expire: 14d, minimum: 5m}
  ns: [ns1, ns2.other.example.]
  addresses: {ns1: [9.0.0.53]}
serial: {policy: fixed, value: 7}
ttl: {default: 5m, naptr: 1h, srv: 2m, address: 1m, geo: 30s}
transports: [{id: tls}, {id: udp}]
sites:
  ams: {location: [52.37, 4.90], nodes: {ams1: {v4: 9.0.11.1, weight: 60}, ams2: {v4: 9.0.11.2, weight: 40}}}
  nyc: {location: [40.71, -74.01], nodes: {nyc1: {v4: 9.0.12.1}}}
regions:
  eu: {match: {prefixes: [9.1.0.0/16]}, location: [50.1, 8.7], order: auto}
  na: {match: {prefixes: [9.2.0.0/16]}, order: [nyc, ams]}
default_region: eu
outputs: [{kind: zones}, {kind: knot, listen: [127.0.0.1@5300]}]
)";

/// The text with the first `from` replaced by `to`; the text itself when `from` is not in it, so
/// that a test with a stale fragment shows no finding and fails.
inline std::string changed(std::string text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

inline std::string clean_with(std::string_view from, std::string_view to) {
    return changed(std::string(clean_topology), from, to);
}

struct judged {
    topology what;
    std::vector<std::string> places;
    std::vector<std::string> lines;
};

/// Reads and checks a text as the program does.
inline judged judge(std::string_view text) {
    auto document = geo::yaml::parse(text, "t.yaml");
    judged result;
    result.what = read_topology(document);
    check_topology(result.what, document.diag());
    result.places = geo::yaml::places(document.diag());
    result.lines = geo::yaml::lines(document.diag());
    return result;
}

}  // namespace sipha::dnsgen
