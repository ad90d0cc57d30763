#include "tests/resolver/support/network.hpp"

#include <gtest/gtest.h>

#include "resolver/src/dns_message.hpp"

namespace sipha::resolver::test {
namespace {

using std::chrono::milliseconds;

const question h1{"h1.ex", record_type::a};
const zone content("h1.ex A 192.0.2.1");

dns_packet query(std::size_t server, dns_protocol over = dns_protocol::udp) {
    return {server, over, detail::encode_query(h1, {7})};
}

TEST(MemoryNetwork, RepliesAfterTheRoundTripInOrderOfArrival) {
    memory_network all({{content}, {content}});
    all.servers[0].round_trip = milliseconds(50);
    const time_point start{};
    all.send(start, query(0));
    all.send(start, query(1));
    EXPECT_EQ(all.next_deadline(), start + milliseconds(1));
    all.process(start + milliseconds(50));
    const auto arrivals = all.take_arrivals();
    ASSERT_EQ(arrivals.size(), 2u);
    EXPECT_EQ(arrivals[0].server, 1u);
    EXPECT_EQ(detail::decode_answer(h1, arrivals[0].message).status, answer_status::found);
    EXPECT_EQ(all.next_deadline(), never);
}

TEST(MemoryNetwork, TellsWhatTheNetworkRefuses) {
    memory_network all({{content}, {content}});
    all.servers[0].is_unreachable = true;
    all.servers[1].tcp = tcp_use::closed;
    all.send({}, query(0));
    all.send({}, query(1, dns_protocol::tcp));
    all.send({}, query(2));
    all.process(time_point{} + milliseconds(1));
    const auto arrivals = all.take_arrivals();
    ASSERT_EQ(arrivals.size(), 3u);
    for (const auto& arrival : arrivals) {
        EXPECT_TRUE(arrival.error);
        EXPECT_EQ(arrival.id, 7);
    }
}

TEST(MemoryNetwork, ForgetsWhatTravelsWhenServersChange) {
    memory_network all({{content}});
    all.send({}, query(0));
    all.use_servers({});
    all.process(time_point{} + milliseconds(1));
    EXPECT_TRUE(all.take_arrivals().empty());
}

TEST(Manner, EachGivesWhatItSays) {
    const auto bytes = detail::encode_query(h1, {7});
    const auto reply = [&](manner how, dns_protocol over = dns_protocol::udp) {
        const auto all = replies_to(bytes, content, how, over);
        return detail::decode_reply(h1, all.at(all.size() - 1));
    };
    EXPECT_TRUE(replies_to(bytes, content, manner::silent, dns_protocol::udp).empty());
    EXPECT_EQ(reply(manner::honest).answer.status, answer_status::found);
    EXPECT_EQ(reply(manner::failing).rcode, 2u);
    EXPECT_EQ(reply(manner::refusing).rcode, 5u);
    EXPECT_TRUE(reply(manner::truncating).is_truncated);
    EXPECT_FALSE(reply(manner::truncating, dns_protocol::tcp).is_truncated);
    EXPECT_EQ(reply(manner::without_edns).rcode, 1u);
    EXPECT_EQ(reply(manner::without_edns_bare).rcode, 1u);
    EXPECT_EQ(reply(manner::bad_version).rcode, 16u);
    EXPECT_EQ(reply(manner::garbled).answer.error, errc::dns_malformed);
    EXPECT_EQ(replies_to(bytes, content, manner::wrong_id, dns_protocol::udp).size(), 2u);
    EXPECT_EQ(replies_to(bytes, content, manner::wrong_question, dns_protocol::udp).size(), 2u);
}

}  // namespace
}  // namespace sipha::resolver::test
