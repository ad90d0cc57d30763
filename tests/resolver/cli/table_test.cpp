#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "resolver/cli/report.hpp"

namespace sipha::resolver::cli {
namespace {

using namespace std::chrono_literals;

candidate place(const char* ip, transport via, const char* host) {
    candidate out;
    out.ip = *address::parse(ip);
    out.port = 5060;
    out.transport = via;
    out.srv_target = host;
    out.rank = {10, 50, 20, 0, 0};
    return out;
}

struct LocateTable : testing::Test {
    LocateTable() {
        result.candidates = {
            place("192.0.2.1", transport::udp, "h1.ex"), place("2001:db8::1", transport::tcp, "")};
        result.candidates[0].expires = now + 59500ms;
        result.steps.resize(2);
        result.steps[0].depth = 1;
        result.steps[0].text = "a rule";
        result.steps[1].kind = step_kind::candidate;
        result.steps[1].text = "a candidate";
    }
    report with(std::vector<probe_result> probes) const {
        return {"sip:ex", {}, result, now, std::move(probes)};
    }
    time_point now{1000s};
    lookup_result result;
};

TEST_F(LocateTable, HasOneLineForEachCandidate) {
    result.steps.clear();
    EXPECT_EQ(
        table_of(with({}), text_style::plain),
        "#  transport  address             target  naptr  priority  ttl\n"
        "1  udp        192.0.2.1:5060      h1.ex   10/50  20        59s\n"
        "2  tcp        [2001:db8::1]:5060  -       10/50  20        -\n"
    );
}

TEST_F(LocateTable, ShowsTheExplanationFirst) {
    EXPECT_TRUE(table_of(with({}), text_style::plain)
                    .starts_with("  rule: a rule\ncandidate: a candidate\n\n#"));
}

TEST_F(LocateTable, ShowsWhatTheProbesFound) {
    const auto text = table_of(
        with(
            {{probe_result::verdict::alive, 1234us, ""},
             {probe_result::verdict::dead, 0us, "refused"}}
        ),
        text_style::plain
    );
    EXPECT_NE(text.find("59s  alive 1.2ms\n"), std::string::npos) << text;
    EXPECT_NE(text.find("-    dead refused\n"), std::string::npos) << text;
    const auto unknown =
        table_of(with({{probe_result::verdict::unknown, 0us, "no-socket"}, {}}), text_style::plain);
    EXPECT_NE(unknown.find("unknown no-socket\n"), std::string::npos) << unknown;
}

TEST_F(LocateTable, OnlyATerminalGetsControlSequences) {
    const auto probed = with({{probe_result::verdict::alive, 1ms, ""}, {}});
    const auto plain = table_of(probed, text_style::plain);
    auto terminal = table_of(probed, text_style::terminal);
    EXPECT_EQ(plain.find('\x1b'), std::string::npos);
    EXPECT_NE(terminal.find("\x1b[32malive"), std::string::npos);
    // Without them both say the same.
    for (auto at = terminal.find('\x1b'); at != std::string::npos; at = terminal.find('\x1b')) {
        terminal.erase(at, terminal.find('m', at) - at + 1);
    }
    EXPECT_EQ(terminal, plain);
}

TEST_F(LocateTable, NothingFoundIsNoTable) {
    result = {};
    EXPECT_EQ(table_of(with({}), text_style::plain), "");
}

TEST_F(LocateTable, JsonHoldsTheProbesOnlyWhenTheyRan) {
    EXPECT_EQ(json_of(with({})).find("probe"), std::string::npos);
    const auto text = json_of(with(
        {{probe_result::verdict::alive, 1234us, ""},
         {probe_result::verdict::unknown, 0us, "no-socket"}}
    ));
    EXPECT_NE(text.find(R"("probe":{"alive":true,"rtt_us":1234,"cause":""})"), std::string::npos)
        << text;
    EXPECT_NE(
        text.find(R"("probe":{"alive":null,"rtt_us":null,"cause":"no-socket"})"), std::string::npos
    ) << text;
}

TEST_F(LocateTable, JsonGivesAStepTheFieldsOfItsKind) {
    result.steps.resize(1);
    auto& step = result.steps[0];
    step.kind = step_kind::draw;
    step.name = "h1.ex";
    step.draw = draw_values{10, 60, 5060, 7, 80};
    EXPECT_NE(
        json_of(with({})).find(
            R"({"depth":1,"kind":"draw","text":"a rule","name":"h1.ex",)"
            R"("draw":{"priority":10,"weight":60,"port":5060,"drawn":7,"total":80}})"
        ),
        std::string::npos
    );
    step = {};
    step.kind = step_kind::answer;
    step.type = record_type::srv;
    step.ttl_s = 60;
    step.values = {"10 60 5060 h1.ex"};
    EXPECT_NE(
        json_of(with({})).find(R"("type":"SRV","ttl_s":60,"values":["10 60 5060 h1.ex"]})"),
        std::string::npos
    );
}

}  // namespace
}  // namespace sipha::resolver::cli
