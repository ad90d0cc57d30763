#include "sipha/geo/inventory.hpp"

#include <gtest/gtest.h>

namespace sipha::geo {
namespace {

site make_site(std::string name, double latitude, double longitude) {
    site made;
    made.name.value = std::move(name);
    made.location = located<coordinates>{{latitude, longitude}, {}};
    return made;
}

std::string order_of(const inventory& all, const region& clients) {
    std::string result;
    for (const auto* where : site_order(all, clients)) {
        result += where->name.value + " ";
    }
    return result;
}

inventory three_sites() {
    inventory all;
    all.sites = {
        make_site("nyc", 40.71, -74.01),
        make_site("ams", 52.37, 4.90),
        make_site("sin", 1.35, 103.8)};
    return all;
}

TEST(SiteOrder, ByDistanceFromTheRegionsPoint) {
    const auto all = three_sites();
    region clients;
    clients.location = located<coordinates>{{41.88, -87.63}, {}};
    EXPECT_EQ(order_of(all, clients), "nyc ams sin ");
    clients.location = located<coordinates>{{35.68, 139.69}, {}};
    EXPECT_EQ(order_of(all, clients), "sin ams nyc ");
}

TEST(SiteOrder, EqualDistanceGoesByName) {
    inventory all;
    all.sites = {make_site("b", 10, 20), make_site("a", 10, 20)};
    region clients;
    clients.location = located<coordinates>{{50, 50}, {}};
    EXPECT_EQ(order_of(all, clients), "a b ");
}

TEST(SiteOrder, ExplicitOrderIsTakenAsItIs) {
    const auto all = three_sites();
    region clients;
    clients.location = located<coordinates>{{41.88, -87.63}, {}};
    clients.order = {{"sin", {}}, {"nowhere", {}}, {"nyc", {}}, {"sin", {}}};
    EXPECT_EQ(order_of(all, clients), "sin nyc ");
}

TEST(Inventory, WorseOfSiteAndEdgeStateHolds) {
    site where;
    edge what;
    EXPECT_EQ(effective_state(where, what), service_state::up);
    what.state = service_state::drain;
    EXPECT_EQ(effective_state(where, what), service_state::drain);
    where.state = service_state::down;
    EXPECT_EQ(effective_state(where, what), service_state::down);
}

TEST(Inventory, RegionMapUsesTheDefaultRegion) {
    inventory all;
    all.regions.resize(2);
    all.regions[0].name.value = "eu";
    all.regions[0].prefixes = {{*ip_prefix::parse("192.0.2.0/24"), {}}};
    all.regions[1].name.value = "na";
    all.default_region.value = "na";
    const auto map = make_region_map(all);
    EXPECT_EQ(map.lookup(*ip_address::parse("192.0.2.9")), 0U);
    EXPECT_EQ(map.lookup(*ip_address::parse("192.0.3.9")), 1U);
    EXPECT_EQ(map.lookup(*ip_address::parse("::1")), 1U);
}

}  // namespace
}  // namespace sipha::geo
