#include "dnsgen/check/check.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "dnsgen/plan/derive.hpp"
#include "dnsgen/render/render.hpp"
#include "tests/dnsgen/topology_text.hpp"

namespace sipha::dnsgen {
namespace {

using strings = std::vector<std::string>;

/// The rules that a change to the clean topology trips, without places.
strings rules(std::string_view from, std::string_view to) {
    strings result;
    EXPECT_NE(clean_topology.find(from), std::string_view::npos) << from;
    for (const auto& place : judge(clean_with(from, to)).places) {
        result.push_back(place.substr(place.find(' ') + 1));
    }
    return result;
}

const strings none;

TEST(Check, CleanTopologyHasNoFindings) {
    EXPECT_EQ(judge(clean_topology).lines, none);
}

TEST(Check, FindingsNameFileLineColumnRuleAndRemedy) {
    EXPECT_EQ(
        judge(clean_with("order: [nyc, ams]", "order: [nyc, asm]")).lines.at(1),
        "t.yaml:15:54: error[L051]: 'asm' is not under 'sites'; did you mean 'ams'?"
    );
    EXPECT_EQ(
        strings{judge(clean_with("v4: 9.0.12.1", "v4: 9.0.11.2")).lines.at(0)},
        strings{
            "t.yaml:12:55: error[L066]: 9.0.11.2 is also the address of 'ams2'; each edge needs "
            "its own"}
    );
}

TEST(Check, ReaderRulesHoldForTopologies) {
    EXPECT_EQ(rules("version: 1", "version: 2"), strings{"L010"});
    EXPECT_EQ(
        rules("serial: {policy: fixed, value: 7}", "serial: {policy: fixed, value: 0}"),
        strings{"L010"}
    );
    EXPECT_EQ(rules("{id: udp}", "{id: udp, port: 05060}"), strings{"L008"});
    EXPECT_EQ(rules("{id: udp}", "{id: udp, port: 99999}"), strings{"L010"});
    EXPECT_EQ(rules("{id: udp}", "{id: udp, prot: 5060}"), strings{"L002"});
    EXPECT_EQ(rules("address: 1m", "address: 99999999999s"), strings{"L010"});
    EXPECT_EQ(rules("ams: {location", "no: {location").at(0), "L009");
    EXPECT_EQ(rules("[9.1.0.0/16]", "[9.1.0.1/16]"), strings{"L057"});
    EXPECT_EQ(rules("[52.37, 4.90]", "[0, 0]"), (strings{"L051", "L062", "L048"}));
}

TEST(Check, AddressTtl) {
    EXPECT_EQ(rules("address: 1m", "address: 0s"), strings{"L012"});
    EXPECT_EQ(rules("geo: 30s", "geo: 25h"), strings{"L012"});
    EXPECT_EQ(rules("geo: 30s", "geo: 1d"), none);
    EXPECT_EQ(rules("address: 1m", "address: 1s"), none);
}

TEST(Check, Names) {
    const std::string label(63, 'a');
    EXPECT_EQ(rules("nyc1:", label + ":"), none);
    EXPECT_EQ(rules("nyc1:", "\"-x\":"), strings{"L015"});
    EXPECT_EQ(rules("nyc1:", "x;y:"), strings{"L015"});
    EXPECT_EQ(rules("nyc1:", "'*':"), strings{"L015"});
    EXPECT_EQ(rules("nyc1:", "'..':"), strings{"L015"});
    EXPECT_EQ(rules("name: a.example", "name: a..example").at(0), "L015");
    EXPECT_EQ(rules("mname: ns1", "mname: 'a b'"), strings{"L015"});
    EXPECT_EQ(rules("  na: {", "  ../na: {"), strings{"L015"});
    EXPECT_EQ(rules("  na: {", "  n.a: {"), strings{"L015"});
    EXPECT_EQ(rules("nyc1:", "nyc1.a.example:"), strings{"L016"});
    EXPECT_EQ(rules("nyc1:", "nyc1.a.example.:"), none);
    EXPECT_EQ(rules("nyc1:", "nyc1.b.example:"), none);
    EXPECT_EQ(rules("nyc1:", "nyc1.b.example.:"), strings{"L017"});
    EXPECT_EQ(
        rules("{ns1: [9.0.0.53]}", "{ns1: [9.0.0.53], x.example.: [9.9.9.9]}"), strings{"L017"}
    );
    EXPECT_EQ(rules("nyc1:", "ams1:"), strings{"L096"});
    EXPECT_EQ(rules("nyc1:", "ns1:"), strings{"L096"});
    EXPECT_EQ(rules("nyc1:", "AMS1.a.example.:"), strings{"L096"});
    EXPECT_EQ(rules("nyc1:", "a.example.:"), strings{"L096"});
}

TEST(Check, SrvTargetsAndPorts) {
    EXPECT_EQ(rules("nyc1: {v4: 9.0.12.1}", "nyc1: {weight: 5}").at(0), "L020");
    EXPECT_EQ(rules("{id: udp}", "{id: udp, port: 0}"), strings{"L023"});
    EXPECT_EQ(rules("v4: 9.0.12.1", "v4: 9.0.12.1, ports: {udp: 0}"), strings{"L023"});
    EXPECT_EQ(rules("v4: 9.0.12.1", "v4: 9.0.12.1, ports: {udp: 1}"), none);
    EXPECT_EQ(rules("v4: 9.0.12.1", "v4: 9.0.12.1, ports: {upd: 1}"), strings{"L097"});
    EXPECT_EQ(rules("v4: 9.0.12.1", "v4: 9.0.12.1, transports: [ws]"), strings{"L097"});
    EXPECT_EQ(rules("{id: tls}", "{id: tls, port: 5060}"), strings{"L029"});
    EXPECT_EQ(rules("{id: tls}", "{id: tls, port: 5061}"), none);
}

TEST(Check, Weights) {
    EXPECT_EQ(rules("weight: 40", "weight: 0"), strings{"L030"});
    EXPECT_EQ(rules("weight: 60", "weight: 4001"), strings{"L031"});
    EXPECT_EQ(rules("weight: 60", "weight: 4000"), none);
    EXPECT_EQ(rules("9.0.12.1}", "9.0.12.1, weight: 0}"), none);
}

TEST(Check, TransportWords) {
    EXPECT_EQ(rules("{id: udp}", "{id: udp, naptr: SIP+D2U, srv: _sip._udp}"), none);
    EXPECT_EQ(rules("{id: udp}", "{id: udp, naptr: SIP+D2X}"), strings{"L036"});
    EXPECT_EQ(rules("{id: udp}", "{id: udp, naptr: SIP+D2T}"), strings{"L041"});
    EXPECT_EQ(rules("{id: udp}", "{id: udp, srv: _sip._tcp}"), strings{"L041"});
    EXPECT_EQ(rules("{id: udp}", "{id: udp, srv: _sips._udp}"), strings{"L041"});
    EXPECT_EQ(rules("[{id: tls}, {id: udp}]", "[{id: udp}, {id: tls}]"), strings{"L044"});
    EXPECT_EQ(rules("{id: udp}]", "{id: udp}, {id: udp}]").at(0), "L096");
    EXPECT_EQ(rules("[{id: tls}, {id: udp}]", "[]"), strings{"L097"});
}

TEST(Check, Services) {
    const std::string_view anchor = "default_region: eu\n";
    const auto with = [&](std::string_view services) {
        return rules(anchor, std::string(anchor) + "services: " + std::string(services) + "\n");
    };
    EXPECT_EQ(with("[{domain: a.example}, {domain: b.a.example, transports: [tls]}]"), none);
    EXPECT_EQ(with("[{domain: b.example}]"), strings{"L017"});
    EXPECT_EQ(with("[{domain: a.example}, {domain: a.example}]"), strings{"L096"});
    EXPECT_EQ(with("[{domain: a.example, transports: [tcp]}]"), strings{"L097"});
    EXPECT_EQ(with("[{domain: a.example, transports: [udp, udp]}]"), strings{"L096"});
    EXPECT_EQ(with("[{domain: nyc1.a.example}]"), strings{"L096"});
}

TEST(Check, LiveTargets) {
    EXPECT_EQ(
        rules("nyc1: {v4", "nyc1: {state: down, v4"), (strings{"L048", "L049", "L048", "L049"})
    );
    EXPECT_EQ(rules("nyc1: {v4", "nyc1: {state: drain, v4"), none);
    EXPECT_EQ(rules("order: [nyc, ams]", "order: [nyc]"), strings{"L048"});
    const auto dead = judge(changed(
        clean_with("nyc1: {v4", "nyc1: {state: down, v4"), "order: [nyc, ams]", "order: [nyc]"
    ));
    EXPECT_NE(std::count(dead.places.begin(), dead.places.end(), "15:3 L047"), 0);
    EXPECT_EQ(rules("v4: 9.0.12.1", "v4: 9.0.12.1, transports: [tls]"), none);
    EXPECT_EQ(
        judge(changed(
                  clean_with("v4: 9.0.12.1", "v4: 9.0.12.1, transports: [tls]"),
                  "order: [nyc, ams]",
                  "order: [nyc]"
              ))
            .places,
        (strings{"15:3 L047", "15:3 L048"})
    );
}

TEST(Check, NumberOfTargets) {
    const auto nodes = [](int count) {
        std::string text = "nodes: {";
        for (int index = 0; index < count; ++index) {
            const auto number = std::to_string(index);
            text += "n" + number + ": {v4: 9.0.12." + number + "}, ";
        }
        return text + "}";
    };
    EXPECT_EQ(rules("nodes: {nyc1: {v4: 9.0.12.1}}", nodes(6)), none);
    EXPECT_EQ(
        rules("nodes: {nyc1: {v4: 9.0.12.1}}", nodes(7)), (strings{"L033", "L033", "L033", "L033"})
    );
}

TEST(Check, OneNetworkForAll) {
    EXPECT_EQ(rules("9.0.12.1", "9.0.11.3"), (strings{"L049", "L049"}));
    EXPECT_EQ(rules("9.0.12.1", "9.0.10.3"), none);
}

TEST(Check, RegionOrder) {
    EXPECT_EQ(rules("[nyc, ams]", "[nyc, nyc, ams]"), strings{"L051"});
    EXPECT_EQ(rules("order: [nyc, ams]", "location: [50, 8], order: [nyc, ams]"), strings{"L050"});
    EXPECT_EQ(rules("order: [nyc, ams]", "location: [41, -80], order: [nyc, ams]"), none);
    EXPECT_EQ(rules("nyc: {location: [40.71, -74.01], ", "nyc: {").at(0), "L051");
    EXPECT_EQ(
        judge(changed(
                  clean_with("location: [50.1, 8.7], order: auto", "order: [ams]"),
                  "order: [nyc, ams]",
                  "order: [ams]"
              ))
            .places,
        (strings{"12:3 L053", "14:3 L048", "14:3 L049", "15:3 L048", "15:3 L049"})
    );
}

TEST(Check, Prefixes) {
    EXPECT_EQ(rules("[9.2.0.0/16]", "[9.1.0.0/16]"), strings{"L054"});
    EXPECT_EQ(rules("[9.2.0.0/16]", "[9.1.5.0/24]"), none);
    EXPECT_EQ(rules("[9.2.0.0/16]", "[9.2.0.0/16, 9.2.5.0/24]"), strings{"L055"});
    // Inside a part of another region the narrow prefix does change the answer.
    EXPECT_EQ(rules("[9.2.0.0/16]", "[9.0.0.0/8, 9.1.5.0/24]"), none);
}

TEST(Check, DefaultRegion) {
    EXPECT_EQ(rules("default_region: eu\n", ""), strings{"L058"});
    EXPECT_EQ(rules("default_region: eu\n", "default_region: ue\n"), strings{"L058"});
}

TEST(Check, Addresses) {
    for (const auto* text : {"0.0.0.0", "224.0.0.1", "255.255.255.255"}) {
        EXPECT_EQ(rules("9.0.12.1", text), strings{"L063"}) << text;
    }
    for (const auto* text :
         {"10.0.0.1", "172.31.255.255", "192.168.1.1", "127.0.0.1", "192.0.2.1", "100.64.0.1"}) {
        EXPECT_EQ(rules("9.0.12.1", text), strings{"L064"}) << text;
    }
    for (const auto* text : {"11.0.0.1", "172.32.0.0", "192.169.0.1", "128.0.0.1", "100.128.0.1"}) {
        EXPECT_EQ(rules("9.0.12.1", text), none) << text;
    }
    const auto with_v6 = [&](std::string_view v6) {
        return rules("v4: 9.0.12.1", "v4: 9.0.12.1, v6: \"" + std::string(v6) + "\"");
    };
    EXPECT_EQ(with_v6("2a00::1"), (strings{"L067", "L067"}));
    EXPECT_EQ(with_v6("::ffff:9.0.12.1").at(2), "L065");
    EXPECT_EQ(with_v6("::"), (strings{"L067", "L067", "L063"}));
    EXPECT_EQ(with_v6("2001:db8::1"), (strings{"L067", "L067", "L064"}));
}

TEST(Check, RegionsHaveTheSameFamilies) {
    const auto text = changed(
        clean_with("v4: 9.0.12.1", "v4: 9.0.12.1, v6: \"2a00::1\""),
        "location: [50.1, 8.7], order: auto",
        "order: [ams]"
    );
    const auto places = judge(text).places;
    EXPECT_EQ(std::count(places.begin(), places.end(), "14:3 L073"), 1);
}

TEST(Check, NameServers) {
    EXPECT_EQ(rules("[ns1, ns2.other.example.]", "[ns1]"), strings{"L070"});
    EXPECT_EQ(rules("[ns1, ns2.other.example.]", "[ns1, ns1]"), (strings{"L070", "L070"}));
    EXPECT_EQ(rules("[ns1, ns2.other.example.]", "[ns1, ns2]"), strings{"L070"});
    EXPECT_EQ(rules("[ns1, ns2.other.example.]", "[ns1, nyc1]"), none);
    EXPECT_EQ(rules("{ns1: [9.0.0.53]}", "{ns1: []}"), strings{"L070"});
}

TEST(Check, SoaTimers) {
    EXPECT_EQ(rules("expire: 14d", "expire: 74m"), strings{"L071"});
    EXPECT_EQ(rules("expire: 14d", "expire: 75m"), none);
}

TEST(Check, Outputs) {
    EXPECT_EQ(rules("{kind: zones}", "{kind: zones}, {kind: zones}"), strings{"L099"});
    EXPECT_EQ(rules("listen: [127.0.0.1@5300]", "listen: []"), strings{"L099"});
    EXPECT_EQ(
        rules("listen: [127.0.0.1@5300]", "listen: [127.0.0.1@5300], rundir: 'a\"b'"),
        strings{"L099"}
    );
    for (const auto* text :
         {"127.0.0.1@99999", "127.0.0.1@", "127.0.0.1@0", "x@53", "1.2.3.4:53"}) {
        EXPECT_EQ(rules("127.0.0.1@5300", text), (strings{"L099", "L094"})) << text;
    }
}

TEST(Check, WarningsCanBeAllowedErrorsCannot) {
    const std::string_view anchor = "default_region: eu\n";
    const auto lint = [&](std::string_view rule) {
        return std::string(anchor) + "lint: {allow: [{rule: " + std::string(rule) +
               ", reason: test}]}\n";
    };
    EXPECT_EQ(
        judge(changed(clean_with("9.0.12.1", "10.0.0.1"), anchor, lint("L064"))).places, none
    );
    EXPECT_EQ(
        judge(changed(clean_with("9.0.12.1", "10.0.0.1"), anchor, lint("L049"))).places,
        strings{"12:55 L064"}
    );
    EXPECT_EQ(judge(clean_with(anchor, lint("L063"))).places, strings{"17:23 L098"});
    EXPECT_EQ(
        judge(clean_with(anchor, std::string(anchor) + "lint: {allow: [{rule: L064}]}\n")).places,
        strings{"17:16 L090"}
    );
}

TEST(Check, BrokenTopologiesNeverCrashTheChecks) {
    const std::string whole(clean_topology);
    for (std::size_t length = 0; length < whole.size(); length += 7) {
        judge(whole.substr(0, length));
    }
    for (std::size_t at = 0; at < whole.size(); at += 11) {
        for (const char letter : {'{', '9', '\n'}) {
            auto text = whole;
            text[at] = letter;
            const auto result = judge(text);
            const bool has_error =
                std::any_of(result.lines.begin(), result.lines.end(), [](const auto& line) {
                    return line.find(": error[") != std::string::npos;
                });
            // What passes the checks can always be rendered.
            if (!has_error) {
                const auto set = render_outputs(result.what, derive(result.what, 1));
                EXPECT_EQ(set.problem, "") << text;
            }
        }
    }
}

}  // namespace
}  // namespace sipha::dnsgen
