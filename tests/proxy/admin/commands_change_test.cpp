// Commands that change something, in the fixture's smallest form.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <chrono>
#include <string>

#include "proxy/admin/commands.hpp"
#include "tests/proxy/node/phones.hpp"
#include "tests/support/node_world.hpp"

namespace sipha::admin {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using proxy::alice;
using proxy::bob;
using proxy::enroll;
using test::kinds;
using test::node_world;

class recording_process : public control {
  public:
    process_status status() const override {
        process_status out;
        out.flows_to_close = 3;
        return out;
    }
    reload_report reload() override { return report; }
    void drain(const drain_order& order) override { ordered = order; }
    void undo_drain() override { ++undone; }
    void set_log_level(proxy::log_level level) override { log_level = level; }

    reload_report report;
    drain_order ordered;
    int undone = 0;
    proxy::log_level log_level = proxy::log_level::info;
};

class ChangeCommands : public testing::Test {
  protected:
    json::object ask(std::string_view request, access may = access::change) {
        return json::parse(answer({world_.now(), world_.node(1), process_, may}, request))
            .get_object();
    }
    bool is_refused(std::string_view request, access may = access::change) {
        return !ask(request, may).at("ok").as_bool();
    }

    node_world world_{2};
    recording_process process_;
};

TEST_F(ChangeCommands, AreRefusedToThoseWhoMayOnlyRead) {
    for (const auto* name :
         {"reload",
          "drain",
          "undrain",
          "log_level",
          "contact_remove",
          "trace_start",
          "trace_show",
          "upgrade"}) {
        const auto reply = ask(std::string(R"({"command":")") + name + "\"}", access::read);
        EXPECT_FALSE(reply.at("ok").as_bool()) << name;
        EXPECT_EQ(
            reply.at("error").as_string(), "this command changes the node; give it with sipha-ctl"
        ) << name;
    }
    EXPECT_FALSE(is_refused(R"({"command":"status"})", access::read));
}

TEST_F(ChangeCommands, DrainSendsNewWorkAwayAndKeepsCalls) {
    enroll(world_, 1, alice);
    enroll(world_, 1, bob);
    proxy::call call(world_, 1, alice, 1, bob);
    call.set_up();
    const auto reply = ask(R"({"command":"drain","spread_s":7,"exit":true})");
    EXPECT_TRUE(reply.at("ok").as_bool());
    EXPECT_EQ(reply.at("flows_to_close").as_int64(), 3);
    EXPECT_EQ(process_.ordered.spread, 7s);
    EXPECT_EQ(process_.ordered.then, drain_order::when_empty::exit);
    EXPECT_FALSE(ask(R"({"command":"ready"})").at("ready").as_bool());

    // RFC 3261 21.5.4: a new call is to go elsewhere, soon.
    auto invite = alice.request("INVITE", bob.uri(), 50);
    invite.call_id = "a-new-call";
    world_.take(1);
    world_.receive(1, alice.from, invite.text());
    const auto sent = world_.take(1);
    ASSERT_EQ(kinds(sent), "503");
    const auto after = sent[0].text.find("Retry-After: ");
    ASSERT_NE(after, std::string::npos) << sent[0].text;
    const auto seconds = std::stoi(sent[0].text.substr(after + 13));
    EXPECT_GE(seconds, 1);
    EXPECT_LE(seconds, 5);
    world_.receive(1, bob.from, bob.registration(9).text());
    EXPECT_EQ(kinds(world_.take(1)), "503") << "phones register elsewhere";
    call.send_from_callee("BYE");

    EXPECT_FALSE(is_refused(R"({"command":"undrain"})"));
    EXPECT_EQ(process_.undone, 1);
    EXPECT_TRUE(ask(R"({"command":"ready"})").at("ready").as_bool());
    world_.receive(1, bob.from, bob.registration(10).text());
    EXPECT_EQ(kinds(world_.take(1)), "200");
}

TEST_F(ChangeCommands, DrainTellsWhatHasNoAnswerYet) {
    enroll(world_, 1, alice);
    enroll(world_, 1, bob);
    const auto unanswered = [&] {
        return ask(R"({"command":"drain"})").at("unanswered").as_int64();
    };
    EXPECT_EQ(unanswered(), 0) << "answered transactions linger, but nobody waits for them";
    EXPECT_FALSE(is_refused(R"({"command":"undrain"})"));
    world_.receive(1, alice.from, alice.request("INVITE", bob.uri(), 1).text());
    world_.receive(1, alice.from, alice.request("MESSAGE", bob.uri(), 2).text());
    const auto arrived = test::of_kind(world_.take(1), "INVITE");
    EXPECT_EQ(unanswered(), 2);
    ASSERT_EQ(arrived.size(), 1U);
    world_.receive(1, bob.from, test::response_to(arrived[0].text, 200));
    EXPECT_EQ(unanswered(), 1);
}

TEST_F(ChangeCommands, DrainTakesSensibleTimesOnly) {
    EXPECT_FALSE(is_refused(R"({"command":"drain","spread_s":0})"));
    EXPECT_FALSE(is_refused(R"({"command":"drain","spread_s":3600})"));
    EXPECT_FALSE(is_refused(R"({"command":"drain"})"));
    EXPECT_FALSE(process_.ordered.spread) << "the configured time";
    EXPECT_TRUE(is_refused(R"({"command":"drain","spread_s":3601})"));
    EXPECT_TRUE(is_refused(R"({"command":"drain","spread_s":-1})"));
    EXPECT_TRUE(is_refused(R"({"command":"drain","exit":1})"));
}

TEST_F(ChangeCommands, RemovedContactIsGoneOnEveryNode) {
    enroll(world_, 1, bob);
    EXPECT_TRUE(is_refused(R"({"command":"contact_remove"})"));
    EXPECT_TRUE(is_refused(R"({"command":"contact_remove","aor":"sip:carol@example.org"})"));
    EXPECT_TRUE(is_refused(
        R"({"command":"contact_remove","aor":"sip:bob@example.org","contact":"sip:bob@else"})"
    ));
    EXPECT_TRUE(world_.node(2).location().has_live("sip:bob@example.org", world_.now().mono));
    const auto reply = ask(R"({"command":"contact_remove","aor":"sip:bob@example.org"})");
    EXPECT_EQ(reply.at("removed").as_int64(), 1);
    EXPECT_FALSE(world_.node(1).location().has_live("sip:bob@example.org", world_.now().mono));
    world_.pass(1s);
    EXPECT_FALSE(world_.node(2).location().has_live("sip:bob@example.org", world_.now().mono));
    EXPECT_TRUE(is_refused(R"({"command":"contact_remove","aor":"sip:bob@example.org"})"));
    enroll(world_, 1, bob, 2);
    EXPECT_TRUE(world_.node(1).location().has_live("sip:bob@example.org", world_.now().mono));
}

TEST_F(ChangeCommands, ReloadTellsWhatItDid) {
    process_.report.changed = {"registrar.min_expires"};
    process_.report.restart_needed = {"listen"};
    const auto done = ask(R"({"command":"reload"})");
    EXPECT_TRUE(done.at("ok").as_bool());
    EXPECT_EQ(done.at("changed").at(0).as_string(), "registrar.min_expires");
    EXPECT_EQ(done.at("restart_needed").at(0).as_string(), "listen");
    process_.report.errors = {"p.yaml:1:1: error[L091]: wrong"};
    const auto refused = ask(R"({"command":"reload"})");
    EXPECT_FALSE(refused.at("ok").as_bool());
    EXPECT_EQ(refused.at("errors").at(0).as_string(), "p.yaml:1:1: error[L091]: wrong");
}

TEST_F(ChangeCommands, BansAreShownAndLifted) {
    node_world world(1, [](proxy::node_options& options) {
        options.gate.messages = {1, 1};
        options.gate.flood_time = 1s;
    });
    const auto ask_it = [&](std::string_view request) {
        return json::parse(answer({world.now(), world.node(1), process_, access::change}, request))
            .get_object();
    };
    const auto flood = proxy::stranger.request("OPTIONS", "sip:example.org", 1).text();
    for (int i = 0; i < 40; ++i) {
        world.receive(1, proxy::stranger.from, flood);
        world.pass(100ms);
    }
    const auto list = ask_it(R"({"command":"bans"})").at("bans").as_array();
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].at("source").as_string(), "198.51.100.1");
    EXPECT_EQ(list[0].at("reason").as_string(), "flood");
    EXPECT_GT(list[0].at("left_s").as_int64(), 0);
    for (const auto* wrong :
         {R"({"command":"unban"})",
          R"({"command":"unban","source":"x"})",
          R"({"command":"unban","source":"198.51.100.2"})"}) {
        EXPECT_FALSE(ask_it(wrong).at("ok").as_bool()) << wrong;
    }
    EXPECT_TRUE(ask_it(R"({"command":"unban","source":"198.51.100.1"})").at("ok").as_bool());
    EXPECT_TRUE(ask_it(R"({"command":"bans"})").at("bans").as_array().empty());
}

