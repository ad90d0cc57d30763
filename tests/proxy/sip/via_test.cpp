#include "proxy/sip/via.hpp"

#include <gtest/gtest.h>

namespace sipha::sip {
namespace {

endpoint source(std::string_view ip, std::uint16_t port) {
    return {transport::udp, geo::ip_address::parse(ip).value(), port};
}

std::string stamped(std::string_view value, const endpoint& from) {
    return via_with_source(parse_via(value).value(), from);
}

TEST(Via, AllPartsAreRead) {
    const auto found = parse_via(
        "SIP/2.0/UDP pc.example.com:5070 "
        ";branch=z9hG4bK1;rport=4;received=192.0.2.9;maddr=239.1.1.1"
    );
    ASSERT_TRUE(found.has_value());
    EXPECT_TRUE(found->known_transport);
    EXPECT_EQ(found->transport, transport::udp);
    EXPECT_EQ(found->transport_text, "UDP");
    EXPECT_EQ(found->host, "pc.example.com");
    EXPECT_EQ(found->port, 5070);
    EXPECT_EQ(found->branch, "z9hG4bK1");
    EXPECT_TRUE(found->has_rport);
    EXPECT_EQ(found->rport, 4);
    EXPECT_EQ(found->received, "192.0.2.9");
    EXPECT_EQ(found->maddr, "239.1.1.1");
}

TEST(Via, PartsThatAreAbsentAreEmpty) {
    const auto found = parse_via("SIP/2.0/TLS example.com");
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->port, std::nullopt);
    EXPECT_EQ(found->branch, "");
    EXPECT_FALSE(found->has_rport);
    EXPECT_EQ(found->received, "");
    EXPECT_EQ(found->params.raw, "");
}

TEST(Via, WhiteSpaceMayStandAroundEverySeparator) {
    const auto found = parse_via("sip /\t2.0\r\n / ws \t[2001:db8::1] : 81 ; Branch = x ; RPORT");
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->transport, transport::ws);
    EXPECT_EQ(found->host, "2001:db8::1");
    EXPECT_EQ(found->port, 81);
    EXPECT_EQ(found->branch, "x");
    EXPECT_TRUE(found->has_rport);
    EXPECT_EQ(found->rport, std::nullopt);
}

TEST(Via, UnknownTransportIsKeptAsText) {
    const auto found = parse_via("SIP/2.0/SCTP a");
    ASSERT_TRUE(found.has_value());
    EXPECT_FALSE(found->known_transport);
    EXPECT_EQ(found->transport_text, "SCTP");
}

TEST(Via, ReceivedIsTakenWithAndWithoutBrackets) {
    EXPECT_EQ(parse_via("SIP/2.0/UDP a;received=[2001:db8::1]")->received, "2001:db8::1");
    EXPECT_EQ(parse_via("SIP/2.0/UDP a;received=2001:db8::1")->received, "2001:db8::1");
}

TEST(Via, MalformedValuesAreRefused) {
    for (const auto* bad :
         {"",
          "SIP",
          "SIP/2.0",
          "SIP/2.0/UDP",
          "SIP/2.0/UDP ",
          "SIP/2.0/UDP ;branch=x",
          "SIP/3.0/UDP a",
          "HTTP/2.0/UDP a",
          "SIP/2.0/UDPa",
          "SIP/2.0/UDP a b",
          "SIP/2.0/UDP a:",
          "SIP/2.0/UDP a:0",
          "SIP/2.0/UDP a:65536",
          "SIP/2.0/UDP a:5060x",
          "SIP/2.0/UDP [2001:db8::1",
          "SIP/2.0/UDP 2001:db8::1",
          "SIP/2.0/UDP [192.0.2.1]",
          "SIP/2.0/UDP 999.0.2.1",
          "SIP/2.0/UDP a..b",
          "SIP/2.0/UDP a;;b",
          "SIP/2.0/UDP a;rport=0",
          "SIP/2.0/UDP a;rport=x",
          "SIP/2.0/UDP a, SIP/2.0/UDP b",
          "SIP/2.0/UDP a;branch="}) {
        EXPECT_FALSE(parse_via(bad).has_value()) << bad;
    }
}

TEST(ViaWithSource, AddressThatMatchesSentByAddsNothing) {
    EXPECT_EQ(
        stamped("SIP/2.0/UDP 192.0.2.1:5070;branch=z", source("192.0.2.1", 9)),
        "SIP/2.0/UDP 192.0.2.1:5070;branch=z"
    );
    EXPECT_EQ(
        stamped("SIP/2.0/UDP [2001:DB8:0::1]", source("2001:db8::1", 9)),
        "SIP/2.0/UDP [2001:DB8:0::1]"
    );
}

TEST(ViaWithSource, NameOrOtherAddressInSentByAddsReceived) {
    EXPECT_EQ(
        stamped("SIP/2.0/TCP pc.example.com;branch=z", source("192.0.2.1", 9)),
        "SIP/2.0/TCP pc.example.com;branch=z;received=192.0.2.1"
    );
    EXPECT_EQ(
        stamped("SIP/2.0/UDP 10.0.0.1", source("2001:db8::1", 9)),
        "SIP/2.0/UDP 10.0.0.1;received=2001:db8::1"
    );
}

TEST(ViaWithSource, RportAskedForIsFilledAndReceivedAddedEvenWhenEqual) {
    EXPECT_EQ(
        stamped("SIP/2.0/UDP 192.0.2.1:5070;rport;branch=z", source("192.0.2.1", 5070)),
        "SIP/2.0/UDP 192.0.2.1:5070;rport=5070;branch=z;received=192.0.2.1"
    );
}

TEST(ViaWithSource, ClaimsOfTheSenderAreReplaced) {
    EXPECT_EQ(
        stamped("SIP/2.0/UDP a ; received=6.6.6.6 ; rport=1;x=\"y;z\"", source("192.0.2.1", 2)),
        "SIP/2.0/UDP a;rport=2;x=\"y;z\";received=192.0.2.1"
    );
    EXPECT_EQ(
        stamped("SIP/2.0/UDP 192.0.2.1;received=6.6.6.6", source("192.0.2.1", 2)),
        "SIP/2.0/UDP 192.0.2.1"
    );
}

}  // namespace
}  // namespace sipha::sip
