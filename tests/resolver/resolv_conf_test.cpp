#include "resolver/src/resolv_conf.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <random>
#include <string>

#include "resolver/src/system_servers.hpp"

namespace sipha::resolver::detail {
namespace {

std::string text_of(const resolv_conf& read) {
    std::string out;
    for (const auto& server : read.servers) {
        out += out.empty() ? "" : " ";
        out += hostport(server.ip, server.port) + (server.zone.empty() ? "" : "%" + server.zone);
    }
    return out;
}

std::string servers_in(std::string_view text) {
    return text_of(parse_resolv_conf(text));
}

TEST(ResolvConf, ListsServersInOrder) {
    EXPECT_EQ(
        servers_in(
            "# made by hand\nnameserver 192.0.2.1\n\tnameserver\t2001:db8::1 \r\n"
            "search example.com\nnameserver 192.0.2.2 # the spare one\nnameserver 192.0.2.3;x"
        ),
        "192.0.2.1:53 [2001:db8::1]:53 192.0.2.2:53 192.0.2.3:53"
    );
}

TEST(ResolvConf, LinkLocalServersKeepTheirZone) {
    EXPECT_EQ(servers_in("nameserver fe80::1%eth0\n"), "[fe80::1]:53%eth0");
    EXPECT_EQ(servers_in("nameserver fe80::1%2"), "[fe80::1]:53%2");
    EXPECT_EQ(servers_in("nameserver fe80::1%\nnameserver 192.0.2.1%eth0"), "127.0.0.1:53");
    EXPECT_EQ(servers_in("nameserver fe80::1%sixteen-letters-"), "127.0.0.1:53");
}

TEST(ResolvConf, WithoutServersThereIsTheLocalOne) {
    for (const auto* text : {"", "\n\n", "search ex", "nameserver", "nameserver ns.ex", "#"}) {
        EXPECT_EQ(servers_in(text), "127.0.0.1:53") << text;
    }
    EXPECT_EQ(parse_resolv_conf("nameserver ns.ex").ignored_servers, 1u);
}

TEST(ResolvConf, TrustAdIsAnOption) {
    EXPECT_EQ(parse_resolv_conf("options timeout:1 trust-ad edns0").trust, ad_trust::yes);
    EXPECT_EQ(parse_resolv_conf("options timeout:1 edns0\n# options trust-ad").trust, ad_trust::no);
}

TEST(ResolvConf, ServersAreCappedAndCountedOnce) {
    std::string many = "nameserver 192.0.2.1\nnameserver 192.0.2.1\n";
    for (std::size_t index = 1; index <= max_system_servers + 2; ++index) {
        many += "nameserver 192.0.2." + std::to_string(index) + "\n";
    }
    const auto read = parse_resolv_conf(many);
    EXPECT_EQ(read.servers.size(), max_system_servers);
    EXPECT_EQ(read.ignored_servers, 2u);
}

TEST(ResolvConf, TextBeyondTheLimitIsNotRead) {
    std::string text(max_resolv_conf_bytes, '\n');
    EXPECT_EQ(servers_in(text + "nameserver 192.0.2.1"), "127.0.0.1:53");
}

TEST(ResolvConf, AnyTextGivesAResult) {
    std::mt19937 random(1);
    const std::string_view letters = "nameserver options 1.:%#;\n\t\0fe80";
    for (int round = 0; round < 20'000; ++round) {
        std::string text = round % 2 == 0 ? "nameserver " : "";
        for (auto left = random() % 60; left != 0; --left) {
            text += letters[random() % letters.size()];
        }
        const auto read = parse_resolv_conf(text);
        EXPECT_GE(read.servers.size(), 1u);
        EXPECT_LE(read.servers.size(), max_system_servers);
    }
}

/// A file that goes away with the test.
struct scratch_file {
    std::string path = "/tmp/sipha-resolv-conf-" + std::to_string(getpid());
    ~scratch_file() { std::remove(path.c_str()); }
    void write(std::string_view text) const { std::ofstream(path) << text; }
};

TEST(SystemServers, AChangedFileIsSeenAtTheNextLook) {
    const time_point start{std::chrono::hours(1)};
    const scratch_file file;
    file.write("nameserver 192.0.2.1\n");
    system_servers system(file.path);
    EXPECT_EQ(text_of(system.read(start)), "192.0.2.1:53");
    auto now = start + system_servers::look_every;
    EXPECT_FALSE(system.changed(now));
    file.write("nameserver 192.0.2.2\nnameserver 192.0.2.3\n");
    EXPECT_FALSE(system.changed(now)) << "looked at a moment ago";
    now += system_servers::look_every;
    const auto read = system.changed(now);
    ASSERT_TRUE(read);
    EXPECT_EQ(text_of(*read), "192.0.2.2:53 192.0.2.3:53");
    EXPECT_FALSE(system.changed(now + system_servers::look_every));
}

TEST(SystemServers, AMissingFileIsAnEmptyOne) {
    system_servers system("/nonexistent/resolv.conf");
    EXPECT_EQ(text_of(system.read({})), "127.0.0.1:53");
}

}  // namespace
}  // namespace sipha::resolver::detail
