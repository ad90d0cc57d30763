#include <gtest/gtest.h>

#include "dnsgen/model/dns_name.hpp"
#include "dnsgen/serial/serial.hpp"

namespace sipha::dnsgen {
namespace {

const dns_name origin = *dns_name::parse_absolute("a.example");

TEST(DnsName, RelativeAndAbsolute) {
    EXPECT_EQ(dns_name::parse("Ams1", origin)->to_text(), "ams1.a.example.");
    EXPECT_EQ(dns_name::parse("ams1.b.", origin)->to_text(), "ams1.b.");
    EXPECT_EQ(dns_name::parse(".", origin)->to_text(), ".");
    EXPECT_EQ(dns_name::parse("_sip._udp", origin)->to_text(), "_sip._udp.a.example.");
}

TEST(DnsName, LengthsEndAtTheirLimits) {
    EXPECT_TRUE(dns_name::parse_absolute(std::string(63, 'a')));
    EXPECT_FALSE(dns_name::parse_absolute(std::string(64, 'a')));
    std::string name;
    for (int label = 0; label < 3; ++label) {
        name.append(63, 'a').append(1, '.');
    }
    const auto longest = dns_name::parse_absolute(name + std::string(61, 'b'));
    ASSERT_TRUE(longest);
    EXPECT_EQ(longest->to_wire().size(), max_wire_name);
    EXPECT_FALSE(dns_name::parse_absolute(name + std::string(62, 'b')));
    EXPECT_FALSE(dns_name::parse_absolute(std::string(100'000, '.')));
}

TEST(DnsName, NothingThatMeansSomethingToAFileFormatIsAName) {
    for (const auto* text :
         {"",
          "..",
          ".a",
          "a..b",
          "@",
          "*",
          "a b",
          "a;b",
          "a\"b",
          "a\\b",
          "$a",
          "(a",
          "a/b",
          "-a",
          "a-",
          "\xc3\xa9",
          "a\n",
          "'a'"}) {
        EXPECT_FALSE(dns_name::parse(text, origin)) << text;
    }
    EXPECT_FALSE(dns_name::parse(std::string_view("a\0b", 3), origin));
}

TEST(DnsName, CanonicalOrderOfRfc4034) {
    const auto name = [](std::string_view text) { return *dns_name::parse_absolute(text); };
    EXPECT_LT(name("example"), name("a.example"));
    EXPECT_LT(name("a.example"), name("yljkjljk.a.example"));
    EXPECT_LT(name("yljkjljk.a.example"), name("z.a.example"));
    EXPECT_LT(name("z.a.example"), name("zabc.a.example"));
    EXPECT_LT(name("zabc.a.example"), name("z.example"));
    EXPECT_TRUE(name("x.a.example").is_within(origin));
    EXPECT_TRUE(origin.is_within(origin));
    EXPECT_FALSE(name("xa.example").is_within(origin));
    EXPECT_FALSE(name("example").is_within(origin));
}

TEST(Serial, ArithmeticOfRfc1982) {
    EXPECT_EQ(compare_serials(1, 1), serial_order::equal);
    EXPECT_EQ(compare_serials(1, 2), serial_order::before);
    EXPECT_EQ(compare_serials(2, 1), serial_order::after);
    EXPECT_EQ(compare_serials(0xffffffff, 5), serial_order::before);
    EXPECT_EQ(compare_serials(0, 0x7fffffff), serial_order::before);
    EXPECT_EQ(compare_serials(0, 0x80000000), serial_order::undefined);
    EXPECT_EQ(compare_serials(0, 0x80000001), serial_order::after);
    EXPECT_EQ(successor(0xffffffff), 1U);
    EXPECT_EQ(successor(7), 8U);
}

TEST(Serial, IncrementMovesWithTheContentOnly) {
    const serial_settings settings{serial_policy::increment, 100};
    EXPECT_EQ(choose_serial(settings, std::nullopt, "x").serial, 100U);
    EXPECT_EQ(choose_serial(settings, published_serial{5, "x"}, "x").serial, 5U);
    EXPECT_EQ(choose_serial(settings, published_serial{5, "x"}, "y").serial, 6U);
    EXPECT_EQ(choose_serial(settings, published_serial{0xffffffff, "x"}, "y").serial, 1U);
}

TEST(Serial, FixedMustMoveForwardWithTheContent) {
    using outcome = serial_choice::outcome;
    const auto choose = [](std::uint32_t value, const char* digest) {
        return choose_serial({serial_policy::fixed, value}, published_serial{50, "x"}, digest)
            .result;
    };
    EXPECT_EQ(choose(50, "x"), outcome::ok);
    EXPECT_EQ(choose(51, "y"), outcome::ok);
    EXPECT_EQ(choose(50, "y"), outcome::unchanged);
    EXPECT_EQ(choose(49, "y"), outcome::backwards);
    EXPECT_EQ(choose(50U + 0x80000000U, "y"), outcome::backwards);
}

}  // namespace
}  // namespace sipha::dnsgen
