#include <gtest/gtest.h>
#include <sys/socket.h>

#include <chrono>
#include <string>
#include <vector>

#include "proxy/daemon/handover_channel.hpp"
#include "proxy/daemon/handover_machine.hpp"
#include "proxy/daemon/start_program.hpp"

namespace sipha::daemon {
namespace {

using namespace std::chrono_literals;
using kind = handover_channel::kind;

TEST(HandoverHello, KeepsWhatWasSaid) {
    handover_hello hello;
    hello.epoch = 4'000'000'000;
    hello.key = std::string("\0\xff key", 6);
    hello.descriptors = {{"udp:192.0.2.1:5060", 7}, {"admin", 9}};
    const auto read = handover_hello::decode(hello.encode());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->epoch, hello.epoch);
    EXPECT_EQ(read->key, hello.key);
    EXPECT_EQ(read->descriptors, hello.descriptors);
}

TEST(HandoverHello, TakesNothingElse) {
    for (const auto* wrong :
         {"",
          "{}",
          "[]",
          R"({"epoch":-1,"key":"","descriptors":{}})",
          R"({"epoch":4294967296,"key":"","descriptors":{}})",
          R"({"epoch":1,"key":"abc","descriptors":{}})",
          R"({"epoch":1,"key":"zz","descriptors":{}})",
          R"({"epoch":1,"key":"","descriptors":{"a":-1}})",
          R"({"epoch":1,"key":"","descriptors":{"a":"1"}})"}) {
        EXPECT_FALSE(handover_hello::decode(wrong)) << wrong;
    }
}

TEST(HandedDatagram, KeepsEveryOctet) {
    handed_datagram datagram;
    datagram.listener = "udp:[2001:db8::1]:5060";
    datagram.remote = {
        sip::transport::udp, *geo::ip_address::parse("2001:db8::2"), std::uint16_t{1025}};
    const std::string bytes("OPTIONS\n\n\0\xff", 11);
    datagram.bytes = bytes;
    const auto text = datagram.encode();
    const auto read = handed_datagram::decode(text);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->listener, datagram.listener);
    EXPECT_EQ(read->remote, datagram.remote);
    EXPECT_EQ(read->bytes, bytes);
    for (const auto* wrong : {"", "a", "a\n", "a\nb\n", "a\nudp:1.2.3.4\nx"}) {
        EXPECT_FALSE(handed_datagram::decode(wrong)) << wrong;
    }
}

class handover_pair : public testing::Test {
  protected:
    handover_pair() {
        int ends[2] = {-1, -1};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
        left_ = handover_channel(ends[0]);
        right_ = handover_channel(ends[1]);
    }
    handover_channel left_{-1};
    handover_channel right_{-1};
};

TEST_F(handover_pair, CarriesWholeMessagesInOrder) {
    EXPECT_EQ(right_.receive(0ms).what, kind::nothing);
    EXPECT_TRUE(left_.send(kind::record, "one", 0ms));
    EXPECT_TRUE(left_.send(kind::datagram, std::string(65'600, 'x'), 0ms));
    EXPECT_TRUE(left_.send(kind::go, "", 0ms));
    EXPECT_EQ(right_.receive(1s).text, "one");
    const auto second = right_.receive(1s);
    EXPECT_EQ(second.what, kind::datagram);
    EXPECT_EQ(second.text.size(), 65'600U);
    EXPECT_EQ(right_.receive(1s).what, kind::go);
    left_.close();
    EXPECT_EQ(right_.receive(1s).what, kind::closed);
}

TEST_F(handover_pair, TellsWhenNobodyTakesIt) {
    int sent = 0;
    while (left_.send(kind::datagram, std::string(10'000, 'x'), 0ms)) {
        ASSERT_LT(++sent, 10'000) << "a channel has an end";
    }
    EXPECT_GT(sent, 0);
    right_.close();
    EXPECT_FALSE(left_.send(kind::go, "", 0ms));
}

/// Counts its steps.
class counting_machine : public proxy::machine {
  public:
    void step(timing::instant, const proxy::input&, proxy::effects&) override { ++steps; }
    timing::time_point next_deadline() const override { return timing::never; }
    int steps = 0;
};

TEST(HandoverMachine, GivesAwayWhatItDoesNotKnow) {
    counting_machine inner;
    handover_machine machine(inner);
    std::vector<std::string> given;
    proxy::effects out;
    const auto receive = [&](std::string_view text, sip::flow_id flow) {
        sip::hop from;
        from.flow = flow;
        machine.step({}, proxy::sip_received{from, text}, out);
    };
    receive("new", 0);
    EXPECT_EQ(inner.steps, 1);
    machine.give_away(
        [](const proxy::sip_received& what) { return what.bytes == "known"; },
        [&](const proxy::sip_received& what) { given.emplace_back(what.bytes); }
    );
    receive("new", 0);
    receive("known", 0);
    receive("on a connection", 5);
    machine.step({}, proxy::tick{}, out);
    EXPECT_EQ(inner.steps, 4);
    EXPECT_EQ(given, std::vector<std::string>{"new"});
    machine.keep();
    receive("new", 0);
    EXPECT_EQ(inner.steps, 5);
}

TEST(StartProgram, TellsWhatCannotBeStarted) {
    program_start start;
    start.path = "/nowhere/program";
    const auto started = start_program(start);
    EXPECT_EQ(started.pid, 0);
    EXPECT_NE(started.error.find("/nowhere/program"), std::string::npos);
    EXPECT_NE(program_path().find("daemon_test"), std::string::npos);
}

}  // namespace
}  // namespace sipha::daemon
