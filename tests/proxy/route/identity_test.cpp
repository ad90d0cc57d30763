#include "proxy/route/identity.hpp"

#include <gtest/gtest.h>

#include "tests/support/sip_text.hpp"

namespace sipha::route {
namespace {

using test::at;

const identity us(
    {"example.org"},
    {at("udp:10.0.0.1:5060"),
     at("tcp:10.0.0.1:5060"),
     at("tls:10.0.0.1:5061"),
     at("udp:[2001:db8::1]:5060"),
     at("udp:10.0.0.2:5080")}
);

TEST(Identity, KnowsItsDomainsAndSockets) {
    struct row {
        const char* uri;
        bool is_local;
        int listener;  // -1: none
    };
    const row rows[] = {
        {"sip:bob@example.org", true, -1},
        {"sip:EXAMPLE.ORG", true, -1},
        {"sips:bob@example.org", true, -1},
        {"sip:bob@example.org:5080", true, -1},
        {"sip:bob@example.org:5070", false, -1},
        {"sip:bob@example.com", false, -1},
        {"sip:bob@sub.example.org", false, -1},
        {"sip:10.0.0.1", true, 0},
        {"sip:10.0.0.1;transport=tcp", true, 1},
        {"sip:10.0.0.1:5061;transport=TLS", true, 2},
        {"sip:10.0.0.1;transport=tls", true, 2},
        {"sip:[2001:db8:0::1]:5060", true, 3},
        {"sip:10.0.0.2:5080", true, 4},
        {"sip:10.0.0.2", false, -1},
        {"sip:10.0.0.1:5070", false, -1},
        {"sip:10.0.0.1;transport=sctp", false, -1},
        {"sip:10.0.0.3", false, -1},
        {"tel:+4930123", false, -1},
    };
    for (const auto& [text, is_local, listener] : rows) {
        const auto uri = sip::parse_uri(text);
        ASSERT_TRUE(uri) << text;
        EXPECT_EQ(us.is_local(*uri), is_local) << text;
        const auto found = us.listener_of(*uri);
        EXPECT_EQ(found ? static_cast<int>(*found) : -1, listener) << text;
    }
}

TEST(Identity, SendsFromAFittingSocket) {
    EXPECT_EQ(us.listener_for(at("udp:192.0.2.1:9")), 0);
    EXPECT_EQ(us.listener_for(at("udp:[2001:db8::9]:9")), 3);
    EXPECT_EQ(us.listener_for(at("tls:192.0.2.1:9")), 2);
    EXPECT_FALSE(us.listener_for(at("ws:192.0.2.1:9")));
    EXPECT_FALSE(us.listener_for(at("tcp:[2001:db8::9]:9")));
    const auto second = at("udp:10.0.0.2:5080");
    EXPECT_EQ(us.listener_for(at("udp:192.0.2.1:9"), &second), 4);
    const auto foreign = at("udp:10.0.0.9:5060");
    EXPECT_EQ(us.listener_for(at("udp:192.0.2.1:9"), &foreign), 0);
}

TEST(Identity, KnowsEveryAddressThatLeadsBack) {
    EXPECT_TRUE(us.is_listener(at("udp:10.0.0.2:5080")));
    EXPECT_FALSE(us.is_listener(at("tcp:10.0.0.2:5080")));
    EXPECT_FALSE(us.is_listener(at("udp:10.0.0.2:5060")));
}

}  // namespace
}  // namespace sipha::route
