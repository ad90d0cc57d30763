#include "proxy/admin/commands.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <chrono>
#include <string>

#include "tests/support/bindings.hpp"
#include "tests/support/sip_text.hpp"

namespace sipha::admin {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

proxy::node_options two_nodes() {
    proxy::node_options options;
    options.name = "ams1";
    options.domains = {"example.org"};
    options.listeners = {test::at("udp:10.0.0.1:5060")};
    options.registrar.allow_from = {*geo::ip_prefix::parse("192.0.2.0/24")};
    options.cluster.self = {1};
    options.cluster.cluster_name = "west";
    options.cluster.peers = {{{2}, "ams2"}};
    options.cluster.secret = "a secret of sixteen";
    options.ack = proxy::register_ack::none;
    options.epoch = 7;
    options.random_seed = "a seed";
    return options;
}

/// Notes what it is asked to do.
class fake_process : public control {
  public:
    void visit_counters(const counter_visitor& visit) const override {
        visit("udp_received", 5);
        visit("udp_sent", 18'446'744'073'709'551'615U);
    }
    process_status status() const override {
        process_status out;
        out.version = "0.1";
        out.uptime = 90s;
        out.flows_to_close = flows;
        out.restart_needed = {"listen"};
        return out;
    }
    reload_report reload() override { return report; }
    void drain(const drain_order& order) override { ordered = order; }
    void undo_drain() override { ++undone; }
    void set_log_level(proxy::log_level level) override { log_level = level; }

    std::size_t flows = 0;
    reload_report report;
    std::optional<drain_order> ordered;
    int undone = 0;
    proxy::log_level log_level = proxy::log_level::info;
};

class Commands : public testing::Test {
  protected:
    /// A phone registers over UDP.
    void put(const std::string& user, const std::string& more = "Expires: 600") {
        test::request_text request;
        request.method = "REGISTER";
        request.uri = "sip:example.org";
        request.via = "SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bK-" + user;
        request.from = "<sip:" + user + "@example.org>;tag=1";
        request.to = "<sip:" + user + "@example.org>";
        request.call_id = "call-" + user;
        request.headers = {"Contact: <sip:" + user + "@192.0.2.20>", more};
        const auto text = request.text();
        proxy::effects out;
        node_.step(now_, proxy::sip_received{test::hop_to("udp:192.0.2.20:5060"), text}, out);
        ASSERT_EQ(test::kinds(test::drain(out.messages)), "200") << text;
    }
    json::object ask(std::string_view request, access may = access::change) {
        const auto line = answer({now_, node_, process_, may}, request);
        EXPECT_EQ(line.find('\n'), std::string::npos);
        boost::system::error_code error;
        auto parsed = json::parse(line, error);
        EXPECT_FALSE(error) << line;
        return parsed.is_object() ? parsed.get_object() : json::object();
    }
    std::string error_of(std::string_view request) {
        const auto reply = ask(request);
        EXPECT_FALSE(reply.at("ok").as_bool());
        return std::string(reply.at("error").as_string());
    }

