// What is refused, and that those who behave do not notice.
#include "tests/proxy/cases/logins.hpp"

namespace sipha::proxy {
namespace {

TEST(GuardCases, H3_ContactsOfOneUserAreCapped) {
    node_world world(1);
    auto many = bob.registration(1);
    many.headers.clear();
    for (int i = 0; i < 100; ++i) {
        many.headers.push_back("Contact: <sip:bob@192.0.2.20:" + std::to_string(6000 + i) + '>');
    }
    EXPECT_EQ(exchange(world, bob.from, many), "403");
    EXPECT_EQ(world.node(1).location().size(), 0u) << "all or nothing";
    auto longest = bob.registration(2);
    longest.headers[0] = "Contact: <sip:" + std::string(1025, 'b') + "@192.0.2.20>";
    EXPECT_EQ(exchange(world, bob.from, longest), "400");
    enroll(world, 1, bob, 3);
}

TEST(GuardCases, M1_AStrangerGetsNoMoreOctetsThanItSent) {
    node_world world(1, with_passwords);
    for (const auto* method : {"OPTIONS", "INVITE", "REGISTER"}) {
        SCOPED_TRACE(method);
        const phone somebody{"nobody", hop_to("udp:203.0.113.7:5060"), "203.0.113.7:5060"};
        std::size_t received = 0;
        std::size_t answered = 0;
        for (unsigned i = 1; i <= 100; ++i) {
            const auto text = somebody.request(method, "sip:example.org", i).text();
            received += text.size();
            world.receive(1, somebody.from, text);
            world.pass(90ms);
            for (const auto& one : world.take(1)) {
                answered += one.text.size();
            }
        }
        world.pass(40s);
        EXPECT_EQ(kinds(world.take(1)), "") << "nothing is sent twice";
        EXPECT_LE(answered, received);
        EXPECT_GT(answered, 0u);
        EXPECT_EQ(world.node(1).transactions().server_count(), 0u);
    }
}

TEST(GuardCases, M2_AFloodTakesNothingFromOthers) {
    node_world world(1, [](node_options& options) { options.gate.messages = {100, 100}; });
    enroll(world, 1, alice);
    int answered = 0;
    for (unsigned i = 1; i <= 4000; ++i) {
        world.receive(1, stranger.from, stranger.request("OPTIONS", "sip:example.org", i).text());
        if (i % 40 == 0) {
            world.pass(2ms);  // 20,000 a second
            world.take(1);
            answered +=
                exchange(world, alice.from, alice.request("OPTIONS", "sip:example.org", i)) ==
                "200";
        }
    }
    EXPECT_EQ(answered, 100);
    EXPECT_GT(world.node(1).gate().counters().dropped_rate, 3500u);
}

TEST(GuardCases, M2_ABannedConnectionIsClosed) {
    node_world world(1, [](node_options& options) { options.gate.messages = {1, 1}; });
    const sip::hop loud{1, test::at("tcp:198.51.100.1:5061"), 9};
    EXPECT_EQ(exchange(world, loud, stranger.request("OPTIONS", "sip:example.org", 1)), "200");
    EXPECT_EQ(exchange(world, loud, stranger.request("OPTIONS", "sip:example.org", 2)), "");
    EXPECT_EQ(world.node(1).gate().counters().dropped_rate, 1u);
}

TEST(GuardCases, L1_MaxForwardsIsKeptWithinItsRange) {
    node_world world(1);
    enroll(world, 1, bob);
    const std::pair<const char*, const char*> rows[] = {
        {"0", "483"}, {"256", "400"}, {"99999999999", "400"}, {"-1", "400"}, {"many", "400"}};
    unsigned number = 0;
    for (const auto& [value, answer] : rows) {
        auto request = stranger.request("INVITE", bob.uri(), ++number);
        request.max_forwards = value;
        EXPECT_EQ(exchange(world, stranger.from, request), answer) << value;
        world.pass(11s);
    }
    auto request = stranger.request("INVITE", bob.uri(), ++number);
    request.max_forwards.clear();
    std::vector<sent> out;
    exchange(world, stranger.from, request, out);
    ASSERT_EQ(of_kind(out, "INVITE").size(), 1u);
    EXPECT_EQ(parsed(of_kind(out, "INVITE")[0].text).value(sip::header_id::max_forwards), "70");
}

TEST(GuardCases, O1_O2_NothingIsRelayedForStrangers) {
    for (const bool has_passwords : {false, true}) {
        SCOPED_TRACE(has_passwords);
        node_world world(1, [&](node_options& options) {
            options.groups = {route::default_group({"sip:192.0.2.99"})};
            options.policy.has_upstream = true;
            if (has_passwords) {
                with_passwords(options);
            }
        });
        const phone foreign{"mallory", stranger.from, stranger.address};
        struct row {
            const char* uri;
            std::vector<std::string> headers;
        };
        const row rows[] = {
            {"sip:victim@198.51.100.9", {}},
            {"sip:victim@example.net;maddr=10.0.0.1", {}},
            {"sip:victim@example.net;lr", {}},
            {"sip:+15550100@example.net", {"Route: <sip:10.0.0.1;lr>"}},
            {"sip:bob@example.org", {"Route: <sip:198.51.100.9;lr>"}},
            {"sip:bob@example.org", {"Route: <sip:10.0.0.1;lr>, <sip:198.51.100.9;lr>"}},
            {"sip:bob@example.org", {"Route: <sip:10.0.0.1;lr>", "Route: <sip:198.51.100.9>"}},
            {"sip:10.0.0.1;lr", {"Route: <sip:victim@198.51.100.9>"}},
        };
        unsigned number = 0;
        for (const auto& [uri, headers] : rows) {
            auto request = foreign.request("INVITE", uri, ++number);
            request.from = "<sip:mallory@example.net>;tag=m";
            request.headers = headers;
            world.receive(1, foreign.from, request.text());
            for (const auto& one : world.take(1)) {
                EXPECT_EQ(one.to.remote.ip, foreign.from.remote.ip) << uri << ' ' << one.text;
                EXPECT_TRUE(one.kind().starts_with("4")) << one.text;
            }
            world.pass(11s);
        }
    }
}

TEST(GuardCases, O1_WithPasswordsAnAddressGivesNoRights) {
    node_world world(1, [](node_options& options) {
        options.groups = {route::default_group({"sip:192.0.2.99"})};
        options.policy.has_upstream = true;
        with_passwords(options);
    });
    log_in(world, alice);
    auto call = alice.request("INVITE", "sip:+15550100@example.net", 5);
    EXPECT_EQ(exchange(world, alice.from, call), "407") << "alice must say who calls";
    call.cseq = 6;
    call.via += "b";
    call.from = "<sip:somebody@example.net>;tag=x";
    EXPECT_EQ(exchange(world, alice.from, call), "403") << "and nobody else calls from her phone";
    login good(alice, alice.request("INVITE", "sip:+15550100@example.net", 7));
    ASSERT_EQ(good.ask(world), "407");
    std::vector<sent> out;
    exchange(world, alice.from, good.signed_request(), out);
    EXPECT_EQ(kinds(of_kind(out, "INVITE")), "INVITE");
}

TEST(GuardCases, O3_AToTagProvesNothing) {
    node_world world(1, with_passwords);
    log_in(world, bob);
    for (const auto* method : {"INVITE", "BYE", "INFO"}) {
        auto request = stranger.request(method, "sip:victim@198.51.100.9", 3);
        request.from = "<sip:mallory@example.net>;tag=m";
        request.to = "<sip:victim@198.51.100.9>;tag=made-up";
        request.headers = {"Route: <sip:0123456789abcdef@10.0.0.1;lr>"};
        std::vector<sent> out;
        const auto answer = exchange(world, stranger.from, request, out);
        EXPECT_TRUE(answer == "403" || answer == "481") << method << ' ' << answer;
    }
}

TEST(GuardCases, O4_ResponsesNobodyAskedForAreDropped) {
    node_world world(1);
    for (const auto* host : {"198.51.100.9", "255.255.255.255", "224.0.0.1", "10.0.0.1"}) {
        for (const int status : {180, 200, 404}) {
            auto request = stranger.request("OPTIONS", "sip:x@example.net", 1);
            request.via = "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKmadeup\r\nVia: SIP/2.0/UDP " +
                          std::string(host) + ":5060;branch=z9hG4bKx";
            world.receive(1, stranger.from, test::response_to(request.text(), status));
            EXPECT_EQ(kinds(world.take(1)), "") << host;
        }
    }
    EXPECT_EQ(world.node(1).counters().dropped_forged_response, 12u);
}

TEST(GuardCases, O5_AStrayAckGoesNowhereAndACancelNeedsItsInvite) {
    node_world world(1);
    enroll(world, 1, bob);
    auto ack = stranger.request("ACK", bob.uri(), 1);
    EXPECT_EQ(exchange(world, stranger.from, ack), "");
    EXPECT_EQ(world.node(1).counters().dropped_stray_ack, 1u);
    EXPECT_EQ(exchange(world, stranger.from, stranger.request("CANCEL", bob.uri(), 2)), "481");
    auto invite = alice.request("INVITE", bob.uri(), 3);
    world.receive(1, alice.from, invite.text());
    world.take(1);
    auto cancel = stranger.request("CANCEL", bob.uri(), 3);
    cancel.call_id = invite.call_id;
    cancel.from = invite.from;
    EXPECT_EQ(exchange(world, stranger.from, cancel), "481") << "another branch";
}

TEST(GuardCases, AccessListsRefuseBeforeAnybodyIsAsked) {
    node_world world(1, [](node_options& options) {
        with_passwords(options);
        guard::access_rule rule;
        rule.networks = {*geo::ip_prefix::parse("198.51.100.0/24")};
        rule.methods = {"REGISTER"};
        options.gate.access.push_back(rule);
    });
    EXPECT_EQ(exchange(world, stranger.from, stranger.registration(1)), "403");
    EXPECT_EQ(exchange(world, alice.from, alice.registration(1)), "401");
}

TEST(GuardCases, APasswordGuesserIsBannedAndOthersAreNot) {
    node_world world(1, [](node_options& options) {
        with_passwords(options);
        options.gate.max_wrong_passwords = 5;
    });
    const phone guesser{
        "alice", {1, test::at("tcp:198.51.100.1:5061"), 3}, "198.51.100.1:5061", "TCP"};
    login in(guesser, guesser.registration(1));
    ASSERT_EQ(in.ask(world), "401");
    in.answer.password = "guess";
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(in.send(world), "401");
    }
    EXPECT_EQ(in.send(world), "");
    EXPECT_EQ(in.ask(world), "");
    EXPECT_EQ(world.node(1).gate().bans(world.now().mono).size(), 1u);
    log_in(world, bob);
    EXPECT_TRUE(world.node(1).lift_ban(world.now(), guesser.from.remote.ip));
    EXPECT_EQ(in.ask(world), "401");
}

TEST(GuardCases, AUsersRateLimitIsA503) {
    node_world world(1, [](node_options& options) { options.gate.registers_per_aor = {1, 2}; });
    enroll(world, 1, bob, 1);
    enroll(world, 1, bob, 2);
    std::vector<sent> out;
    EXPECT_EQ(exchange(world, bob.from, bob.registration(3), out), "503");
    EXPECT_NE(out[0].text.find("Retry-After: "), std::string::npos);
    enroll(world, 1, alice, 1);
    world.pass(2s);
    enroll(world, 1, bob, 4);
}

}  // namespace
}  // namespace sipha::proxy
