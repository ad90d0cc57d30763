#include "geo/yaml/inventory_yaml.hpp"

#include <gtest/gtest.h>

#include "tests/geo/yaml/findings.hpp"

namespace sipha::geo::yaml {
namespace {

using strings = std::vector<std::string>;

struct result {
    inventory all;
    strings found;
};

result read(std::string_view text) {
    auto doc = parse(text, "t.yaml");
    inventory all;
    {
        object root(doc.root(), doc.diag());
        all = read_inventory(root);
    }
    return {std::move(all), places(doc.diag())};
}

/// One site and region around a text that goes into the site's edge.
result read_edge(std::string_view edge) {
    return read(
        "sites: {ams: {nodes: {ams1: {" + std::string(edge) +
        "}}}}\nregions: {eu: {order: [ams]}}\n"
    );
}

constexpr std::string_view complete = R"(sites:
  ams:
    location: [52.37, 4.90]
    state: drain
    nodes:
      ams1: {v4: 192.0.2.11, v6: "2001:db8::11", weight: 60, state: down}
      ams2: {v4: 192.0.2.12, ports: {tcp: 5070}, transports: [udp, tcp]}
  nyc: {location: [40.71, -74.01], nodes: {nyc1: {v4: 198.51.100.1}}}
regions:
  eu: {match: {prefixes: [192.0.2.0/24, "2001:db8::/32"]}, location: [50.1, 8.7], order: auto}
  na: {order: [nyc, ams]}
default_region: eu
)";

TEST(InventoryYaml, ReadsEverythingWithItsPlace) {
    const auto [all, found] = read(complete);
    EXPECT_EQ(found, strings{});
    ASSERT_EQ(all.sites.size(), 2U);
    const auto& ams = all.sites[0];
    EXPECT_EQ(ams.name.value, "ams");
    EXPECT_EQ(ams.name.at, (position{2, 3}));
    EXPECT_EQ(ams.location->value.latitude_deg, 52.37);
    EXPECT_EQ(ams.state, service_state::drain);
    ASSERT_EQ(ams.edges.size(), 2U);
    EXPECT_EQ(ams.edges[0].v6->value, *ip_address::parse("2001:db8::11"));
    EXPECT_EQ(ams.edges[0].v4->at, (position{6, 18}));
    EXPECT_EQ(ams.edges[0].weight.value, 60U);
    EXPECT_EQ(ams.edges[0].state, service_state::down);
    EXPECT_EQ(ams.edges[1].weight.value, 100U);
    EXPECT_EQ(ams.edges[1].ports.at(0).transport, "tcp");
    EXPECT_EQ(ams.edges[1].ports.at(0).port.value, 5070);
    EXPECT_EQ(ams.edges[1].transports.at(1).value, "tcp");
    ASSERT_EQ(all.regions.size(), 2U);
    EXPECT_EQ(all.regions[0].prefixes.size(), 2U);
    EXPECT_TRUE(all.regions[0].order.empty());
    EXPECT_EQ(all.regions[1].order.at(0).value, "nyc");
    EXPECT_EQ(all.default_region.value, "eu");
}

TEST(InventoryYaml, LocationIsJudged) {
    const auto rules = [](std::string_view location) {
        return read(
                   "sites: {a: {location: " + std::string(location) + ", nodes: {}}}\nregions: {}\n"
        )
            .found;
    };
    EXPECT_EQ(rules("[90, -180]"), strings{});
    EXPECT_EQ(rules("[524, 4.9]"), strings{"1:24 L062"});
    EXPECT_EQ(rules("[4.9, 180.1]"), strings{"1:29 L062"});
    EXPECT_EQ(rules("[0, 0]"), strings{"1:23 L062"});
    EXPECT_EQ(rules("[0, 0.1]"), strings{});
    EXPECT_EQ(rules("[1]"), strings{"1:23 L062"});
    EXPECT_EQ(rules("[1, 2, 3]"), strings{"1:23 L062"});
    EXPECT_EQ(rules("[x, 2]"), strings{"1:24 L094"});
    EXPECT_EQ(rules("here"), strings{"1:23 L003"});
}

TEST(InventoryYaml, EdgeValuesAreJudged) {
    EXPECT_EQ(read_edge("v4: 192.0.2.1").found, strings{});
    EXPECT_EQ(read_edge("wieght: 5").found, strings{"1:30 L002"});
    EXPECT_EQ(read_edge("v4: \"::1\"").found, strings{"1:34 L094"});
    EXPECT_EQ(read_edge("v6: 192.0.2.1").found, strings{"1:34 L094"});
    EXPECT_EQ(read_edge("weight: 1000000").found, strings{});
    EXPECT_EQ(read_edge("weight: 1000001").found, strings{"1:38 L010"});
    EXPECT_EQ(read_edge("state: dwon").found, strings{"1:37 L094"});
    EXPECT_EQ(read_edge("ports: {udp: 65536}").found, strings{"1:43 L010"});
}

TEST(InventoryYaml, OrderByDistanceNeedsAPoint) {
    const auto rules = [](std::string_view region) {
        return read("sites: {}\nregions: {eu: {" + std::string(region) + "}}\n").found;
    };
    EXPECT_EQ(rules("order: auto"), strings{"2:15 L090"});
    EXPECT_EQ(rules(""), strings{"2:15 L090"});
    EXPECT_EQ(rules("location: [1, 2]"), strings{});
    EXPECT_EQ(rules("order: []"), strings{"2:23 L094"});
    EXPECT_EQ(rules("order: atuo, location: [1, 2]"), strings{"2:23 L094"});
    EXPECT_EQ(rules("order: [a], match: {prefixes: [192.0.2.1/24]}"), strings{"2:47 L057"});
    EXPECT_EQ(rules("order: [a], match: {countries: [NL]}"), strings{"2:36 L002"});
}

TEST(InventoryYaml, UnquotedWordsThatLookBooleanAreNoNames) {
    EXPECT_EQ(read("sites: {no: {nodes: {}}}\nregions: {}\n").found, strings{"1:9 L009"});
    EXPECT_EQ(read("sites: {'no': {nodes: {}}}\nregions: {}\n").found, strings{});
    EXPECT_EQ(read("sites: []\nregions: {}\n").found, strings{"1:8 L003"});
}

}  // namespace
}  // namespace sipha::geo::yaml
