// Transactions that go on in another table, under another clock.
#include <random>

#include "tests/proxy/txn/table_fixture.hpp"

namespace sipha::txn {
namespace {

using namespace std::chrono_literals;
using arrival = table::arrival;
using match = table::match;
using test::at;
using test::drain;
using test::kinds;
using test::sent;

constexpr auto shift = 777'777ms;  ///< the other node's clock

/// Saved, sent as bytes, and read again.
transaction_state carry(const transaction_state& what) {
    const auto read = decode_transaction(encode_transaction(what));
    EXPECT_TRUE(read);
    return read.value_or(transaction_state{});
}

std::vector<std::string> texts(sip::outbox& out) {
    std::vector<std::string> all;
    for (auto& one : drain(out)) {
        all.push_back(one.to.remote.to_string() + ' ' + one.text);
    }
    out.clear();
    return all;
}

/// The same transaction at two nodes; each step is done at both and compared.
class twins {
  public:
    twins() { other.now = first.now + shift; }

    void move_server(server_handle which) {
        server = which;
        const auto saved = first.transactions.save_server(first.now, which);
        ASSERT_TRUE(saved);
        other_server = other.transactions.restore(other.now, carry(*saved));
        ASSERT_NE(other_server, 0u);
    }
    void move_client(client_handle which) {
        client = which;
        const auto saved = first.transactions.save_client(first.now, which);
        ASSERT_TRUE(saved);
        other_client = other.transactions.restore(other.now, carry(*saved));
        ASSERT_NE(other_client, 0u);
    }
    void receive(const request_text& request) {
        EXPECT_EQ(first.receive(request).what, other.receive(request).what);
        compare();
    }
    void respond(int status, const request_text& to) {
        EXPECT_EQ(first.respond(server, status, to), other.respond(other_server, status, to));
        compare();
    }
    void receive_response(int status, const std::string& to) {
        const auto here = first.receive_response(status, to);
        const auto there = other.receive_response(status, to);
        EXPECT_EQ(here.what, there.what);
        EXPECT_EQ(here.branch, there.branch);
        compare();
    }
    void pass(timing::duration time) {
        first.pass(time);
        other.pass(time);
        compare();
    }
    void compare() {
        EXPECT_EQ(texts(first.out), texts(other.out));
        std::vector<table_event::kind> mine, theirs;
        for (const auto& event : first.take_events()) {
            mine.push_back(event.what);
        }
        for (const auto& event : other.take_events()) {
            theirs.push_back(event.what);
        }
        EXPECT_EQ(mine, theirs);
    }