    timing::instant now_{test::epoch, 1'750'000'000'000};
    proxy::node node_{two_nodes()};
    fake_process process_;
};

TEST_F(Commands, StatusTellsWhoThisIsAndWhatItCounted) {
    put("bob");
    const auto reply = ask(R"({"command":"status"})");
    EXPECT_TRUE(reply.at("ok").as_bool());
    EXPECT_EQ(reply.at("node").as_int64(), 1);
    EXPECT_EQ(reply.at("name").as_string(), "ams1");
    EXPECT_FALSE(reply.at("ready").as_bool()) << "it waits for its peer";
    EXPECT_EQ(reply.at("bindings").as_int64(), 1);
    EXPECT_EQ(reply.at("server_transactions").as_int64(), 1);
    EXPECT_EQ(reply.at("totals").at("registers").as_int64(), 1);
    EXPECT_EQ(reply.at("totals").at("sip_requests").as_int64(), 1);
    EXPECT_EQ(reply.at("drops").at("unparsable").as_int64(), 0);
}

TEST_F(Commands, StatusCountsDropsByReason) {
    proxy::effects out;
    node_.step(now_, proxy::sip_received{test::hop_to("udp:192.0.2.20:5060"), "not SIP"}, out);
    EXPECT_EQ(ask(R"({"command":"status"})").at("drops").at("unparsable").as_int64(), 1);
}

TEST_F(Commands, StatusShowsTheShellApart) {
    const auto reply = ask(R"({"command":"status"})");
    EXPECT_EQ(reply.at("shell").at("udp_received").as_int64(), 5);
    EXPECT_EQ(reply.at("shell").at("udp_sent").as_uint64(), 18'446'744'073'709'551'615U);
    EXPECT_FALSE(reply.at("drops").as_object().contains("udp_received"));
}

TEST_F(Commands, LimitsAreShownWithTheirUse) {
    put("bob");
    const auto reply = ask(R"({"command":"limits"})");
    const auto& list = reply.at("limits").as_array();
    ASSERT_EQ(list.size(), 3U);
    EXPECT_EQ(list[0].at("key").as_string(), "limits.transactions");
    EXPECT_EQ(list[0].at("used").as_int64(), 1);
    EXPECT_EQ(list[0].at("limit").as_int64(), 200'000);
    EXPECT_EQ(list[1].at("key").as_string(), "limits.bindings");
    EXPECT_EQ(list[1].at("used").as_int64(), 1);
    const auto transactions = ask(R"({"command":"transactions"})");
    EXPECT_EQ(transactions.at("server").as_int64(), 1);
    EXPECT_EQ(transactions.at("unanswered").as_int64(), 0);
}

TEST_F(Commands, NodesBeginsWithThisOne) {
    const auto reply = ask(R"({"command":"nodes"})");
    const auto& list = reply.at("nodes").as_array();
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0].at("id").as_int64(), 1);
    EXPECT_EQ(list[0].at("state").as_string(), "self");
    EXPECT_EQ(list[0].at("epoch").as_int64(), 7);
    EXPECT_EQ(list[1].at("id").as_int64(), 2);
    EXPECT_EQ(list[1].at("name").as_string(), "ams2");
    EXPECT_EQ(list[1].at("state").as_string(), "unknown");
    EXPECT_FALSE(list[1].as_object().contains("in_sync")) << "nothing was heard of it";
    EXPECT_FALSE(list[1].as_object().contains("rtt_us"));
}

TEST_F(Commands, ContactsShowsWhereAPhoneIsReached) {
    put("bob");
    now_.mono += 100s;
    const auto reply = ask(R"({"command":"contacts"})");
    EXPECT_EQ(reply.at("total").as_int64(), 1);
    const auto& entry = reply.at("contacts").as_array().at(0);
    EXPECT_EQ(entry.at("aor").as_string(), "sip:bob@example.org");
    EXPECT_EQ(entry.at("contact").as_string(), "sip:bob@192.0.2.20");
    EXPECT_EQ(entry.at("expires_s").as_int64(), 500);
    EXPECT_EQ(entry.at("source").as_string(), "udp:192.0.2.20:5060");
    EXPECT_EQ(entry.at("reach").as_string(), "contact");
    EXPECT_EQ(entry.at("accepted_by").as_int64(), 1);
    EXPECT_EQ(entry.at("call_id").as_string(), "call-bob");
    EXPECT_EQ(entry.at("cseq").as_int64(), 1);
}

