#include "sipha/geo/region_map.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

namespace sipha::geo {
namespace {

using entry = region_map::entry;

entry claim(std::string_view prefix, std::uint32_t region) {
    return {*ip_prefix::parse(prefix), region};
}

std::string text(const region_map& map) {
    std::string result;
    for (const auto& item : map.entries()) {
        result += item.prefix.to_string() + "=" + std::to_string(item.region) + " ";
    }
    return result;
}

TEST(RegionMap, WithoutClaimsTheDefaultHasEverything) {
    EXPECT_EQ(text(region_map({}, 7)), "0.0.0.0/0=7 ::/0=7 ");
}

TEST(RegionMap, NestedPrefixesAreTakenApart) {
    const std::vector<entry> claims{claim("0.0.0.0/0", 1), claim("128.0.0.0/2", 2)};
    EXPECT_EQ(text(region_map(claims, 0)), "0.0.0.0/1=1 128.0.0.0/2=2 192.0.0.0/2=1 ::/0=0 ");
}

TEST(RegionMap, NeighboursWithOneAnswerAreJoined) {
    const std::vector<entry> claims{
        claim("0.0.0.0/1", 3), claim("128.0.0.0/2", 3), claim("192.0.0.0/2", 3), claim("::/1", 0)};
    EXPECT_EQ(text(region_map(claims, 0)), "0.0.0.0/0=3 ::/0=0 ");
}

TEST(RegionMap, OfTwoEqualClaimsTheFirstHasIt) {
    const std::vector<entry> claims{claim("::/0", 2), claim("::/0", 1)};
    EXPECT_EQ(text(region_map(claims, 0)), "0.0.0.0/0=0 ::/0=2 ");
}

TEST(RegionMap, HostPrefixesReachTheLastBit) {
    const std::vector<entry> claims{
        claim("255.255.255.255", 1),
        claim("0.0.0.0", 2),
        claim("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 3)};
    const region_map map(claims, 0);
    EXPECT_EQ(map.lookup(*ip_address::parse("255.255.255.255")), 1U);
    EXPECT_EQ(map.lookup(*ip_address::parse("255.255.255.254")), 0U);
    EXPECT_EQ(map.lookup(*ip_address::parse("0.0.0.0")), 2U);
    EXPECT_EQ(map.lookup(*ip_address::parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")), 3U);
    EXPECT_EQ(map.lookup(*ip_address::parse("::")), 0U);
}

/// A prefix whose bits come from a small space, so that random ones nest and touch often.
ip_prefix random_prefix(std::mt19937& random) {
    std::array<std::uint8_t, 16> bytes{};
    const bool is_v4 = random() % 2 == 0;
    const auto length = static_cast<unsigned>(random() % 12);
    for (unsigned bit = 0; bit < length; ++bit) {
        if (random() % 3 == 0) {
            bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] | (0x80U >> (bit % 8)));
        }
    }
    const auto network = is_v4 ? ip_address::v4(std::span(bytes).first<4>())
                               : ip_address::v6(std::span(bytes).first<16>());
    return *ip_prefix::make(network, length);
}

ip_address random_address(std::mt19937& random) {
    std::array<std::uint8_t, 16> bytes{};
    bytes[0] = static_cast<std::uint8_t>(random());
    bytes[1] = static_cast<std::uint8_t>(random());
    return random() % 2 == 0 ? ip_address::v4(std::span(bytes).first<4>())
                             : ip_address::v6(std::span(bytes).first<16>());
}

std::uint32_t longest_match(const std::vector<entry>& claims, const ip_address& address) {
    std::uint32_t region = 0;
    int longest = -1;
    for (const auto& item : claims) {
        const auto length = static_cast<int>(item.prefix.length_bits());
        if (item.prefix.contains(address) && length > longest) {
            longest = length;
            region = item.region;
        }
    }
    return region;
}

TEST(RegionMap, AgreesWithLongestMatchAndIsDisjointTotalAndMinimal) {
    std::mt19937 random(20'240'601);
    for (int round = 0; round < 300; ++round) {
        std::vector<entry> claims;
        for (auto left = random() % 20; left > 0; --left) {
            const auto region = static_cast<std::uint32_t>(random() % 4);
            claims.push_back({random_prefix(random), region});
        }
        const region_map map(claims, 0);
        for (int probe = 0; probe < 100; ++probe) {
            const auto address = random_address(random);
            ASSERT_EQ(map.lookup(address), longest_match(claims, address)) << address.to_string();
            int holders = 0;
            for (const auto& item : map.entries()) {
                holders += item.prefix.contains(address) ? 1 : 0;
            }
            ASSERT_EQ(holders, 1) << address.to_string();
        }
        for (std::size_t index = 1; index < map.entries().size(); ++index) {
            const auto& left = map.entries()[index - 1];
            const auto& right = map.entries()[index];
            ASSERT_LT(left.prefix, right.prefix);
            const auto length = left.prefix.length_bits();
            const auto parent =
                length == 0 ? std::nullopt : ip_prefix::make(left.prefix.network(), length - 1);
            const bool are_halves = parent && right.prefix.length_bits() == length &&
                                    parent->contains(right.prefix.network());
            ASSERT_FALSE(are_halves && left.region == right.region) << text(map);
        }
    }
}

}  // namespace
}  // namespace sipha::geo
