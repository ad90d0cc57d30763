#include "resolver/src/probe_text.hpp"

#include <gtest/gtest.h>

#include <string>

#include "resolver/src/draw.hpp"
#include "tests/resolver/support/places.hpp"

namespace sipha::resolver::detail {
namespace {

using std::chrono::seconds;

probe ask(transport over, std::string domain) {
    probe what;
    what.target = test::place(1, 1, over);
    what.domain = std::move(domain);
    return what;
}

TEST(ProbeText, OptionsHasEveryHeaderARequestNeeds) {
    const auto names = make_probe_names(7, 1);
    const auto text = make_options(ask(transport::udp, "example.com"), names, "192.0.2.9:40000");
    EXPECT_TRUE(text.starts_with("OPTIONS sip:example.com SIP/2.0\r\n")) << text;
    EXPECT_TRUE(text.ends_with("\r\nContent-Length: 0\r\n\r\n")) << text;
    for (const auto& line :
         {"Via: SIP/2.0/UDP 192.0.2.9:40000;rport;branch=" + names.branch,
          std::string("Max-Forwards: 0"),
          "From: <sip:example.com>;tag=" + names.tag,
          std::string("To: <sip:example.com>"),
          "Call-ID: " + names.call_id,
          std::string("CSeq: 1 OPTIONS"),
          std::string("Contact: <sip:192.0.2.9:40000>")}) {
        EXPECT_NE(text.find("\r\n" + line + "\r\n"), std::string::npos) << line;
    }
    EXPECT_TRUE(names.branch.starts_with("z9hG4bK"));
}

TEST(ProbeText, TransportAndPlaceAreNamedWithoutADomain) {
    const auto text = make_options(ask(transport::tcp, ""), make_probe_names(7, 1), "[::1]:5");
    EXPECT_TRUE(text.starts_with("OPTIONS sip:192.0.2.1:5060 SIP/2.0\r\nVia: SIP/2.0/TCP [::1]:5;"))
        << text;
    EXPECT_TRUE(make_options(ask(transport::tcp, "2001:db8::1"), make_probe_names(7, 1), "a")
                    .starts_with("OPTIONS sip:[2001:db8::1] SIP/2.0\r\n"));
}

TEST(ProbeText, NamesDifferFromProbeToProbe) {
    EXPECT_NE(make_probe_names(7, 1).branch, make_probe_names(7, 2).branch);
    EXPECT_NE(make_probe_names(7, 1).branch, make_probe_names(8, 1).branch);
    EXPECT_EQ(make_probe_names(7, 1).call_id, make_probe_names(7, 1).call_id);
}

std::string response(const std::string& status, const std::string& more = {}) {
    return "SIP/2.0 " + status + "\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\n" + more + "\r\n";
}

TEST(ProbeText, AnyResponseWithTheBranchCounts) {
    for (const auto& status : {"100 Trying", "200 OK", "483 Too Many Hops", "699 X", "200"}) {
        const auto answer = read_probe_answer(response(status), "z9hG4bKx");
        ASSERT_TRUE(answer) << status;
        EXPECT_EQ(answer->status, std::stoi(status));
        EXPECT_FALSE(answer->retry_after);
    }
}

TEST(ProbeText, OtherTextIsNoAnswer) {
    EXPECT_FALSE(read_probe_answer(response("200 OK"), "z9hG4bKy"));
    for (const auto& text :
         {std::string{},
          std::string("\r\n\r\n"),
          std::string("SIP/2.0 "),
          std::string("SIP/2.0 20"),
          response("2x0 OK"),
          response("099 OK"),
          response("700 OK"),
          std::string("OPTIONS sip:a SIP/2.0\r\nVia: x;branch=z9hG4bKx\r\n\r\n"),
          std::string(100, '\0')}) {
        EXPECT_FALSE(read_probe_answer(text, "z9hG4bKx")) << text;
    }
}

// RFC 3261 20.33.
TEST(ProbeText, RetryAfterIsReadInEachForm) {
    const auto wait = [](const std::string& line) {
        return read_probe_answer(response("503 X", line), "z9hG4bKx")->retry_after;
    };
    EXPECT_EQ(wait("Retry-After: 120\r\n"), seconds(120));
    EXPECT_EQ(wait("retry-AFTER :5;duration=60\r\n"), seconds(5));
    EXPECT_EQ(wait("Retry-After: 18 (in a meeting)\r\n"), seconds(18));
    EXPECT_EQ(wait("Retry-After: 99999999999999999999\r\n"), seconds(86'400));
    EXPECT_EQ(wait("Retry-After: soon\r\n"), std::nullopt);
    EXPECT_EQ(wait("Retry-After:"), std::nullopt);
    EXPECT_EQ(wait("\r\nRetry-After: 7\r\n"), std::nullopt);  // body
}

// Any byte string ends in a result.
TEST(ProbeText, MutatedResponsesAreReadOrRefused) {
    const auto honest = response("503 X", "Retry-After: 12\r\nContact: <sip:a@b>\r\n");
    auto draw = keyed_draw(1, draw_key("mutate"));
    for (int turn = 0; turn < 20'000; ++turn) {
        auto text = honest;
        for (auto changes = draw.below(8); changes != 0; --changes) {
            text[draw.below(text.size())] = static_cast<char>(draw.below(256));
        }
        text.resize(draw.below(text.size() + 1));
        const auto answer = read_probe_answer(text, "z9hG4bKx");
        if (answer) {
            EXPECT_GE(answer->status, 100);
            EXPECT_LE(answer->status, 699);
            EXPECT_LE(answer->retry_after.value_or(seconds(0)), seconds(86'400));
        }
    }
}

}  // namespace
}  // namespace sipha::resolver::detail