TEST_F(Commands, ContactsAreSortedAndCanBeChosen) {
    for (const auto* user : {"dan", "bob", "eve", "amy"}) {
        put(user);
    }
    const auto all = ask(R"({"command":"contacts"})").at("contacts").as_array();
    ASSERT_EQ(all.size(), 4U);
    EXPECT_EQ(all[0].at("aor").as_string(), "sip:amy@example.org");
    EXPECT_EQ(all[3].at("aor").as_string(), "sip:eve@example.org");

    const auto one = ask(R"({"command":"contacts","aor":"sip:dan@example.org"})");
    EXPECT_EQ(one.at("total").as_int64(), 1);
    EXPECT_EQ(one.at("contacts").at(0).at("aor").as_string(), "sip:dan@example.org");
    EXPECT_EQ(
        ask(R"({"command":"contacts","aor":"sip:nobody@example.org"})").at("total").as_int64(), 0
    );

    const auto two = ask(R"({"command":"contacts","limit":2})");
    EXPECT_EQ(two.at("total").as_int64(), 4) << "the total tells what the limit cut";
    ASSERT_EQ(two.at("contacts").as_array().size(), 2U);
    EXPECT_EQ(two.at("contacts").at(1).at("aor").as_string(), "sip:bob@example.org");
}

TEST_F(Commands, ExpiredContactsAreNotShown) {
    put("bob", "Expires: 60");
    now_.mono += 59s;
    EXPECT_EQ(ask(R"({"command":"contacts"})").at("total").as_int64(), 1);
    now_.mono += 1s;
    EXPECT_EQ(ask(R"({"command":"contacts"})").at("total").as_int64(), 0);
}

TEST_F(Commands, LimitHasLimits) {
    EXPECT_TRUE(ask(R"({"command":"contacts","limit":1})").at("ok").as_bool());
    EXPECT_TRUE(ask(R"({"command":"contacts","limit":10000})").at("ok").as_bool());
    for (const auto* wrong :
         {"0", "10001", "-1", "1.5", "\"5\"", "null", "[]", "18446744073709551615"}) {
        EXPECT_EQ(
            error_of(std::string(R"({"command":"contacts","limit":)") + wrong + "}"),
            "\"limit\" is not a number from 1 to 10000"
        ) << wrong;
    }
}

TEST_F(Commands, AddressOfRecordIsAString) {
    for (const auto* wrong : {"1", "null", "{}", "[\"sip:bob@example.org\"]"}) {
        EXPECT_NE(
            error_of(std::string(R"({"command":"contacts","aor":)") + wrong + "}")
                .find("\"aor\" is not a string"),
            std::string::npos
        );
    }
}

TEST_F(Commands, OctetsOfAPhoneNeverBreakTheAnswer) {
    put("bob", "User-Agent: T\xe9l\xe9phone \xff\"\\\x7f");
    const auto reply = ask(R"({"command":"contacts"})");
    EXPECT_EQ(
        reply.at("contacts").at(0).at("user_agent").as_string(),
        "T\xef\xbf\xbdl\xef\xbf\xbdphone \xef\xbf\xbd\"\\\x7f"
    );
}

TEST_F(Commands, UnknownCommandNamesTheKnownOnes) {
    for (const auto* wrong : {"reboot", "Status"}) {
        const auto error = error_of(std::string(R"({"command":")") + wrong + "\"}");
        EXPECT_TRUE(error.starts_with("unknown command; known are status, nodes,")) << error;
        EXPECT_NE(error.find("trace_start"), std::string::npos);
    }
}

TEST_F(Commands, HostileRequestsAreRefused) {
    const std::string deep(60'000, '[');
    const std::string_view requests[] = {
        "",
        " ",
        "status",
        "null",
        "[]",
        "{}",
        "{",
        "{\"command\":1}",
        "{\"command\":null}",
        "{\"command\":\"status\"",
        "{\"command\":\"status\"} x",
        "{\"Command\":\"status\"}",
        "{\"command\":\"\xff\"}",
        std::string_view("{\"command\":\"a\0\"}", 15),
        "\xff\xfe",
        deep,
        "{\"command\":[\"status\"]}"};
    for (const auto request : requests) {
        EXPECT_EQ(error_of(request), "the request is not a JSON object with a \"command\"")
            << request.substr(0, 80);
    }
}

}  // namespace
}  // namespace sipha::admin
