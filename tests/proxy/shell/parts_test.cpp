#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "proxy/shell/byte_queue.hpp"
#include "proxy/shell/counters.hpp"
#include "proxy/shell/datagram_backlog.hpp"
#include "proxy/shell/recent_sends.hpp"
#include "proxy/shell/socket_address.hpp"

namespace sipha::shell {

namespace {

using std::chrono::seconds;

sip::hop to_port(std::uint16_t port) {
    return {0, {sip::transport::udp, *geo::ip_address::parse("192.0.2.1"), port}, 0};
}
timing::time_point at(int second) {
    return timing::time_point(seconds(second));
}
std::vector<std::uint64_t> tokens(const std::vector<sent_message>& list) {
    std::vector<std::uint64_t> out;
    for (const auto& each : list) {
        out.push_back(each.token);
    }
    return out;
}

}  // namespace

TEST(ByteQueue, HoldsItsLimitAndNotAByteMore) {
    byte_queue queue(10);
    EXPECT_TRUE(queue.append("0123456"));
    EXPECT_FALSE(queue.append("7890"));
    EXPECT_EQ(queue.pending(), "0123456");
    EXPECT_TRUE(queue.append("789"));
    EXPECT_EQ(queue.pending(), "0123456789");
    EXPECT_FALSE(byte_queue(3).append("four"));
}

TEST(ByteQueue, WhatIsWrittenMakesRoomAndCounts) {
    byte_queue queue(10);
    queue.append("0123456789");
    queue.consume(4);
    EXPECT_EQ(queue.pending(), "456789");
    EXPECT_TRUE(queue.append("abcd"));
    EXPECT_EQ(queue.consumed(), 4U);
    EXPECT_EQ(queue.appended(), 14U);
    queue.consume(100);
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.consumed(), 14U);
}

TEST(ByteQueue, KeepsTheOrderOfALargeBacklog) {
    byte_queue queue(1 << 20);
    std::string all;
    std::string out;
    for (int i = 0; i < 20'000; ++i) {
        const auto text = std::to_string(i) + ",";
        all += text;
        ASSERT_TRUE(queue.append(text));
        if (i % 3 == 0) {
            out += queue.pending().substr(0, 8);
            queue.consume(8);
        }
    }
    out += queue.pending();
    EXPECT_TRUE(out == all);
}

TEST(DatagramBacklog, HoldsItsLimitAndKeepsTheOrder) {
    datagram_backlog backlog(2 * (datagram_backlog::entry_bytes + 10));
    const std::string ten(10, 'a');
    EXPECT_TRUE(backlog.append({to_port(1), 1, ten}));
    EXPECT_FALSE(backlog.append({to_port(1), 2, ten + "b"}));
    EXPECT_TRUE(backlog.append({to_port(2), 3, ten}));
    EXPECT_FALSE(backlog.append({to_port(1), 4, ""}));
    const auto oldest = backlog.front(5);
    ASSERT_EQ(oldest.size(), 2U);
    EXPECT_EQ(oldest[0].token, 1U);
    EXPECT_EQ(oldest[1].to, to_port(2));
    EXPECT_EQ(oldest[1].bytes, ten);
}

TEST(DatagramBacklog, WhatIsSentMakesRoom) {
    datagram_backlog backlog(datagram_backlog::entry_bytes + 10);
    EXPECT_TRUE(backlog.append({to_port(1), 1, "0123456789"}));
    backlog.pop(1);
    EXPECT_TRUE(backlog.empty());
    EXPECT_TRUE(backlog.append({to_port(1), 2, "0123456789"}));
    EXPECT_EQ(backlog.front(1)[0].token, 2U);
    backlog.clear();
    backlog.pop(1);
    EXPECT_TRUE(backlog.empty());
    EXPECT_FALSE(datagram_backlog(10).append({to_port(1), 3, ""}));
}

TEST(RecentSends, GivesTheTokensOfOneDestinationOnce) {
    recent_sends recent(8, seconds(5));
    recent.add(at(0), {to_port(1), 10});
    recent.add(at(0), {to_port(2), 20});
    recent.add(at(1), {to_port(1), 11});
    recent.add(at(1), {to_port(1), 10});  // a retransmission
    recent.add(at(1), {to_port(1), 0});   // nobody waits
    EXPECT_EQ(tokens(recent.take(at(2), to_port(1).remote)), (std::vector<std::uint64_t>{10, 11}));
    EXPECT_TRUE(recent.take(at(2), to_port(1).remote).empty());
    EXPECT_EQ(tokens(recent.take_all(at(2))), std::vector<std::uint64_t>{20});
}

TEST(RecentSends, TheOldestMakesRoomAtTheCapacity) {
    recent_sends recent(3, seconds(5));
    for (std::uint64_t token = 1; token <= 5; ++token) {
        recent.add(at(0), {to_port(1), token});
    }
    EXPECT_EQ(recent.size(), 3U);
    EXPECT_EQ(tokens(recent.take_all(at(0))), (std::vector<std::uint64_t>{3, 4, 5}));
}

TEST(RecentSends, WhatIsOlderThanTheHorizonIsNotBlamed) {
    recent_sends recent(3, seconds(5));
    recent.add(at(0), {to_port(1), 1});
    recent.add(at(1), {to_port(1), 2});
    EXPECT_EQ(tokens(recent.take(at(6), to_port(1).remote)), std::vector<std::uint64_t>{2});
    EXPECT_EQ(recent.size(), 0U);
}

TEST(SocketAddress, CarriesBothFamilies) {
    for (const auto* text : {"192.0.2.9", "2001:db8::9"}) {
        const auto ip = *geo::ip_address::parse(text);
        const socket_address address(ip, 5060);
        EXPECT_EQ(address.ip(), ip);
        EXPECT_EQ(address.port(), 5060);
    }
    EXPECT_EQ(socket_address().ip(), std::nullopt);
    EXPECT_EQ(socket_address().port(), 0);
    socket_address cut(*geo::ip_address::parse("192.0.2.9"), 5060);
    cut.resize(4);
    EXPECT_EQ(cut.ip(), std::nullopt);
}

TEST(Counters, HaveDistinctNames) {
    std::set<std::string_view> names;
    for (const auto& field : counter_fields()) {
        EXPECT_TRUE(names.insert(field.name).second) << field.name;
    }
    counters counts;
    counts.tcp_pings = 3;
    for (const auto& field : counter_fields()) {
        EXPECT_EQ(counts.*field.value, field.name == "tcp_pings" ? 3U : 0U);
    }
}

}  // namespace sipha::shell
