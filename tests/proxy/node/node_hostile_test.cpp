// What strangers try with single messages: guessed branches, hops, characters that are no text.
#include <set>

#include "proxy/sip/via.hpp"
#include "tests/proxy/node/phones.hpp"

namespace sipha::proxy {
namespace {

/// A node through which alice calls bob, and the INVITE as bob gets it.
class ringing {
  public:
    ringing() : world(1) {
        enroll(world, 1, bob);
        world.receive(1, alice.from, alice.request("INVITE", bob.uri(), 1).text());
        invite = of_kind(world.take(1), "INVITE").at(0).text;
    }

    node_world world;
    std::string invite;
};

TEST(NodeHostile, SixtyFiveThousandGuessedBranchesAreWorthNothing) {
    // RFC 3261 8.1.1.7: a response finds its transaction by the branch alone, so that must not be
    // guessed. Here all is known but the last 20 of the 64 bits that sign it.
    ringing call;
    const auto ok = test::response_to(call.invite, 200);
    const auto at = ok.find("z9hG4bK") + 39 - 4;
    constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    const auto real = ok.substr(at, 4);
    auto guess = ok;
    std::uint64_t guesses = 0;
    for (std::size_t i = 0; i < 65'536; ++i) {
        for (std::size_t digit = 0; digit < 4; ++digit) {
            guess[at + digit] = alphabet[i * 7 >> digit * 5 & 31];
        }
        if (guess.compare(at, 4, real) != 0) {
            call.world.receive(1, stranger.from, guess);
            ++guesses;
        }
    }
    EXPECT_EQ(kinds(call.world.take(1)), "");
    // Most of the flood is not even read.
    const auto& node = call.world.node(1);
    EXPECT_GT(node.counters().dropped_forged_response, 1000U);
    EXPECT_EQ(
        node.counters().dropped_forged_response + node.gate().counters().dropped_rate, guesses
    );
    call.world.receive(1, bob.from, ok);
    EXPECT_EQ(kinds(call.world.take(1)), "200");
}

TEST(NodeHostile, AResponseToAnotherMethodOfABranchIsDropped) {
    // RFC 3261 17.1.3: branch and method of the CSeq.
    ringing call;
    auto answer = test::response_to(call.invite, 200);
    answer.replace(answer.find("1 INVITE"), 8, "1 BYE");
    call.world.receive(1, bob.from, answer);
    EXPECT_EQ(kinds(call.world.take(1)), "");
    EXPECT_EQ(call.world.node(1).counters().dropped_stray_response, 1u);
}

TEST(NodeHostile, OurBranchesAndTagsDifferFromCallToCall) {
    // RFC 3261 8.1.1.7 and 19.3.
    node_world world(1);
    enroll(world, 1, bob);
    std::set<std::string> seen;
    constexpr unsigned calls = 500;
    for (unsigned i = 1; i <= calls; ++i) {
        auto invite = alice.request("INVITE", bob.uri(), i);
        invite.call_id = "call-" + std::to_string(i);
        world.receive(1, alice.from, invite.text());
        const auto out = of_kind(world.take(1), "INVITE").at(0);
        const auto value = parsed(out.text).values(sip::header_id::via).at(0);
        seen.emplace(sip::parse_via(value)->branch);
        auto cancelled = stranger.request("INVITE", "sip:nobody@example.org", i);
        cancelled.call_id = invite.call_id;
        world.receive(1, stranger.from, cancelled.text());
        const auto refused = of_kind(world.take(1), "404").at(0);
        seen.insert(parsed(refused.text).value(sip::header_id::to));
    }
    EXPECT_EQ(seen.size(), 2 * calls);
}

TEST(NodeHostile, MaxForwardsIsANumberOfOneOctet) {
    // RFC 3261 16.3 step 3, 16.6 step 3, 20.22.
    struct row {
        const char* hops;
        const char* answer;
        const char* left;  ///< in the forwarded request
    };
    const row rows[] = {
        {"0", "483", ""},
        {"000", "483", ""},
        {"1", "100 INVITE", "0"},
        {"", "100 INVITE", "70"},
        {"255", "100 INVITE", "254"},
        {"256", "400", ""},
        {"4294967296", "400", ""},
        {"99999999999999999999999999", "400", ""},
        {"-1", "400", ""},
        {"+1", "400", ""},
        {"0x10", "400", ""},
        {"many", "400", ""},
        {"7 0", "400", ""},
        {"70;x", "400", ""},
    };
    for (const auto& [hops, answer, left] : rows) {
        SCOPED_TRACE(hops);
        node_world world(1);
        enroll(world, 1, bob);
        auto request = alice.request("INVITE", bob.uri(), 1);
        request.max_forwards = hops;
        world.receive(1, alice.from, request.text());
        const auto messages = world.take(1);
        ASSERT_EQ(kinds(messages), answer);
        if (*left != '\0') {
            EXPECT_EQ(parsed(messages[1].text).value(sip::header_id::max_forwards), left);
        }
    }
}

TEST(NodeHostile, WhatIsNoLineEndNeverBecomesOne) {
    // RFC 3261 7, 25.1: only CRLF ends a line; other control characters stand in quoted pairs. What
    // another reader might take for a header must not pass.
    using namespace std::string_view_literals;
    struct row {
        const char* claim;
        std::string_view line;
    };
    const row rows[] = {
        {"a bare LF", "Subject: a\nX-Evil: 1\r\n"sv},
        {"a bare CR", "Subject: a\rX-Evil: 1\r\n"sv},
        {"LF and CR", "Subject: a\n\rX-Evil: 1\r\n"sv},
        {"a NUL", "Subject: a\0b\r\n"sv},
        {"a NUL in a name", "Sub\0ject: a\r\n"sv},
        {"a vertical tab", "Subject: a\vb\r\n"sv},
        {"a form feed", "Subject: a\fb\r\n"sv},
        {"an escape", "Subject: a\x1b[2Jb\r\n"sv},
        {"a delete", "Subject: a\x7f\r\n"sv},
        {"a bare LF in a quoted string", "X-Q: \"a\nb\"\r\n"sv},
        {"no colon", "Subject\r\n"sv},
        {"no name", ": a\r\n"sv},
        {"a space in a name", "Sub ject: a\r\n"sv},
    };
    for (const auto& [claim, line] : rows) {
        SCOPED_TRACE(claim);
        node_world world(1);
        enroll(world, 1, bob);
        auto text = alice.request("INVITE", bob.uri(), 1).text();
        text.insert(text.find("Contact:"), line);
        world.receive(1, alice.from, text);
        EXPECT_EQ(kinds(world.take(1)), "");
        EXPECT_EQ(world.node(1).counters().dropped_unparsable, 1u);
        // In a response too.
        ringing call;
        auto answer = test::response_to(call.invite, 180);
        answer.insert(answer.find("To:"), line);
        call.world.receive(1, bob.from, answer);
        EXPECT_EQ(kinds(call.world.take(1)), "");
    }
}

TEST(NodeHostile, TheBodyIsNobodysBusiness) {
    // RFC 3261 16.6 step 1: any octets, as many as Content-Length says.
    node_world world(1);
    enroll(world, 1, bob);
    auto request = alice.request("MESSAGE", bob.uri(), 1);
    for (int octet = 0; octet < 256; ++octet) {
        request.body += static_cast<char>(octet);
    }
    world.receive(1, alice.from, request.text());
    const auto out = of_kind(world.take(1), "MESSAGE");
    ASSERT_EQ(out.size(), 1u);
    EXPECT_EQ(parsed(out[0].text)->body(), request.body);
}

TEST(NodeHostile, DuplicatedHeadersThatMustBeSingleAreRefusedOthersPass) {
    // RFC 3261 20: two readers may choose different ones.
    for (const auto* line :
         {"From: <sip:eve@example.org>;tag=x",
          "To: <sip:eve@example.org>",
          "Call-ID: another",
          "CSeq: 1 INVITE",
          "Max-Forwards: 70",
          "Content-Length: 0",
          "l: 0"}) {
        SCOPED_TRACE(line);
        node_world world(1);
        enroll(world, 1, bob);
        auto request = alice.request("INVITE", bob.uri(), 1);
        request.headers.emplace_back(line);
        world.receive(1, alice.from, request.text());
        EXPECT_EQ(kinds(world.take(1)), "400");
    }
    node_world world(1);
    enroll(world, 1, bob);
    auto request = alice.request("INVITE", bob.uri(), 1);
    request.headers.insert(request.headers.end(), {"Subject: a", "Subject: b", "X: 1", "x: 1"});
    world.receive(1, alice.from, request.text());
    const auto out = of_kind(world.take(1), "INVITE");
    ASSERT_EQ(out.size(), 1u);
    EXPECT_NE(out[0].text.find("Subject: a\r\nSubject: b\r\nX: 1\r\nx: 1\r\n"), std::string::npos);
}

}  // namespace
}  // namespace sipha::proxy
