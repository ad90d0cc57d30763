#include "resolver/cli/server_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sipha::resolver::cli {
namespace {

std::string text_of(const std::optional<dns_server>& server) {
    return server ? hostport(server->ip, server->port) : "-";
}

TEST(ServerText, AddressWithAndWithoutPort) {
    EXPECT_EQ(text_of(parse_server("192.0.2.53")), "192.0.2.53:53");
    EXPECT_EQ(text_of(parse_server("192.0.2.53:5353")), "192.0.2.53:5353");
    EXPECT_EQ(text_of(parse_server("2001:db8::53")), "[2001:db8::53]:53");
    EXPECT_EQ(text_of(parse_server("[2001:db8::53]")), "[2001:db8::53]:53");
    EXPECT_EQ(text_of(parse_server("[2001:db8::53]:5353")), "[2001:db8::53]:5353");
}

TEST(ServerText, AnythingElseIsRefused) {
    for (const char* text :
         {"",
          ":",
          "x",
          "localhost:53",
          "192.0.2.53:",
          "192.0.2.53:0",
          "192.0.2.53:65536",
          "192.0.2.53:53x",
          "[192.0.2.53",
          "[2001:db8::53]53",
          "192.0.2.53:-1"}) {
        EXPECT_EQ(text_of(parse_server(text)), "-") << text;
    }
}

TEST(ServerText, PortZeroIsForThoseWhoWantAnyPort) {
    EXPECT_EQ(text_of(parse_server("127.0.0.1:0", zero_port::allowed)), "127.0.0.1:0");
}

TEST(ServerText, ResolvConfGivesItsFirstThreeServers) {
    const auto servers = servers_of_resolv_conf(
        "# nameserver 192.0.2.9\nsearch ex\nnameserver 192.0.2.1\nnameserver\t2001:db8::1 \n"
        "nameserver\nnameserver junk\nnameservers 192.0.2.8\n nameserver 192.0.2.7\n"
        "nameserver 192.0.2.2\r\nnameserver 192.0.2.3"
    );
    ASSERT_EQ(servers.size(), max_system_servers);
    EXPECT_EQ(text_of(servers[0]), "192.0.2.1:53");
    EXPECT_EQ(text_of(servers[1]), "[2001:db8::1]:53");
    EXPECT_EQ(text_of(servers[2]), "192.0.2.2:53");
    EXPECT_TRUE(servers_of_resolv_conf("").empty());
}

}  // namespace
}  // namespace sipha::resolver::cli