    table_fixture first;
    table_fixture other{100, 2};
    server_handle server = 0;
    server_handle other_server = 0;
    client_handle client = 0;
    client_handle other_client = 0;
};

request_text request_of(std::string method) {
    request_text out;
    out.method = std::move(method);
    return out;
}

TEST(TableSnapshot, AServerGoesOnElsewhereFromEveryState) {
    const int statuses[] = {100, 180, 183, 200, 302, 404, 486, 503, 603};
    for (unsigned seed = 0; seed < 300; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 draw(seed);
        const auto request = request_of(draw() % 2 == 0 ? "INVITE" : "MESSAGE");
        auto ack = request;
        ack.method = "ACK";
        twins both;
        const auto which = both.first.receive(request).server;
        const auto random_step = [&](auto&& respond, auto&& receive, auto&& pass) {
            switch (draw() % 4) {
                case 0:
                    return respond(statuses[draw() % std::size(statuses)]);
                case 1:
                    return receive(request);
                case 2:
                    return receive(ack);
                default:
                    return pass(std::chrono::milliseconds(draw() % 9000));
            }
        };
        for (auto steps = draw() % 5; steps > 0; --steps) {
            random_step(
                [&](int status) { both.first.respond(which, status, request); },
                [&](const request_text& one) { both.first.receive(one); },
                [&](timing::duration time) { both.first.pass(time); }
            );
        }
        if (!both.first.transactions.save_server(both.first.now, which)) {
            continue;  // over before it could move
        }
        texts(both.first.out);
        both.first.take_events();
        both.move_server(which);
        both.compare();
        for (int i = 0; i < 8 && both.first.transactions.server_count() == 1; ++i) {
            random_step(
                [&](int status) { both.respond(status, request); },
                [&](const request_text& one) { both.receive(one); },
                [&](timing::duration time) { both.pass(time); }
            );
        }
        both.pass(70s);
        EXPECT_EQ(both.first.is_empty(), both.other.is_empty());
    }
}

TEST(TableSnapshot, AClientGoesOnElsewhereFromEveryState) {
    const int statuses[] = {100, 180, 200, 200, 404, 503, 603};
    for (unsigned seed = 0; seed < 300; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 draw(seed);
        twins both;
        const auto which = both.first.send(draw() % 2 == 0 ? "INVITE" : "MESSAGE");
        const auto request = both.first.sent;
        const bool is_cancelled = draw() % 2 == 0;
        for (auto steps = draw() % 4; steps > 0; --steps) {
            if (draw() % 2 == 0) {
                both.first.receive_response(statuses[draw() % std::size(statuses)], request);
            } else {
                both.first.pass(std::chrono::milliseconds(draw() % 9000));
            }
            if (is_cancelled) {
                both.first.transactions.cancel(both.first.now, which, {}, both.first.out);
            }
        }
        if (!both.first.transactions.save_client(both.first.now, which)) {
            continue;
        }
        texts(both.first.out);
        both.first.take_events();
        both.move_client(which);
        both.compare();
        for (int i = 0; i < 8 && both.first.transactions.client_count() == 1; ++i) {
            if (draw() % 2 == 0) {
                both.receive_response(statuses[draw() % std::size(statuses)], request);
            } else {
                both.pass(std::chrono::milliseconds(draw() % 9000));
            }
        }
    }
}

TEST(TableSnapshot, WhatIsHereAlreadyIsNotRestoredTwice) {
    twins both;
    const auto server = both.first.receive(request_of("INVITE")).server;
    const auto saved = both.first.transactions.save_server(both.first.now, server).value();
    EXPECT_EQ(both.first.transactions.restore(both.first.now, saved), 0u);
    EXPECT_NE(both.other.transactions.restore(both.other.now, saved), 0u);
    EXPECT_EQ(both.other.transactions.restore(both.other.now, saved), 0u);

    const auto client = both.first.send("INVITE");
    const auto sent = both.first.transactions.save_client(both.first.now, client).value();
    EXPECT_EQ(both.first.transactions.restore(both.first.now, sent), 0u);
    const auto adopted = both.other.transactions.restore(both.other.now, sent);
    EXPECT_NE(adopted, 0u);
    EXPECT_EQ(both.other.transactions.restore(both.other.now, sent), 0u);
    // When it has ended there, its branch is a foreign one again.
    both.other.transactions.abandon_client(adopted);
    EXPECT_EQ(both.other.receive_response(180, both.first.sent).what, match::foreign_node);
}

TEST(TableSnapshot, TheCancelOfAMovedInviteIsAnsweredThere) {
    twins both;
    const auto invite = request_of("INVITE");
    const auto which = both.first.receive(invite).server;
    both.first.respond(which, 180, invite);
    both.move_server(which);
    auto cancel = invite;
    cancel.method = "CANCEL";
    EXPECT_EQ(both.other.transactions.find_cancelled(*parsed(cancel)), both.other_server);
}

TEST(TableSnapshot, StatesThatNoTransactionHasAreRefused) {
    twins both;
    const auto server = both.first.receive(request_of("MESSAGE")).server;
    const auto good_server = both.first.transactions.save_server(both.first.now, server).value();
    both.first.send("INVITE");
    both.first.receive_response(180);
    const auto client = both.first.receive_response(180).client;
    both.first.transactions.cancel(both.first.now, client, {}, both.first.out);
    const auto good_client = both.first.transactions.save_client(both.first.now, client).value();
    ASSERT_TRUE(good_client.cancel);

    struct row {
        const char* claim;
        bool of_client;
        void (*spoil)(transaction_state&);
    };
    const row rows[] = {
        {"ended",
         false,
         [](auto& s) {
             s.machine = {3, {}, {}, {}};
         }},
        {"no such state", false, [](auto& s) { s.machine.state = 4; }},
        {"its last response is a request",
         false,
         [](auto& s) { s.message = request_text{}.text(); }},
        {"its last response is none", false, [](auto& s) { s.message = "x"; }},
        {"ended",
         true,
         [](auto& s) {
             s.machine = {4, {}, {}, {}};
         }},
        {"no timer where one must end it",
         true,
         [](auto& s) {
             s.machine = {2, {}, {}, {}};
         }},
        {"its request is a response", true, [](auto& s) { s.message = "SIP/2.0 200 OK\r\n\r\n"; }},
        {"its request has a branch of others",
         true,
         [](auto& s) { s.message = request_text{}.text(); }},
        {"its request is not an INVITE",
         true,
         [](auto& s) { s.what = transaction_state::kind::non_invite_client; }},
        {"its CANCEL is none", true, [](auto& s) { s.cancel_request = s.message; }},
        {"its CANCEL is another's",
         true,
         [](auto& s) {
             auto other = request_text{};
             other.method = "CANCEL";
             s.cancel_request = other.text();
         }},
    };
    for (const auto& [claim, of_client, spoil] : rows) {
        auto spoiled = of_client ? good_client : good_server;
        spoil(spoiled);
        EXPECT_EQ(both.other.transactions.restore(both.other.now, spoiled), 0u) << claim;
    }
    EXPECT_TRUE(both.other.is_empty());
    EXPECT_NE(both.other.transactions.restore(both.other.now, good_server), 0u);
    EXPECT_NE(both.other.transactions.restore(both.other.now, good_client), 0u);
}

TEST(TableSnapshot, AFullTableTakesNothingAndAReservationCannotBeSaved) {
    twins both;
    const auto server = both.first.receive(request_of("MESSAGE")).server;
    const auto saved = both.first.transactions.save_server(both.first.now, server).value();
    table_fixture full(1, 2);
    const auto reserved = full.transactions.reserve(sip::method::invite, 1);
    EXPECT_FALSE(full.transactions.save_client(full.now, reserved));
    EXPECT_EQ(full.transactions.restore(full.now, saved), 0u);
    full.transactions.abandon_client(reserved);
    EXPECT_NE(full.transactions.restore(full.now, saved), 0u);
}

}  // namespace
}  // namespace sipha::txn
