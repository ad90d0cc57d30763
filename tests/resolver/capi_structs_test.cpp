#include "resolver/src/capi_structs.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include <sipha/resolver/errors.hpp>

namespace sipha::resolver::detail {
namespace {

/// A structure as a program sees it that was compiled with a longer or shorter header.
template <class Struct>
class foreign {
  public:
    explicit foreign(std::uint32_t size) : bytes_(SIPHA_MAX_STRUCT + 8, 0) { resize(size); }
    void resize(std::uint32_t size) { std::memcpy(bytes_.data(), &size, sizeof size); }
    unsigned char& operator[](std::size_t at) { return bytes_[at]; }
    Struct* get() { return reinterpret_cast<Struct*>(bytes_.data()); }

  private:
    std::vector<unsigned char> bytes_;
};

TEST(CApiStructs, MissingStructureIsAllZero) {
    const auto read = read_struct<sipha_options>(nullptr);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->size, sizeof(sipha_options));
    EXPECT_EQ(read->flags, 0u);
}

TEST(CApiStructs, OlderStructureLacksWhatCameLater) {
    foreign<sipha_options> older(offsetof(sipha_options, families));
    older.get()->flags = SIPHA_EXPLAIN;
    older.get()->families = 99;  // belongs to something else in the caller's memory
    const auto read = read_struct(older.get());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->flags, static_cast<std::uint32_t>(SIPHA_EXPLAIN));
    EXPECT_EQ(read->families, 0u);
    older.resize(4);
    ASSERT_TRUE(read_struct(older.get()));
    EXPECT_EQ(read_struct(older.get())->flags, 0u);
}

TEST(CApiStructs, NewerStructureMayOnlyAddZeros) {
    foreign<sipha_options> newer(sizeof(sipha_options) + 16);
    EXPECT_TRUE(read_struct(newer.get()));
    newer[sizeof(sipha_options) + 16] = 1;  // behind the structure
    EXPECT_TRUE(read_struct(newer.get()));
    newer[sizeof(sipha_options) + 15] = 1;
    EXPECT_FALSE(read_struct(newer.get()));
}

TEST(CApiStructs, SizeHasLimits) {
    foreign<sipha_options> one(SIPHA_MAX_STRUCT);
    EXPECT_TRUE(read_struct(one.get()));
    for (const std::uint32_t size : {0u, 3u, SIPHA_MAX_STRUCT + 1u, UINT32_MAX}) {
        one.resize(size);
        EXPECT_FALSE(read_struct(one.get())) << size;
        EXPECT_FALSE(is_fillable(one.get())) << size;
    }
    one.resize(4);
    EXPECT_TRUE(is_fillable(one.get()));
    EXPECT_FALSE(is_fillable<sipha_options>(nullptr));
}

TEST(CApiStructs, FillsAsFarAsTheCallerReaches) {
    sipha_candidate value{};
    value.size = sizeof value;
    value.transport = SIPHA_TLS;
    value.family = 4;
    foreign<sipha_candidate> older(offsetof(sipha_candidate, family));
    older.get()->family = 77;
    write_struct(value, older.get());
    EXPECT_EQ(older.get()->size, offsetof(sipha_candidate, family));
    EXPECT_EQ(older.get()->transport, static_cast<std::uint32_t>(SIPHA_TLS));
    EXPECT_EQ(older.get()->family, 77u) << "must not be touched";
    foreign<sipha_candidate> newer(sizeof value + 8);
    newer[sizeof value + 7] = 1;
    newer[sizeof value + 8] = 1;
    write_struct(value, newer.get());
    EXPECT_EQ(newer.get()->size, sizeof value + 8);
    EXPECT_EQ(newer[sizeof value + 7], 0);
    EXPECT_EQ(newer[sizeof value + 8], 1) << "must not be touched";
}

TEST(CApiStructs, ParsesServers) {
    for (const auto& [text, place] :
         {std::pair{"192.0.2.53", "192.0.2.53:53"},
          {"192.0.2.53:5353", "192.0.2.53:5353"},
          {"2001:db8::53", "[2001:db8::53]:53"},
          {"[2001:db8::53]", "[2001:db8::53]:53"},
          {"[2001:db8::53]:65535", "[2001:db8::53]:65535"}}) {
        const auto server = parse_server(text);
        ASSERT_TRUE(server) << text;
        EXPECT_EQ(hostport(server->ip, server->port), place);
    }
    for (const auto* text :
         {"",
          ":",
          "[",
          "[]",
          "[::1",
          "[::1]x",
          "[::1]:",
          "ns.example",
          "192.0.2.53:",
          "192.0.2.53:0",
          "192.0.2.53:65536",
          "192.0.2.53:-1",
          "192.0.2.53:53x",
          "192.0.2"}) {
        EXPECT_FALSE(parse_server(text)) << text;
    }
}

