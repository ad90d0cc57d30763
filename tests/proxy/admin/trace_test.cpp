#include "proxy/admin/trace.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/bindings.hpp"
#include "tests/support/sip_text.hpp"

namespace sipha::admin {
namespace {

using namespace std::chrono_literals;
using way = traced_message::direction;

timing::instant at(timing::duration since) {
    return {test::epoch + since, 1'750'000'000'000};
}

std::string invite(const std::string& from, const std::string& to, const std::string& call_id) {
    test::request_text request;
    request.method = "INVITE";
    request.uri = "sip:" + to + "@example.org";
    request.via = "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK1";
    request.from = "<sip:" + from + "@example.org>;tag=1";
    request.to = "<sip:" + to + "@example.org>";
    request.call_id = call_id;
    return request.text();
}

const auto alice = test::hop_to("udp:192.0.2.10:5060");
const auto bob = test::hop_to("udp:192.0.2.20:5060");

std::size_t taken(trace_filter::kind what, const std::string& text) {
    tracer trace;
    trace.start(test::epoch, {what, text});
    trace.note(at(1s), way::in, alice, invite("alice", "bob", "one"));
    trace.note(at(1s), way::out, bob, invite("alice", "bob", "one"));
    trace.note(at(1s), way::in, bob, invite("bob", "carol", "two"));
    return trace.messages().size();
}

TEST(Tracer, TakesWhatFitsAndTheRestOfItsCall) {
    EXPECT_EQ(taken(trace_filter::kind::call_id, "one"), 2U);
    EXPECT_EQ(taken(trace_filter::kind::call_id, "On"), 0U);
    EXPECT_EQ(taken(trace_filter::kind::user, "alice"), 2U);
    EXPECT_EQ(taken(trace_filter::kind::user, "bob"), 3U);
    EXPECT_EQ(taken(trace_filter::kind::user, "carol"), 1U);
    EXPECT_EQ(taken(trace_filter::kind::source, "192.0.2.10"), 2U) << "the other leg too";
    EXPECT_EQ(taken(trace_filter::kind::source, "192.0.2.30"), 0U);
}

TEST(Tracer, EndsByItself) {
    tracer trace;
    trace_limits limits;
    limits.duration = 10s;
    trace.start(test::epoch, {trace_filter::kind::user, "bob"}, limits);
    trace.note(at(10s - 1ms), way::in, alice, invite("alice", "bob", "one"));
    EXPECT_TRUE(trace.is_on());
    trace.note(at(10s), way::in, alice, invite("alice", "bob", "one"));
    EXPECT_FALSE(trace.is_on());
    EXPECT_EQ(trace.messages().size(), 1U) << "what was taken stays";
}

TEST(Tracer, KeepsTheNewestWithinItsLimits) {
    const auto text = invite("alice", "bob", "one");
    trace_limits limits;
    limits.max_messages = 3;
    tracer trace;
    trace.start(test::epoch, {trace_filter::kind::user, "bob"}, limits);
    for (int i = 0; i < 5; ++i) {
        trace.note(at(i * 1s), way::in, alice, text);
    }
    EXPECT_EQ(trace.messages().size(), 3U);
    EXPECT_EQ(trace.lost(), 2U);
    EXPECT_EQ(trace.messages().front().at.mono, test::epoch + 2s);

    limits.max_messages = 100;
    limits.max_bytes = 2 * text.size();
    trace.start(test::epoch, {trace_filter::kind::user, "bob"}, limits);
    EXPECT_EQ(trace.messages().size(), 0U) << "a new trace begins empty";
    for (int i = 0; i < 3; ++i) {
        trace.note(at(i * 1s), way::in, alice, text);
    }
    EXPECT_EQ(trace.messages().size(), 2U);
    limits.max_bytes = text.size() - 1;
    trace.start(test::epoch, {trace_filter::kind::user, "bob"}, limits);
    trace.note(at(0s), way::in, alice, text);
    EXPECT_EQ(trace.messages().size(), 0U);
    EXPECT_EQ(trace.lost(), 1U);
}

TEST(Tracer, FollowsNoMoreCallsThanItsLimit) {
    trace_limits limits;
    limits.max_call_ids = 1;
    tracer trace;
    trace.start(test::epoch, {trace_filter::kind::source, "192.0.2.10"}, limits);
    trace.note(at(1s), way::in, alice, invite("alice", "bob", "one"));
    trace.note(at(1s), way::in, alice, invite("alice", "bob", "two"));
    trace.note(at(1s), way::out, bob, invite("alice", "bob", "two"));
    trace.note(at(1s), way::out, bob, invite("alice", "bob", "one"));
    EXPECT_EQ(trace.messages().size(), 3U) << "of the second call only what fits by itself";
}

TEST(Tracer, HostileBytesAreNotTaken) {
    tracer trace;
    trace.start(test::epoch, {trace_filter::kind::source, "192.0.2.10"});
    for (const std::string text : {"", "\r\n\r\n", "INVITE", "\xff\xfe", "SIP/2.0 200 OK\r\n"}) {
        trace.note(at(1s), way::in, alice, text);
    }
    EXPECT_EQ(trace.messages().size(), 0U);
}

/// Sends one message for each input.
class talking_machine : public proxy::machine {
  public:
    void step(timing::instant, const proxy::input& what, proxy::effects& out) override {
        if (std::holds_alternative<proxy::sip_received>(what)) {
            out.messages.add(bob, 0, invite("alice", "bob", "one"));
        }
    }
    timing::time_point next_deadline() const override { return test::epoch + 7s; }
};

TEST(TracingMachine, ShowsBothSidesOfAStep) {
    talking_machine inner;
    tracer trace;
    tracing_machine traced(inner, trace);
    proxy::effects out;
    const auto text = invite("alice", "bob", "one");
    traced.step(at(0s), proxy::sip_received{alice, text}, out);
    EXPECT_EQ(trace.messages().size(), 0U) << "off";
    trace.start(test::epoch, {trace_filter::kind::call_id, "one"});
    traced.step(at(1s), proxy::sip_received{alice, text}, out);
    traced.step(at(2s), proxy::tick{}, out);
    ASSERT_EQ(trace.messages().size(), 2U) << "not what an earlier step left in the outbox";
    EXPECT_EQ(trace.messages()[0].way, way::in);
    EXPECT_EQ(trace.messages()[0].hop, alice);
    EXPECT_EQ(trace.messages()[1].way, way::out);
    EXPECT_EQ(trace.messages()[1].hop, bob);
    EXPECT_EQ(out.messages.entries().size(), 2U);
    EXPECT_EQ(traced.next_deadline(), test::epoch + 7s);
}

}  // namespace
}  // namespace sipha::admin
