#include "dnsgen/render/render.hpp"

#include <gtest/gtest.h>
#include <ldns/ldns.h>

#include <cstdlib>
#include <random>

#include "dnsgen/plan/derive.hpp"
#include "dnsgen/render/knot.hpp"
#include "dnsgen/render/ldns_record.hpp"
#include "tests/dnsgen/topology_text.hpp"

namespace sipha::dnsgen {
namespace {

const dns_name owner = *dns_name::parse_absolute("a.example");

record_set naptr_set(std::string service, std::string regexp) {
    return {
        owner,
        record_type::naptr,
        ttl_seconds(60),
        answer_scope::everywhere,
        {naptr_rdata{10, 50, "s", std::move(service), std::move(regexp), owner}}};
}

/// The octets of one character-string field after ldns has read the text; nothing when it refuses.
std::optional<std::string> field_after_parsing(const std::string& line, std::size_t field) {
    ldns_rr* rr = nullptr;
    if (ldns_rr_new_frm_str(&rr, line.c_str(), 0, nullptr, nullptr) != LDNS_STATUS_OK) {
        return std::nullopt;
    }
    const auto* rdf = ldns_rr_rdf(rr, field);
    const std::string wire(reinterpret_cast<const char*>(ldns_rdf_data(rdf)), ldns_rdf_size(rdf));
    ldns_rr_free(rr);
    return wire.substr(1);
}

TEST(ZoneLines, HostileStringsComeBackUnchanged) {
    const std::string hostile[] = {
        "",
        "\"",
        "\\",
        "\\\"",
        "a b",
        ";comment",
        "$INCLUDE /etc/passwd",
        "@",
        "(",
        ")",
        "\n",
        "\r\n",
        "\t",
        std::string("\0", 1),
        "\x7f",
        "\xff\xfe",
        "\\000",
        "a\\",
        "'",
        "\\# 4 00",
        "!^.*$!sip:a@b!",
        std::string(255, '"'),
    };
    for (const auto& text : hostile) {
        const auto line = zone_lines(naptr_set(text, "x"));
        EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1) << line;
        EXPECT_EQ(field_after_parsing(line, 3), text) << line;
        EXPECT_EQ(field_after_parsing(line, 4), "x") << line;
    }
}

TEST(ZoneLines, RandomOctetsComeBackUnchanged) {
    std::mt19937 random(5);
    for (int round = 0; round < 4'000; ++round) {
        std::string text;
        for (auto left = random() % 20; left > 0; --left) {
            text += static_cast<char>(random() % 256);
        }
        ASSERT_EQ(field_after_parsing(zone_lines(naptr_set(text, text)), 4), text);
    }
}

TEST(ZoneLines, StringsEndAtTheirLimit) {
    EXPECT_NE(zone_lines(naptr_set(std::string(255, 'x'), "")), "");
    EXPECT_EQ(zone_lines(naptr_set(std::string(256, 'x'), "")), "");
}

TEST(ZoneLines, LargestNumbersDoNotWrap) {
    record_set set{
        owner,
        record_type::srv,
        ttl_seconds(0x7fffffff),
        answer_scope::everywhere,
        {srv_rdata{65535, 65535, 65535, owner}}};
    EXPECT_EQ(zone_lines(set), "a.example.\t2147483647\tIN\tSRV\t65535 65535 65535 a.example.\n");
    soa_rdata soa{owner, owner, 0xffffffff, {}};
    soa.timers.expire = ttl_seconds(0x7fffffff);
    set = {owner, record_type::soa, ttl_seconds(0), answer_scope::everywhere, {soa}};
    EXPECT_EQ(
        zone_lines(set),
        "a.example.\t0\tIN\tSOA\ta.example. a.example. 4294967295 3600 900 2147483647 300\n"
    );
}

TEST(ZoneLines, RecordsThatDoNotFitTheirTypeAreRefused) {
    EXPECT_EQ(
        zone_lines(
            {owner, record_type::srv, ttl_seconds(1), answer_scope::everywhere, {rdata(owner)}}
        ),
        ""
    );
    EXPECT_EQ(
        zone_lines(
            {owner,
             record_type::ns,
             ttl_seconds(1),
             answer_scope::everywhere,
             {rdata(srv_rdata{1, 2, 3, owner})}}
        ),
        ""
    );
}

TEST(KnotQuote, OnlyQuotesAreEscaped) {
    EXPECT_EQ(knot_quote("a b"), "\"a b\"");
    EXPECT_EQ(knot_quote("10 50 \"s\""), "\"10 50 \\\"s\\\"\"");
}

TEST(KnotRdata, QuotesAndBackslashesInsideStringsBecomeNumbers) {
    EXPECT_EQ(knot_rdata("10 \"s\" \"a\\\"b\\\\c\\010\""), "10 \"s\" \"a\\034b\\092c\\010\"");
    EXPECT_EQ(knot_rdata("\\"), "\\");
    // The zone grammar, which reads it second, sees the same octets.
    std::mt19937 random(6);
    const std::string letters = "\"\\ab 0;\n";
    for (int round = 0; round < 1'500; ++round) {
        std::string text;
        for (auto left = random() % 12; left > 0; --left) {
            text += letters[random() % letters.size()];
        }
        const auto set = naptr_set(text, text);
        const auto line = "a.example. 60 IN NAPTR " + knot_rdata(rdata_texts(set).at(0));
        ASSERT_EQ(field_after_parsing(line, 3), text) << line;
    }
}

file_set render(std::string_view text, std::uint32_t serial) {
    const auto result = judge(text);
    return render_outputs(result.what, derive(result.what, serial));
}

TEST(Render, SameInputGivesTheSameBytes) {
    EXPECT_EQ(render(clean_topology, 7).files, render(clean_topology, 7).files);
    EXPECT_NE(render(clean_topology, 7).files, render(clean_topology, 8).files);
}

TEST(Render, WritesOneZoneARegionAndTheServersFiles) {
    std::vector<std::string> paths;
    for (const auto& [path, content] : render(clean_topology, 7).files) {
        paths.push_back(path);
        EXPECT_FALSE(content.empty()) << path;
    }
    EXPECT_EQ(
        paths,
        (std::vector<std::string>{
            "knot/a.example.zone",
            "knot/geo.conf",
            "knot/knot.conf",
            "zones/eu.zone",
            "zones/na.zone"})
    );
}

TEST(Render, OneAnswerForAllNeedsNoGeoModule) {
    const auto set =
        render(clean_with("location: [50.1, 8.7], order: auto", "order: [nyc, ams]"), 7);
    EXPECT_FALSE(set.files.contains("knot/geo.conf"));
    EXPECT_EQ(set.files.at("knot/knot.conf").find("geoip"), std::string::npos);
}

TEST(Render, GeoFileHasEveryPrefixOnceForEachOwner) {
    const auto result = judge(clean_topology);
    const auto plan = derive(result.what, 7);
    const auto text = render_knot_geo(plan);
    for (const auto& entry : plan.map.entries()) {
        const auto line = "  - net: " + entry.prefix.to_string() + "\n";
        int count = 0;
        for (auto at = text.find(line); at != std::string::npos; at = text.find(line, at + 1)) {
            ++count;
        }
        EXPECT_EQ(count, 3) << line;
    }
    EXPECT_NE(
        text.find("  - net: 9.2.0.0/16\n    SRV: [ \"10 100 5060 nyc1.a.example.\", "
                  "\"20 40 5060 ams2.a.example.\", \"20 60 5060 ams1.a.example.\" ]\n"),
        std::string::npos
    );
}

}  // namespace
}  // namespace sipha::dnsgen