TEST(CApiStructs, ConfigurationIsCheckedAndZeroIsTheDefault) {
    sipha_config config{};
    config.size = sizeof config;
    const engine_options defaults;
    auto read = to_engine_options(config);
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->servers.empty());
    EXPECT_EQ(read->attempt_timeout, defaults.attempt_timeout);
    EXPECT_EQ(read->max_lookups, defaults.max_lookups);

    const std::vector<const char*> servers(SIPHA_MAX_SERVERS + 1, "192.0.2.53");
    config.servers = servers.data();
    config.server_count = SIPHA_MAX_SERVERS;
    config.source = "192.0.2.9";
    config.attempt_timeout_ms = 1;
    config.max_cache_entries = 7;
    read = to_engine_options(config);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->servers.size(), std::size_t{SIPHA_MAX_SERVERS});
    EXPECT_EQ(read->source->to_string(), "192.0.2.9");
    EXPECT_EQ(read->attempt_timeout, std::chrono::milliseconds(1));
    EXPECT_EQ(read->max_cache_entries, 7u);

    EXPECT_EQ(read->max_cache_bytes, defaults.max_cache_bytes);
    EXPECT_EQ(read->max_stale, defaults.max_stale);
    EXPECT_EQ(read->ad, ad_use::ignore);

    config.max_cache_bytes = 4096;
    config.max_stale_s = 60;
    config.stale_delay_ms = 100;
    config.flags = SIPHA_AD_TRUSTED | SIPHA_RANDOM_CASE;
    read = to_engine_options(config);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->max_cache_bytes, 4096u);
    EXPECT_EQ(read->max_stale, std::chrono::seconds(60));
    EXPECT_EQ(read->stale_delay, std::chrono::milliseconds(100));
    EXPECT_EQ(read->ad, ad_use::trusted);
    EXPECT_EQ(read->name_case, name_case::random);
    config.flags = SIPHA_AD_ALWAYS | SIPHA_NO_STALE;
    read = to_engine_options(config);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->ad, ad_use::always);
    EXPECT_EQ(read->max_stale, std::chrono::seconds(0));
    config.flags = SIPHA_NO_STALE << 1;
    EXPECT_FALSE(to_engine_options(config));
    config.flags = 0;

    config.server_count = SIPHA_MAX_SERVERS + 1;
    EXPECT_FALSE(to_engine_options(config));
    config.server_count = 1;
    config.source = "here";
    EXPECT_FALSE(to_engine_options(config));
    config.source = nullptr;
    config.servers = nullptr;
    EXPECT_FALSE(to_engine_options(config));
    const char* missing = nullptr;
    config.servers = &missing;
    EXPECT_FALSE(to_engine_options(config));
}

TEST(CApiStructs, CandidateSurvivesTheWayThere) {
    candidate place;
    place.transport = transport::wss;
    place.ip = *address::parse("2001:db8::7");
    place.port = 65535;
    place.tls_name = std::string(253, 'a');
    place.srv_target = "h1.example";
    const auto flat = to_struct(place, time_point{});
    EXPECT_EQ(flat.expires_in_ms, -1);
    EXPECT_STREQ(flat.tls_name, place.tls_name.c_str());
    const auto back = to_candidate(flat);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->to_string(), place.to_string());
    EXPECT_EQ(back->tls_name, place.tls_name);
    EXPECT_EQ(back->srv_target, place.srv_target);
}

TEST(CApiStructs, ExpiryCountsFromNowAndIsNeverNegative) {
    candidate place;
    place.expires = time_point{} + std::chrono::seconds(3);
    EXPECT_EQ(to_struct(place, time_point{}).expires_in_ms, 3000);
    EXPECT_EQ(to_struct(place, place.expires + std::chrono::seconds(1)).expires_in_ms, 0);
}

TEST(CApiStructs, NamesWithoutAnEndStayInsideTheirField) {
    candidate place;
    place.port = 5060;
    place.tls_name = std::string(1000, 'x');
    auto flat = to_struct(place, time_point{});
    EXPECT_EQ(std::strlen(flat.tls_name), std::size_t{SIPHA_NAME_SIZE - 1});
    std::memset(flat.srv_target, 'y', sizeof flat.srv_target);
    const auto back = to_candidate(flat);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->srv_target, std::string(SIPHA_NAME_SIZE, 'y'));
}

TEST(CApiStructs, CandidateOutOfRangeIsRefused) {
    candidate place;
    place.port = 5060;
    const auto good = to_struct(place, time_point{});
    ASSERT_TRUE(to_candidate(good));
    auto bad = good;
    bad.transport = 0;
    EXPECT_FALSE(to_candidate(bad));
    bad = good;
    bad.family = 0;
    EXPECT_FALSE(to_candidate(bad));
    for (const std::uint32_t port : {0u, 65536u}) {
        bad = good;
        bad.port = port;
        EXPECT_FALSE(to_candidate(bad)) << port;
    }
}

TEST(CApiStructs, ForeignErrorsAreInternal) {
    EXPECT_EQ(to_status({}), SIPHA_OK);
    EXPECT_EQ(to_status(errc::dns_timeout), SIPHA_EDNS_TIMEOUT);
    EXPECT_EQ(to_status(std::make_error_code(std::errc::io_error)), SIPHA_EINTERNAL);
}

}  // namespace
}  // namespace sipha::resolver::detail
