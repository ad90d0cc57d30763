#include "proxy/sip/endpoint.hpp"

#include <gtest/gtest.h>

namespace sipha::sip {
namespace {

TEST(Transport, BothNamesAreReadWithoutCase) {
    for (const auto value :
         {transport::udp, transport::tcp, transport::tls, transport::ws, transport::wss}) {
        EXPECT_EQ(parse_transport(via_name(value)), value);
        EXPECT_EQ(parse_transport(uri_name(value)), value);
    }
    for (const auto* unknown : {"", "SCTP", "ud", "udpx"}) {
        EXPECT_EQ(parse_transport(unknown), std::nullopt) << unknown;
    }
}

TEST(Endpoint, TextPutsIpv6InBrackets) {
    const endpoint v4{transport::udp, geo::ip_address::parse("192.0.2.1").value(), 5060};
    const endpoint v6{transport::tcp, geo::ip_address::parse("2001:db8::1").value(), 5061};
    EXPECT_EQ(v4.to_string(), "udp:192.0.2.1:5060");
    EXPECT_EQ(v6.to_string(), "tcp:[2001:db8::1]:5061");
}

}  // namespace
}  // namespace sipha::sip
