#include "tests/proxy/txn/table_fixture.hpp"

namespace sipha::txn {
namespace {

using namespace std::chrono_literals;
using fixture = table_fixture;
using arrival = table::arrival;
using kind = table_event::kind;
using match = table::match;
using test::at;
using test::drain;
using test::hop_to;
using test::kinds;
using test::parsed;
using test::request_text;
using test::response_to;

TEST(Table, ARetransmissionIsAbsorbedAndAnsweredAgain) {
    fixture with;
    const request_text invite;
    const auto first = with.receive(invite);
    EXPECT_EQ(first.what, arrival::fresh);
    EXPECT_EQ(with.receive(invite).what, arrival::absorbed);
    EXPECT_EQ(kinds(drain(with.out)), "") << "nothing to repeat yet";
    with.respond(first.server, 100, invite);
    with.respond(first.server, 180, invite);
    EXPECT_EQ(kinds(drain(with.out)), "100 180");
    const auto again = with.receive(invite);
    EXPECT_EQ(again.what, arrival::absorbed);
    EXPECT_EQ(again.server, first.server);
    EXPECT_EQ(kinds(drain(with.out)), "180") << "the last provisional response";
}

TEST(Table, RequestsMatchByBranchSentByAndMethod) {
    struct row {
        const char* claim;
        const char* method;
        const char* via;
        arrival what;
    };
    const row rows[] = {
        {"the same", "INVITE", "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-1", arrival::absorbed},
        {"another branch",
         "INVITE",
         "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-2",
         arrival::fresh},
        {"another sent-by",
         "INVITE",
         "SIP/2.0/UDP 192.0.2.11:5060;branch=z9hG4bK-1",
         arrival::fresh},
        {"another port", "INVITE", "SIP/2.0/UDP 192.0.2.10:5061;branch=z9hG4bK-1", arrival::fresh},
        {"a CANCEL", "CANCEL", "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-1", arrival::fresh},
        {"an ACK", "ACK", "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-1", arrival::absorbed},
        {"a stray ACK",
         "ACK",
         "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-2",
         arrival::unmatched_ack},
    };
    for (const auto& [claim, method, via, what] : rows) {
        fixture with;
        with.receive({});
        request_text request;
        request.method = method;
        request.via = via;
        EXPECT_EQ(with.receive(request).what, what) << claim;
    }
}

TEST(Table, ResponsesGoWhereTheViaSays) {
    struct row {
        const char* claim;
        const char* via;
        sip::hop from;
        const char* to;
    };
    const row rows[] = {
        {"rport: back to the source",
         "SIP/2.0/UDP 10.1.1.1:5070;rport;branch=z9hG4bK-1",
         hop_to("udp:192.0.2.10:1025"),
         "udp:192.0.2.10:1025"},
        {"no rport: source address, sent-by port",
         "SIP/2.0/UDP 10.1.1.1:5070;branch=z9hG4bK-1",
         hop_to("udp:192.0.2.10:1025"),
         "udp:192.0.2.10:5070"},
        {"no port at all",
         "SIP/2.0/UDP 10.1.1.1;branch=z9hG4bK-1",
         hop_to("udp:192.0.2.10:1025"),
         "udp:192.0.2.10:5060"},
        {"maddr is not honoured",
         "SIP/2.0/UDP 10.1.1.1;maddr=198.51.100.9;branch=z9hG4bK-1",
         hop_to("udp:192.0.2.10:1025"),
         "udp:192.0.2.10:5060"},
        {"a connection",
         "SIP/2.0/TCP 10.1.1.1:5070;branch=z9hG4bK-1",
         hop_to("tcp:192.0.2.10:1025", 7),
         "tcp:192.0.2.10:1025"},
    };
    for (const auto& [claim, via, from, to] : rows) {
        fixture with;
        request_text request;
        request.via = via;
        with.respond(with.receive(request, from).server, 100, request);
        const auto messages = drain(with.out);
        ASSERT_EQ(messages.size(), 1u);
        EXPECT_EQ(messages[0].to.remote.to_string(), to) << claim;
        EXPECT_EQ(messages[0].to.flow, from.flow) << claim;
        EXPECT_EQ(messages[0].token, 0u);
    }
}

TEST(Table, AnUnacknowledgedFailureIsRepeatedAndEnds) {
    fixture with;
    const request_text invite;
    const auto server = with.receive(invite).server;
    with.transactions.set_owner(server, 7);
    with.respond(server, 486, invite);
    EXPECT_FALSE(with.respond(server, 200, invite)) << "a second final response";
    drain(with.out);
    with.pass(2s);
    EXPECT_EQ(kinds(drain(with.out)), "486 486") << "Timer G at 0.5 and 1.5 s";
    with.pass(31s);
    EXPECT_EQ(with.count(kind::server_unacked), 1u);
    EXPECT_EQ(with.count(kind::server_ended), 1u);
    EXPECT_EQ(with.transactions.owner_of(server), 0u);
    EXPECT_TRUE(with.is_empty());
    EXPECT_EQ(with.transactions.next_deadline(), timing::never);
}

TEST(Table, AnAckStopsTheRepetition) {
    for (const auto* source : {"udp:192.0.2.10:5060", "tcp:192.0.2.10:5060"}) {
        fixture with;
        request_text invite;
        const auto server = with.receive(invite, hop_to(source)).server;
        with.respond(server, 486, invite);
        drain(with.out);
        invite.method = "ACK";
        EXPECT_EQ(with.receive(invite, hop_to(source)).what, arrival::absorbed);
        with.pass(60s);
        EXPECT_EQ(kinds(drain(with.out)), "");
        EXPECT_EQ(with.count(kind::server_unacked), 0u);
        EXPECT_EQ(with.count(kind::server_ended), 1u);
        EXPECT_TRUE(with.is_empty());
    }
}

TEST(Table, AfterA2xxMore2xxAndAcksPass) {
    // RFC 6026 7.1.
    fixture with;
    request_text invite;
    const auto server = with.receive(invite).server;
    with.respond(server, 200, invite);
    drain(with.out);
    EXPECT_EQ(with.receive(invite).what, arrival::absorbed);
    EXPECT_EQ(kinds(drain(with.out)), "") << "the callee repeats its 2xx by itself";
    EXPECT_TRUE(with.respond(server, 200, invite));
    EXPECT_EQ(kinds(drain(with.out)), "200");
    auto ack = invite;
    ack.method = "ACK";
    EXPECT_EQ(with.receive(ack).what, arrival::ack_for_2xx);
    with.pass(32s);
    EXPECT_FALSE(with.respond(server, 200, invite));
    EXPECT_TRUE(with.is_empty());
    EXPECT_EQ(with.count(kind::server_ended), 1u);
}

TEST(Table, ACancelFindsItsInvite) {
    fixture with;
    request_text request;
    const auto invite = with.receive(request).server;
    request.method = "CANCEL";
    EXPECT_EQ(with.transactions.find_cancelled(*parsed(request)), invite);
    request.via = "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-2";
    EXPECT_EQ(with.transactions.find_cancelled(*parsed(request)), 0u);
}

TEST(Table, ASlowNonInviteGetsItsTryingOnce) {
    // RFC 4320 4.1.
    fixture with;
    request_text message;
    message.method = "MESSAGE";
    const auto server = with.receive(message).server;
    with.pass(3499ms);
    EXPECT_FALSE(with.respond(server, 100, message));
    EXPECT_EQ(with.count(kind::server_trying_due), 0u);
    with.pass(1ms);
    EXPECT_EQ(with.count(kind::server_trying_due), 1u);
    EXPECT_TRUE(with.respond(server, 100, message));
    EXPECT_FALSE(with.respond(server, 408, message)) << "RFC 4320 4.2";
    EXPECT_TRUE(with.respond(server, 200, message));
    drain(with.out);
    EXPECT_EQ(with.receive(message).what, arrival::absorbed);
    EXPECT_EQ(kinds(drain(with.out)), "200");
    with.pass(32s);
    EXPECT_TRUE(with.is_empty());
    EXPECT_EQ(with.count(kind::server_ended), 1u);
    EXPECT_EQ(with.count(kind::server_trying_due), 1u);
}

TEST(Table, AbandonEndsWithoutAnAnswer) {
    fixture with;
    request_text message;
    message.method = "MESSAGE";
    const auto server = with.receive(message).server;
    with.transactions.abandon(server);
    with.transactions.abandon(server);
    EXPECT_EQ(with.count(kind::server_ended), 1u);
    EXPECT_TRUE(with.is_empty());
    EXPECT_EQ(with.receive(message).what, arrival::fresh) << "the key is free again";
    EXPECT_EQ(kinds(drain(with.out)), "");
}

TEST(Table, AFailureIsAcknowledgedHereEachTime) {
    fixture with;
    with.send("INVITE");
    drain(with.out);
    EXPECT_EQ(with.receive_response(486).what, match::pass_up);
    EXPECT_EQ(with.receive_response(486).what, match::absorbed);
    const auto acks = drain(with.out);
    ASSERT_EQ(kinds(acks), "ACK ACK");
    const parsed invite(with.sent);
    const parsed ack(acks[0].text);
    EXPECT_EQ(acks[0].to, peer);
    EXPECT_EQ(acks[0].token, 0u);
    EXPECT_EQ(sip::validate(*ack).status, 0);
    EXPECT_EQ(ack->request_uri(), invite->request_uri());
    EXPECT_EQ(ack.values(sip::header_id::via), invite.values(sip::header_id::via));
    EXPECT_EQ(ack.values(sip::header_id::route), invite.values(sip::header_id::route));
    EXPECT_EQ(ack.value(sip::header_id::to), "<sip:bob@example.org>;tag=callee");
    EXPECT_EQ(ack.value(sip::header_id::cseq), "1 ACK");
    with.pass(32s);
    EXPECT_EQ(with.count(kind::client_ended), 1u);
    EXPECT_TRUE(with.is_empty());
    EXPECT_EQ(with.receive_response(486).what, match::unknown);
}

TEST(Table, Every2xxPassesWithoutAnAck) {
    fixture with;
    with.send("INVITE");
    drain(with.out);
    for (int i = 0; i < 3; ++i) {
        const auto matched = with.receive_response(200);
        EXPECT_EQ(matched.what, match::pass_up);
        EXPECT_EQ(matched.owner, 42u);
        with.pass(10s);
    }
    EXPECT_EQ(with.receive_response(486).what, match::absorbed) << "too late for a failure";
    EXPECT_EQ(kinds(drain(with.out)), "");
    with.pass(2s);
    EXPECT_EQ(with.receive_response(200).what, match::unknown) << "Timer M";
    EXPECT_TRUE(with.is_empty());
    EXPECT_EQ(with.count(kind::client_ended), 1u);
}

TEST(Table, AnUnansweredInviteIsRepeatedThenTimesOut) {
    fixture with;
    const auto client = with.send("INVITE");
    const auto first = drain(with.out);
    EXPECT_EQ(first.at(0).token, client);
    with.pass(32s);
    EXPECT_EQ(kinds(drain(with.out)), "INVITE INVITE INVITE INVITE INVITE INVITE");
    EXPECT_EQ(with.count(kind::client_timed_out), 1u);
    EXPECT_EQ(with.count(kind::client_ended), 1u);
    EXPECT_TRUE(with.is_empty());
}

TEST(Table, ASendFailureEndsTheTransaction) {
    for (const auto* method : {"INVITE", "MESSAGE"}) {
        fixture with;
        const auto client = with.send(method);
        with.transactions.on_send_failed(client);
        with.transactions.on_send_failed(client);
        with.transactions.on_send_failed(0);
        with.transactions.on_send_failed(~0ULL);
        EXPECT_EQ(with.count(kind::client_failed), 1u);
        EXPECT_EQ(with.count(kind::client_ended), 1u);
        EXPECT_TRUE(with.is_empty());
    }
}

TEST(Table, AFailureOfALaterTransmissionIsIgnoredOnceItRings) {
    fixture with;
    const auto client = with.send("INVITE");
    with.receive_response(180);
    with.transactions.on_send_failed(client);
    EXPECT_EQ(with.count(kind::client_failed), 0u);
    EXPECT_TRUE(with.transactions.is_proceeding(client));
}

TEST(Table, OneCancelOnTheBranchOfItsInvite) {
    fixture with;
    const auto client = with.send("INVITE");
    drain(with.out);
    EXPECT_FALSE(with.transactions.cancel(with.now, client, {}, with.out)) << "RFC 3261 9.1";
    with.receive_response(100);
    EXPECT_TRUE(with.transactions.is_proceeding(client));
    EXPECT_TRUE(with.transactions.cancel(with.now, client, "Reason: SIP;cause=1\r\n", with.out));
    EXPECT_FALSE(with.transactions.cancel(with.now, client, {}, with.out));
    const auto cancels = drain(with.out);
    ASSERT_EQ(kinds(cancels), "CANCEL");
    const parsed invite(with.sent);
    const parsed cancel(cancels[0].text);
    EXPECT_EQ(sip::validate(*cancel).status, 0);
    EXPECT_EQ(cancel->request_uri(), invite->request_uri());
    EXPECT_EQ(cancel.values(sip::header_id::via), invite.values(sip::header_id::via));
    EXPECT_EQ(cancel.values(sip::header_id::route), invite.values(sip::header_id::route));
    EXPECT_EQ(cancel.value(sip::header_id::to), invite.value(sip::header_id::to));
    EXPECT_EQ(cancel.value(sip::header_id::cseq), "1 CANCEL");
    EXPECT_EQ(cancel.value(sip::header_id::reason), "SIP;cause=1");

    with.pass(600ms);
    EXPECT_EQ(kinds(drain(with.out)), "CANCEL") << "Timer E";
    EXPECT_EQ(with.receive_response(200, cancels[0].text).what, match::absorbed);
    with.pass(10s);
    EXPECT_EQ(kinds(drain(with.out)), "");
    // Long after the CANCEL's transaction is over the phone rings on.
    EXPECT_EQ(with.receive_response(180).what, match::pass_up);
    EXPECT_FALSE(with.transactions.cancel(with.now, client, {}, with.out)) << "once is enough";
    EXPECT_EQ(kinds(drain(with.out)), "");
    EXPECT_EQ(with.receive_response(487).what, match::pass_up);
    EXPECT_EQ(kinds(drain(with.out)), "ACK");
    with.pass(60s);
    EXPECT_TRUE(with.is_empty());
    EXPECT_EQ(with.count(kind::client_ended), 1u);
    EXPECT_EQ(with.count(kind::client_timed_out), 0u);
}

TEST(Table, ARingingInviteHasNoTimerAndCanBeAbandoned) {
    fixture with;
    const auto client = with.send("INVITE");
    with.receive_response(180);
    with.pass(1h);
    EXPECT_FALSE(with.is_empty());
    with.transactions.abandon_client(client);
    with.transactions.abandon_client(client);
    EXPECT_TRUE(with.is_empty());
    EXPECT_EQ(with.count(kind::client_ended), 1u);
    EXPECT_EQ(with.receive_response(200).what, match::unknown);
}

TEST(Table, ResponsesOfOthersAreToldApart) {
    fixture with;
    with.send("INVITE");
    const auto with_branch = [&](const std::string& branch, const char* method = "INVITE") {
        request_text request;
        request.method = method;
        request.via = "SIP/2.0/UDP 10.0.0.1:5060;branch=" + branch;
        return request.text();
    };
    const auto made_by = [](const crypto::mac& by, std::uint16_t node, std::uint32_t epoch) {
        std::string branch;
        branch_codec(by, node, epoch).append(branch, 1 << 24);
        return branch;
    };
    const crypto::mac other_key("another key, as long");
    struct row {
        const char* claim;
        std::string request;
        match what;
    };
    const row rows[] = {
        {"no branch of ours", with_branch("z9hG4bK-1"), match::forged},
        {"another cluster's", with_branch(made_by(other_key, 1, 1)), match::forged},
        {"another node's", with_branch(made_by(key, 2, 1)), match::foreign_node},
        {"of an earlier process", with_branch(made_by(key, 1, 2)), match::foreign_node},
        {"a transaction that never was",
         with_branch([] {
             std::string branch;
             branch_codec(key, 1, 1).append(branch, 99);
             return branch;
         }()),
         match::unknown},
        {"another method", with_branch(made_by(key, 1, 1), "BYE"), match::unknown},
        {"a CANCEL that we did not send",
         with_branch(made_by(key, 1, 1), "CANCEL"),
         match::unknown},
        {"ours", with_branch(made_by(key, 1, 1)), match::pass_up},
    };
    for (const auto& [claim, request, what] : rows) {
        EXPECT_EQ(with.receive_response(180, request).what, what) << claim;
    }
}

TEST(Table, BothSidesTogetherAreLimited) {
    fixture with(3);
    request_text request;
    EXPECT_EQ(with.receive(request).what, arrival::fresh);
    const auto client = with.send("MESSAGE");
    request.via = "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-2";
    EXPECT_EQ(with.receive(request).what, arrival::fresh);
    EXPECT_EQ(with.receive(request).what, arrival::absorbed) << "known ones are served";
    request.via = "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-3";
    EXPECT_EQ(with.receive(request).what, arrival::full);
    EXPECT_EQ(with.transactions.reserve(sip::method::invite, 1), 0u);
    request.method = "ACK";
    EXPECT_EQ(with.receive(request).what, arrival::unmatched_ack) << "an ACK needs no room";
    with.transactions.on_send_failed(client);
    request.method = "INVITE";
    EXPECT_EQ(with.receive(request).what, arrival::fresh);
}

TEST(Table, NothingIsLeftAfterManyTransactions) {
    fixture with;
    for (unsigned i = 0; i < 50; ++i) {
        request_text request;
        request.method = i % 2 == 0 ? "INVITE" : "MESSAGE";
        request.via = "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-" + std::to_string(i);
        const auto source = i % 3 == 0 ? "tcp:192.0.2.10:5060" : "udp:192.0.2.10:5060";
        const auto server = with.receive(request, hop_to(source)).server;
        with.respond(server, i % 5 == 0 ? 200 : 404, request);
        with.send(i % 2 == 0 ? "INVITE" : "MESSAGE", hop_to(source));
        if (i % 4 != 0) {
            with.receive_response(i % 7 == 0 ? 200 : 503);
        }
        with.pass(100ms);
    }
    with.pass(10min);
    EXPECT_TRUE(with.is_empty());
    EXPECT_EQ(with.transactions.next_deadline(), timing::never);
    EXPECT_EQ(with.count(kind::server_ended), 50u);
    EXPECT_EQ(with.count(kind::client_ended), 50u);
}

}  // namespace
}  // namespace sipha::txn
