#include "dnsgen/plan/derive.hpp"

#include <gtest/gtest.h>

#include <random>

#include "dnsgen/plan/ranks.hpp"
#include "dnsgen/plan/weights.hpp"
#include "dnsgen/render/ldns_record.hpp"
#include "dnsgen/render/zone.hpp"
#include "tests/dnsgen/topology_text.hpp"

namespace sipha::dnsgen {
namespace {

zone_plan plan_of(std::string_view text) {
    const auto result = judge(text);
    for (const auto& line : result.lines) {
        EXPECT_EQ(line.find(" error["), std::string::npos) << line;
    }
    return derive(result.what, 7);
}

std::vector<std::string> data(const region_zone& zone, std::string_view owner, record_type type) {
    const auto* set = zone.find(*dns_name::parse_absolute(owner), type);
    return set == nullptr ? std::vector<std::string>{} : rdata_texts(*set);
}

using strings = std::vector<std::string>;

TEST(Derive, ExampleGivesExactlyThisZone) {
    const auto document =
        geo::yaml::load(std::string(SIPHA_SOURCE_DIR) + "/examples/two-sites/topology.yaml");
    auto copy = geo::yaml::load(document.diag().file());
    const auto what = read_topology(copy);
    check_topology(what, copy.diag());
    EXPECT_EQ(geo::yaml::lines(copy.diag()), strings{});
    const auto plan = derive(what, 1);
    ASSERT_EQ(plan.regions.size(), 2U);
    EXPECT_EQ(
        render_zone(plan.regions[0]),
        R"(two-sites.example.	300	IN	SOA	ns1.two-sites.example. hostmaster.two-sites.example. 1 3600 900 1209600 300
two-sites.example.	60	IN	A	127.0.11.1
two-sites.example.	60	IN	A	127.0.11.2
two-sites.example.	300	IN	NS	ns1.two-sites.example.
two-sites.example.	300	IN	NS	ns2.two-sites.example.
two-sites.example.	3600	IN	NAPTR	10 50 "s" "SIP+D2U" "" _sip._udp.two-sites.example.
two-sites.example.	3600	IN	NAPTR	20 50 "s" "SIP+D2T" "" _sip._tcp.two-sites.example.
_sip._tcp.two-sites.example.	60	IN	SRV	10 40 5060 ams2.two-sites.example.
_sip._tcp.two-sites.example.	60	IN	SRV	10 60 5060 ams1.two-sites.example.
_sip._tcp.two-sites.example.	60	IN	SRV	20 100 5060 nyc1.two-sites.example.
_sip._udp.two-sites.example.	60	IN	SRV	10 40 5060 ams2.two-sites.example.
_sip._udp.two-sites.example.	60	IN	SRV	10 60 5060 ams1.two-sites.example.
_sip._udp.two-sites.example.	60	IN	SRV	20 100 5060 nyc1.two-sites.example.
ams1.two-sites.example.	60	IN	A	127.0.11.1
ams2.two-sites.example.	60	IN	A	127.0.11.2
ns1.two-sites.example.	300	IN	A	127.0.0.53
ns2.two-sites.example.	300	IN	A	127.0.0.54
nyc1.two-sites.example.	60	IN	A	127.0.12.1
)"
    );
    EXPECT_EQ(
        data(plan.regions[1], "_sip._udp.two-sites.example", record_type::srv),
        (strings{
            "10 100 5060 nyc1.two-sites.example.",
            "20 40 5060 ams2.two-sites.example.",
            "20 60 5060 ams1.two-sites.example."})
    );
    EXPECT_EQ(data(plan.regions[1], "two-sites.example", record_type::a), strings{"127.0.12.1"});
}

TEST(Derive, NaptrFollowsThePreferenceOfTheTransports) {
    const auto plan = plan_of(clean_topology);
    EXPECT_EQ(
        data(plan.regions[0], "a.example", record_type::naptr),
        (strings{
            "10 50 \"s\" \"SIPS+D2T\" \"\" _sips._tcp.a.example.",
            "20 50 \"s\" \"SIP+D2U\" \"\" _sip._udp.a.example."})
    );
    EXPECT_EQ(
        data(plan.regions[0], "_sips._tcp.a.example", record_type::srv).at(2),
        "20 100 5061 nyc1.a.example."
    );
}

TEST(Derive, AServiceMayTurnThePreferenceAround) {
    const auto plan = plan_of(clean_with(
        "default_region: eu\n",
        "default_region: eu\nservices: [{domain: b.a.example, transports: [udp, tls], "
        "apex_address: false}]\n"
    ));
    EXPECT_EQ(
        data(plan.regions[0], "b.a.example", record_type::naptr),
        (strings{
            "10 50 \"s\" \"SIP+D2U\" \"\" _sip._udp.b.a.example.",
            "20 50 \"s\" \"SIPS+D2T\" \"\" _sips._tcp.b.a.example."})
    );
    EXPECT_EQ(data(plan.regions[0], "b.a.example", record_type::a), strings{});
    EXPECT_EQ(data(plan.regions[0], "a.example", record_type::naptr), strings{});
    EXPECT_EQ(data(plan.regions[0], "_sip._udp.b.a.example", record_type::srv).size(), 3U);
}

TEST(Derive, DrainingEdgesComeLastAndDownOnesNotAtAll) {
    const auto drained = plan_of(clean_with("ams1: {v4", "ams1: {state: drain, v4"));
    EXPECT_EQ(
        data(drained.regions[0], "_sip._udp.a.example", record_type::srv),
        (strings{
            "10 40 5060 ams2.a.example.",
            "20 100 5060 nyc1.a.example.",
            "30 60 5060 ams1.a.example."})
    );
    EXPECT_EQ(data(drained.regions[0], "a.example", record_type::a), strings{"9.0.11.2"});
    const auto down = plan_of(clean_with("ams: {", "ams: {state: down, "));
    EXPECT_EQ(
        data(down.regions[0], "_sip._udp.a.example", record_type::srv),
        strings{"10 100 5060 nyc1.a.example."}
    );
    // Its name stays, so that operators still reach it.
    EXPECT_EQ(data(down.regions[0], "ams1.a.example", record_type::a), strings{"9.0.11.1"});
}

TEST(Derive, EdgesMayOfferFewerTransportsAndOtherPorts) {
    const auto plan =
        plan_of(clean_with("ams1: {v4", "ams1: {transports: [udp], ports: {udp: 5070}, v4"));
    EXPECT_EQ(
        data(plan.regions[0], "_sips._tcp.a.example", record_type::srv),
        (strings{"10 40 5061 ams2.a.example.", "20 100 5061 nyc1.a.example."})
    );
    EXPECT_EQ(
        data(plan.regions[0], "_sip._udp.a.example", record_type::srv).at(1),
        "10 60 5070 ams1.a.example."
    );
}

TEST(Derive, ApexHasBothFamiliesInEveryRegion) {
    const auto plan = plan_of(clean_with("v4: 9.0.12.1", "v4: 9.0.12.1, v6: \"2a00::1\""));
    EXPECT_EQ(
        data(plan.regions[0], "a.example", record_type::a), (strings{"9.0.11.1", "9.0.11.2"})
    );
    // The near site has no IPv6 address, so the next one stands in.
    EXPECT_EQ(data(plan.regions[0], "a.example", record_type::aaaa), strings{"2a00::1"});
    EXPECT_EQ(data(plan.regions[1], "a.example", record_type::aaaa), strings{"2a00::1"});
}

TEST(Derive, OnlyDifferingSetsAreByRegionAndHaveTheGeoTtl) {
    const auto plan = plan_of(clean_topology);
    for (const auto& set : plan.regions[1].sets) {
        const bool differs =
            set.type == record_type::srv ||
            (set.type == record_type::a && set.owner == dns_name::parse_absolute("a.example"));
        EXPECT_EQ(set.scope == answer_scope::by_region, differs) << set.owner.to_text();
        EXPECT_EQ(set.ttl == ttl_seconds(30), differs) << set.owner.to_text();
    }
}

TEST(Derive, AllRegionsHaveTheSameOwnersAndTypes) {
    const auto plan = plan_of(clean_with("ams1: {v4", "ams1: {state: drain, v4"));
    ASSERT_EQ(plan.regions[0].sets.size(), plan.regions[1].sets.size());
    for (const auto& set : plan.regions[0].sets) {
        EXPECT_NE(plan.regions[1].find(set.owner, set.type), nullptr);
    }
    EXPECT_EQ(plan.regions[0].sets.front().type, record_type::soa);
    EXPECT_EQ(
        plan.regions[0].find(*dns_name::parse_absolute("zz.example"), record_type::a), nullptr
    );
}

TEST(SrvWeights, FittingOnesAreKept) {
    const std::vector<std::uint32_t> given{60, 40, 0};
    EXPECT_EQ(srv_weights(given), (std::vector<std::uint16_t>{60, 40, 0}));
    const std::vector<std::uint32_t> limit{65534, 1};
    EXPECT_EQ(srv_weights(limit), (std::vector<std::uint16_t>{65534, 1}));
    EXPECT_EQ(srv_weights({}), std::vector<std::uint16_t>{});
}

TEST(SrvWeights, TooLargeOnesAreScaledByLargestRemainder) {
    const std::vector<std::uint32_t> thirds{100'000, 100'000, 100'000};
    EXPECT_EQ(srv_weights(thirds), (std::vector<std::uint16_t>{21845, 21845, 21845}));
    const std::vector<std::uint32_t> given{1'000'000, 500'000, 1, 0};
    EXPECT_EQ(srv_weights(given), (std::vector<std::uint16_t>{43689, 21845, 1, 0}));
}

TEST(SrvWeights, SumStaysInSixteenBitsAndNobodyIsLost) {
    std::mt19937 random(99);
    for (int round = 0; round < 2000; ++round) {
        std::vector<std::uint32_t> given;
        for (auto left = 1 + random() % 100; left > 0; --left) {
            const auto scale = random() % 2 == 0 ? 10U : 1'000'000U;
            given.push_back(static_cast<std::uint32_t>(random() % (scale + 1)));
        }
        const auto made = srv_weights(given);
        std::uint64_t sum = 0;
        for (std::size_t index = 0; index < given.size(); ++index) {
            EXPECT_EQ(given[index] == 0, made[index] == 0);
            sum += made[index];
        }
        EXPECT_LE(sum, max_weight_sum);
    }
}

}  // namespace
}  // namespace sipha::dnsgen
