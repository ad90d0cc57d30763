#include "proxy/admin/trace_text.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/bindings.hpp"
#include "tests/support/sip_text.hpp"

namespace sipha::admin {
namespace {

using namespace std::chrono_literals;
using way = traced_message::direction;

traced_message message(
    timing::duration since, way direction, const char* remote, const std::string& bytes
) {
    return {{test::epoch + since, 1'750'000'000'123}, direction, test::hop_to(remote), bytes};
}

const std::deque<traced_message> call{
    message(0s, way::in, "udp:192.0.2.10:5060", "INVITE sip:bob@example.org SIP/2.0\r\n"),
    message(1ms, way::out, "udp:192.0.2.20:5060", "INVITE sip:bob@example.org SIP/2.0\r\n"),
    message(20ms, way::in, "udp:192.0.2.20:5060", "SIP/2.0 200 OK\r\n"),
    message(21ms, way::out, "udp:192.0.2.10:5060", "SIP/2.0 200 OK\r\n"),
};

TEST(Ladder, DrawsOneArrowForEachMessage) {
    EXPECT_EQ(
        ladder(call),
        "  seconds      udp:192.0.2.10:5060                   edge                  "
        "udp:192.0.2.20:5060\n"
        "   0.0000                |---------- INVITE ---------->|                             |\n"
        "   0.0010                |                             |---------- INVITE ---------->|\n"
        "   0.0200                |                             |<--------- 200 OK -----------|\n"
        "   0.0210                |<--------- 200 OK -----------|                             |\n"
    );
}

TEST(Ladder, FarLanesAreCrossed) {
    auto messages = call;
    messages.push_back(
        message(30ms, way::out, "tcp:192.0.2.30:5061", "BYE sip:x@example.org SIP/2.0\r\n")
    );
    const auto text = ladder(messages);
    EXPECT_NE(
        text.find("|--------------------------- BYE -------------------------->|"),
        std::string::npos
    ) << text;
}

TEST(Ladder, NothingIsSaidPlainly) {
    EXPECT_EQ(ladder({}), "no message yet\n");
}

TEST(Ladder, TextOfMessagesCannotBreakIt) {
    const std::deque<traced_message> hostile{
        message(0s, way::in, "udp:192.0.2.10:5060", "SIP/2.0 200 \x1b[31m" + std::string(99, 'x')),
        message(0s, way::in, "udp:192.0.2.10:5060", ""),
    };
    const auto text = ladder(hostile);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
}

TEST(CaptureFile, HasTheFormOfLibpcap) {
    const sip::endpoint listeners[] = {test::at("udp:10.0.0.1:5060")};
    const std::deque<traced_message> one{message(0s, way::in, "udp:192.0.2.10:1025", "hello")};
    const auto file = capture_file(one, listeners);
    ASSERT_EQ(file.size(), 24U + 16 + 14 + 20 + 8 + 5);
    EXPECT_EQ(file.substr(0, 8), std::string("\xd4\xc3\xb2\xa1\x02\x00\x04\x00", 8));
    EXPECT_EQ(file.substr(20, 4), std::string("\x01\0\0\0", 4)) << "Ethernet";
    // 1750000000.123 s, then 47 octets of 47.
    EXPECT_EQ(file.substr(24, 4), std::string("\x80\xe1\x4e\x68", 4));
    EXPECT_EQ(file.substr(28, 4), std::string("\x78\xe0\x01\0", 4));
    EXPECT_EQ(file.substr(32, 8), std::string("\x2f\0\0\0\x2f\0\0\0", 8));
    const auto ip = file.substr(24 + 16 + 14, 20);
    EXPECT_EQ(ip.substr(12, 8), std::string("\xc0\x00\x02\x0a\x0a\x00\x00\x01", 8));
    // RFC 1071: with its checksum the header sums to all ones.
    unsigned sum = 0;
    for (std::size_t i = 0; i < ip.size(); i += 2) {
        sum += static_cast<unsigned char>(ip[i]) * 256U + static_cast<unsigned char>(ip[i + 1]);
    }
    EXPECT_EQ((sum & 0xffffU) + (sum >> 16), 0xffffU);
    EXPECT_TRUE(file.ends_with("hello"));
}

TEST(CaptureFile, CutsWhatNoDatagramHolds) {
    const sip::endpoint listeners[] = {test::at("tcp:10.0.0.1:5060")};
    const std::deque<traced_message> one{
        message(0s, way::out, "tcp:192.0.2.10:1025", std::string(100'000, 'x'))};
    EXPECT_EQ(capture_file(one, listeners).size(), 24U + 16 + 14 + 20 + 8 + 65507);
}

TEST(CaptureFile, TakesIpv6AndListenersThatAreGone) {
    auto six = message(0s, way::out, "udp:192.0.2.10:1025", "hello");
    six.hop.remote = test::at("udp:[2001:db8::1]:5060");
    six.hop.listener = 9;
    const auto file = capture_file({six}, {});
    EXPECT_EQ(file.size(), 24U + 16 + 14 + 40 + 8 + 5);
    EXPECT_EQ(capture_file({}, {}).size(), 24U);
}

}  // namespace
}  // namespace sipha::admin
