// Who gets in: passwords, their replay, and what they prove.
#include "tests/proxy/cases/logins.hpp"

namespace sipha::proxy {
namespace {

TEST(ProxyCases, Case08_WithoutCredentialsEveryAlgorithmIsOfferedTheStrongestFirst) {
    // RFC 3261 16.3 step 6, 22.3; RFC 8760 2.4.
    node_world world(1, with_passwords);
    log_in(world, bob);
    std::vector<sent> out;
    ASSERT_EQ(exchange(world, alice.from, alice.request("INVITE", bob.uri(), 1), out), "407");
    const auto challenges = parsed(out[0].text).values(sip::header_id::proxy_authenticate);
    ASSERT_FALSE(challenges.empty());
    std::string algorithms;
    const parsed challenged(out[0].text);
    for (const auto& field : challenged->headers()) {
        if (field.id == sip::header_id::proxy_authenticate) {
            const std::string value(field.value);
            EXPECT_TRUE(value.starts_with("Digest realm=\"example.org\",nonce=\"")) << value;
            EXPECT_NE(value.find("qop=\"auth\""), std::string::npos);
            const auto at = value.find("algorithm=") + 10;
            algorithms += value.substr(at, value.find(',', at) - at) + ' ';
        }
    }
    EXPECT_EQ(algorithms, "SHA-512-256 SHA-256 MD5 ");
    EXPECT_EQ(exchange(world, bob.from, bob.registration(5)), "401");
}

TEST(ProxyCases, Case09_AWrongNonceIsStaleAndACountIsGoodOnce) {
    // RFC 7616 3.3, 3.4, 5.5.
    node_world world(1, with_passwords);
    login in(alice, alice.registration(1));
    ASSERT_EQ(in.ask(world), "401");
    const auto good = in.answer.nonce;
    in.answer.nonce = "of somebody else";
    std::vector<sent> out;
    ASSERT_EQ(exchange(world, alice.from, in.signed_request(), out), "401");
    EXPECT_NE(out[0].text.find(",stale=true"), std::string::npos);
    in.answer.nonce = good;
    in.answer.password = "wrong";
    ASSERT_EQ(exchange(world, alice.from, in.signed_request(), out), "401");
    EXPECT_EQ(out[0].text.find("stale"), std::string::npos) << "the password was wrong";
    in.answer.password = "secret of alice";
    EXPECT_EQ(in.send(world), "200");
    ASSERT_EQ(exchange(world, alice.from, in.signed_request(), out), "401") << "the count was used";
    in.answer.nc = "00000002";
    in.request.cseq = 9;
    EXPECT_EQ(in.send(world), "200");
    world.pass(301s);
    in.answer.nc = "00000003";
    in.request.cseq = 10;
    ASSERT_EQ(exchange(world, alice.from, in.signed_request(), out), "401");
    EXPECT_NE(out[0].text.find(",stale=true"), std::string::npos) << "too old";
}

TEST(ProxyCases, Case10_OwnCredentialsAreTakenOutAndOthersStay) {
    // RFC 3261 22.3.
    node_world world(1, with_passwords);
    log_in(world, bob);
    login call(alice, alice.request("INVITE", bob.uri(), 1));
    const std::string foreign = "Proxy-Authorization: Digest realm=\"example.net\", x=y";
    call.request.headers.push_back(foreign);
    ASSERT_EQ(call.ask(world), "407");
    std::vector<sent> out;
    exchange(world, alice.from, call.signed_request(), out);
    const auto invites = of_kind(out, "INVITE");
    ASSERT_EQ(invites.size(), 1u);
    EXPECT_NE(invites[0].text.find(foreign + "\r\n"), std::string::npos);
    EXPECT_EQ(invites[0].text.find("realm=\"example.org\""), std::string::npos);
    EXPECT_EQ(parsed(invites[0].text)->count(sip::header_id::proxy_authorization), 1u);
}

TEST(ProxyCases, Case90_AFullNodeRefusesNewWorkAndNothingElse) {
    // RFC 3261 21.5.4.
    node_world world(1);
    enroll(world, 1, bob);
    call one(world, 1, alice, 1, bob);
    one.set_up();
    auto ringing = stranger.request("INVITE", bob.uri(), 7);
    ASSERT_EQ(
        kinds(of_kind((world.receive(1, stranger.from, ringing.text()), world.take(1)), "INVITE")),
        "INVITE"
    );
    world.load(1, {1.0, 1.0});
    std::vector<sent> out;
    for (const auto* method : {"INVITE", "SUBSCRIBE", "MESSAGE"}) {
        ASSERT_EQ(exchange(world, alice.from, alice.request(method, bob.uri(), 50), out), "503");
        const auto delay = parsed(out[0].text).value(sip::header_id::retry_after);
        EXPECT_TRUE(delay >= "1" && delay <= "5" && delay.size() == 1) << delay;
    }
    EXPECT_EQ(exchange(world, bob.from, bob.registration(51)), "503");
    // What belongs to a call goes on: ACK, BYE, re-INVITE, CANCEL, and a ping.
    one.send_from_caller("ACK");
    one.send_from_callee("INFO");
    one.send_from_caller("BYE");
    auto cancel = ringing;
    cancel.method = "CANCEL";
    EXPECT_EQ(
        of_kind((world.receive(1, stranger.from, cancel.text()), world.take(1)), "200").size(), 1u
    );
    EXPECT_EQ(exchange(world, alice.from, alice.request("OPTIONS", "sip:example.org", 60)), "200");
    world.load(1, {0.0, 0.5});
    EXPECT_EQ(exchange(world, bob.from, bob.registration(52)), "200");
    EXPECT_GT(world.node(1).gate().counters().refused_overload, 0u);
}

TEST(GuardCases, A1_A2_ANonceIsGoodOnEveryNodeAndAChangedOneNowhere) {
    node_world world(2, with_passwords);
    login in(alice, alice.registration(1));
    ASSERT_EQ(in.ask(world, 1), "401");
    const auto good = in.answer.nonce;
    in.answer.nonce[5] = in.answer.nonce[5] == 'A' ? 'B' : 'A';
    EXPECT_EQ(in.send(world, 2), "401");
    in.answer.nonce = good;
    EXPECT_EQ(in.send(world, 2), "200");
    EXPECT_EQ(in.send(world, 2), "401") << "the count was used";
}

TEST(GuardCases, A2_ACountUsedAtOneNodeIsUsedAtTheOthers) {
    node_world world(2, with_passwords);
    login in(alice, alice.registration(1));
    ASSERT_EQ(in.ask(world, 1), "401");
    ASSERT_EQ(in.send(world, 1), "200");
    EXPECT_EQ(in.send(world, 2), "401");
    in.answer.nc = "00000002";
    in.request.cseq = 20;
    EXPECT_EQ(in.send(world, 2), "200");
}

TEST(GuardCases, A3_CredentialsAreForOneMethodAndTarget) {
    node_world world(1, with_passwords);
    log_in(world, bob);
    login in(alice, alice.registration(1));
    ASSERT_EQ(in.ask(world), "401");
    auto stolen = alice.request("INVITE", bob.uri(), 3);
    stolen.headers.push_back("Proxy-Authorization: " + in.answer.value());
    EXPECT_EQ(exchange(world, alice.from, stolen), "400");
    auto elsewhere = in;
    elsewhere.request.via += 'x';
    elsewhere.answer.uri = "sip:example.net";
    EXPECT_EQ(elsewhere.send(world), "400");
    auto other_method = in;
    other_method.request.via += 'y';
    other_method.answer.method = "INVITE";
    EXPECT_EQ(other_method.send(world), "401");
    EXPECT_EQ(in.send(world), "200");
}

TEST(GuardCases, A4_UnknownUserAndWrongPasswordLookAlike) {
    node_world world(1, with_passwords);
    const auto answer_to = [&](const phone& who) {
        login in(who, who.registration(1));
        EXPECT_EQ(in.ask(world), "401");
        in.answer.password = "wrong";
        std::vector<sent> out;
        EXPECT_EQ(exchange(world, who.from, in.signed_request(), out), "401");
        std::string names = parsed(out[0].text).start_line();
        const parsed challenged(out[0].text);
        for (const auto& field : challenged->headers()) {
            names += '\n' + std::string(field.name);
        }
        EXPECT_EQ(out[0].text.find("stale"), std::string::npos);
        return names;
    };
    const sip::hop stream{1, test::at("tcp:192.0.2.10:5061"), 5};
    const phone somebody{"alice", stream, alice.address, "TCP"};
    const phone nobody{"nobody", stream, alice.address, "TCP"};
    EXPECT_EQ(answer_to(somebody), answer_to(nobody));
}

TEST(GuardCases, A5_NoBrokenAuthorizationGetsInAndTheNodeGoesOn) {
    node_world world(1, with_passwords);
    login in(alice, alice.registration(1));
    ASSERT_EQ(in.ask(world), "401");
    const auto good = in.answer.value();
    std::vector<std::string> values{
        "",
        "Digest",
        "Digest ",
        "Digest ,,,",
        "Basic x",
        "Digest username=\"alice\"",
        std::string(60'000, 'x'),
        "Digest " + std::string(60'000, '"'),
        "Digest realm=\"example.org\""};
    for (std::size_t i = 0; i < good.size(); i += 3) {
        values.push_back(good.substr(0, i));
        auto changed = good;
        changed[i] = changed[i] == '"' ? '\'' : '"';
        values.push_back(changed);
    }
    unsigned number = 10;
    const auto from = sip::hop{1, test::at("tcp:192.0.2.10:5061"), 5};
    for (const auto& value : values) {
        auto request = alice.registration(++number);
        request.headers.push_back("Authorization: " + value);
        const auto answer = exchange(world, from, request);
        EXPECT_TRUE(answer == "400" || answer == "401") << answer << ' ' << value.substr(0, 100);
    }
    EXPECT_EQ(in.send(world), "200");
}

TEST(GuardCases, H1_APasswordProvesOneUserOnly) {
    node_world world(1, with_passwords);
    login in(alice, alice.registration(1));
    in.request.to = "<sip:bob@example.org>";
    ASSERT_EQ(in.ask(world), "401");
    EXPECT_EQ(in.send(world), "403");
    EXPECT_EQ(world.node(1).location().size(), 0u);
    // RFC 3261 10.3: nobody is named.
    login nameless(alice, alice.registration(5));
    nameless.request.to = "<sip:example.org>";
    ASSERT_EQ(nameless.ask(world), "401");
    EXPECT_EQ(nameless.send(world), "403");
    // Nor may alice call as bob.
    log_in(world, bob);
    login call(alice, alice.request("INVITE", bob.uri(), 1));
    call.request.from = "<sip:bob@example.org>;tag=x";
    ASSERT_EQ(call.ask(world), "407");
    EXPECT_EQ(call.send(world), "403");
}

TEST(GuardCases, H2_AStrangerUnregistersNobody) {
    node_world world(1, with_passwords);
    log_in(world, bob);
    auto away = bob.registration(9, "0");
    away.headers[0] = "Contact: *";
    EXPECT_EQ(exchange(world, stranger.from, away), "401");
    EXPECT_EQ(world.node(1).location().size(), 1u);
    EXPECT_EQ(world.node(1).location().live_count("sip:bob@example.org", world.now().mono), 1u);
}

TEST(GuardCases, H2_AnOldRegisterChangesNothingOnAnyNode) {
    node_world world(2, with_passwords);
    login in(bob, bob.registration(10));
    ASSERT_EQ(in.ask(world, 1), "401");
    ASSERT_EQ(in.send(world, 1), "200");
    login old(bob, bob.registration(3, "0"));
    ASSERT_EQ(old.ask(world, 2), "401");
    EXPECT_EQ(old.send(world, 2), "500");
    EXPECT_EQ(world.node(2).location().live_count("sip:bob@example.org", world.now().mono), 1u);
}

}  // namespace
}  // namespace sipha::proxy