TEST_F(ChangeCommands, LogLevelIsOneOfFour) {
    EXPECT_FALSE(is_refused(R"({"command":"log_level","level":"debug"})"));
    EXPECT_EQ(process_.log_level, proxy::log_level::debug);
    for (const auto* wrong : {"", R"(,"level":"loud")", R"(,"level":1)"}) {
        EXPECT_TRUE(is_refused(std::string(R"({"command":"log_level")") + wrong + "}")) << wrong;
    }
}

TEST_F(ChangeCommands, TraceIsStartedShownAndStopped) {
    EXPECT_FALSE(is_refused(R"({"command":"trace_start","user":"bob","duration_s":60})"));
    EXPECT_TRUE(process_.traces().is_on());
    const auto text = alice.request("INVITE", bob.uri(), 1).text();
    process_.traces().note(world_.now(), traced_message::direction::in, alice.from, text);
    const auto shown = ask(R"({"command":"trace_show"})");
    EXPECT_EQ(shown.at("messages").as_int64(), 1);
    EXPECT_NE(shown.at("text").as_string().find("INVITE"), json::string::npos);
    const auto capture = ask(R"({"command":"trace_capture"})");
    EXPECT_TRUE(capture.at("pcap_hex").as_string().starts_with("d4c3b2a102000400"));
    EXPECT_FALSE(is_refused(R"({"command":"trace_stop"})"));
    EXPECT_FALSE(process_.traces().is_on());
}

TEST_F(ChangeCommands, TraceNeedsOneThingToLookFor) {
    for (const auto* wrong :
         {R"({"command":"trace_start"})",
          R"({"command":"trace_start","user":""})",
          R"({"command":"trace_start","user":1})",
          R"({"command":"trace_start","user":"a","call_id":"b"})",
          R"({"command":"trace_start","source":"example.org"})",
          R"({"command":"trace_start","user":"a","duration_s":0})",
          R"({"command":"trace_start","user":"a","duration_s":3601})"}) {
        EXPECT_TRUE(is_refused(wrong)) << wrong;
    }
    const auto longest = std::string(R"({"command":"trace_start","user":")");
    EXPECT_FALSE(is_refused(longest + std::string(256, 'x') + "\"}"));
    EXPECT_TRUE(is_refused(longest + std::string(257, 'x') + "\"}"));
}

}  // namespace
}  // namespace sipha::admin
