#include "proxy/sip/uri.hpp"

#include <gtest/gtest.h>

namespace sipha::sip {
namespace {

TEST(Uri, AllPartsAreRead) {
    const auto found = parse_uri("SIPS:al%69ce:se,cret@Example.com:5061;transport=TCP;lr?a=b&c=");
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->scheme, "SIPS");
    EXPECT_TRUE(found->is_sip());
    EXPECT_TRUE(found->is_sips());
    EXPECT_EQ(found->user, "al%69ce");
    EXPECT_EQ(found->password, "se,cret");
    EXPECT_EQ(found->host, "Example.com");
    EXPECT_EQ(found->port, 5061);
    EXPECT_EQ(found->params.value("transport"), "TCP");
    EXPECT_TRUE(found->params.has("lr"));
    EXPECT_EQ(found->headers, "a=b&c=");
}

TEST(Uri, OnlyTheHostIsRequired) {
    const auto found = parse_uri("sip:example.com");
    ASSERT_TRUE(found.has_value());
    EXPECT_FALSE(found->is_sips());
    EXPECT_EQ(found->user, "");
    EXPECT_EQ(found->port, std::nullopt);
    EXPECT_FALSE(found->is_ipv6);
}

TEST(Uri, Ipv6LiteralLosesItsBrackets) {
    const auto found = parse_uri("sip:a@[2001:db8::192.0.2.1]:5070");
    ASSERT_TRUE(found.has_value());
    EXPECT_TRUE(found->is_ipv6);
    EXPECT_EQ(found->host, "2001:db8::192.0.2.1");
    EXPECT_EQ(found->port, 5070);
}

TEST(Uri, OtherSchemesAreKeptWhole) {
    const auto found = parse_uri("soap.beep://192.0.2.103:3002");
    ASSERT_TRUE(found.has_value());
    EXPECT_FALSE(found->is_sip());
    EXPECT_EQ(found->scheme, "soap.beep");
    EXPECT_EQ(found->host, "");
    EXPECT_EQ(found->raw, "soap.beep://192.0.2.103:3002");
}

TEST(Uri, HostNamesOfContainersAndUnderscoresAreTaken) {
    for (const auto* host :
         {"3f2a9c0d1e2b", "my_pbx.local", "example.com.", "a-b.c", "localhost"}) {
        EXPECT_TRUE(parse_uri("sip:" + std::string(host)).has_value()) << host;
    }
}

TEST(Uri, MalformedUrisAreRefused) {
    for (const auto* bad :
         {"",
          "sip",
          "sip:",
          ":a",
          "1sip:a",
          "s p:a",
          "sip:@b",
          "sip:a@",
          "sip:a@b@c",
          "sip:a b@c",
          "sip:a@b ",
          " sip:a@b",
          "sip:a@b c",
          "sip:a@b:",
          "sip:a@b:0",
          "sip:a@b:65536",
          "sip:a@b:5060x",
          "sip:a@b : 5060",
          "sip:a@[::1",
          "sip:a@::1",
          "sip:a@[::1]x",
          "sip:a@[1.2.3.4]",
          "sip:a@[2001:db8:::192.0.2.1]",
          "sip:a@1.2.3",
          "sip:a@1.2.3.256",
          "sip:a@b..c",
          "sip:a@.b",
          "sip:a@b;",
          "sip:a@b;;lr",
          "sip:a@b;=x",
          "sip:a@b?",
          "sip:a@b?x",
          "sip:a@b?=x",
          "sip:a@b?x=y&",
          "sip:a%4@b",
          "sip:a%zz@b",
          "sip:a%@b",
          "sip:a\"@b",
          "<sip:a@b>",
          "sip:a<@b",
          "sip:\xc3\xa4@b",
          "sip:a:p;w@b",
          "sip:b;x=\"y\"",
          "tel:",
          "tel:1 2",
          "tel:<1>"}) {
        EXPECT_FALSE(parse_uri(bad).has_value()) << bad;
    }
}

TEST(Uri, HoldsAsManyHeadersAsTheLimitAndNoMore) {
    std::string text = "sip:a@b?h=1";
    for (std::size_t i = 1; i < max_uri_headers; ++i) {
        text += "&h=1";
    }
    EXPECT_TRUE(parse_uri(text).has_value());
    EXPECT_FALSE(parse_uri(text + "&h=1").has_value());
}

std::string key_of(std::string_view text) {
    return canonical_aor(parse_uri(text).value());
}

TEST(CanonicalAor, KeepsUserAndHostOnly) {
    EXPECT_EQ(key_of("sip:Bob:secret@EXAMPLE.com:5070;user=phone?a=b"), "sip:Bob@example.com");
    EXPECT_EQ(key_of("SIPS:bob@example.com"), "sip:bob@example.com");
    EXPECT_EQ(key_of("sip:example.com."), "sip:example.com");
    EXPECT_EQ(key_of("sip:a@[2001:DB8:0:0::1]"), "sip:a@[2001:db8::1]");
    EXPECT_EQ(key_of("tel:+4930"), "tel:+4930");
}

TEST(CanonicalAor, EscapedAndBareCharactersGiveOneKey) {
    EXPECT_EQ(key_of("sip:%62o%62@b"), "sip:bob@b");
    EXPECT_EQ(key_of("sip:%2b49@b"), key_of("sip:+49@b"));
    EXPECT_EQ(key_of("sip:a%40b@c"), "sip:a%40b@c");
    EXPECT_EQ(key_of("sip:a%c3%a4@c"), "sip:a%C3%A4@c");
}

TEST(CanonicalAor, DifferentUsersKeepDifferentKeysAndKeysAreStable) {
    EXPECT_NE(key_of("sip:%2541@b"), key_of("sip:A@b"));
    EXPECT_NE(key_of("sip:Bob@b"), key_of("sip:bob@b"));
    for (int c = 0; c < 256; ++c) {
        constexpr char digits[] = "0123456789abcdef";
        const std::string escaped = std::string("sip:x%") + digits[c / 16] + digits[c % 16] + "@b";
        const auto key = key_of(escaped);
        EXPECT_EQ(key_of(key), key) << c;  // a key is a valid URI and its own key
        EXPECT_EQ(key.find('\0'), std::string::npos);
    }
}

}  // namespace
}  // namespace sipha::sip
