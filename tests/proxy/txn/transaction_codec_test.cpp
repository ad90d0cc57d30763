#include "proxy/txn/transaction_codec.hpp"

#include <gtest/gtest.h>

#include <random>

#include "proxy/txn/transaction.pb.h"
#include "tests/support/sip_text.hpp"

namespace sipha::txn {
namespace {

using namespace std::chrono_literals;
using kind = transaction_state::kind;

transaction_state server_state() {
    transaction_state out;
    out.what = kind::non_invite_server;
    out.machine = {1, 250ms, 500ms, std::nullopt};
    out.key = std::string("key\0\xff", 5);
    out.message = "SIP/2.0 100 Trying\r\n\r\n";
    out.owner = ~std::uint64_t{0};
    out.to = {65535, test::at("tls:[2001:db8::1]:65535"), 1ULL << 63};
    return out;
}

transaction_state client_state() {
    transaction_state out;
    out.what = kind::invite_client;
    out.machine = {4, std::nullopt, {}, 0ms};
    out.message = "INVITE";
    out.cancel = snapshot{2, std::nullopt, {}, 5s};
    out.cancel_request = "CANCEL";
    out.to = test::hop_to("udp:192.0.2.1:0");
    return out;
}

TEST(TransactionCodec, EveryFieldComesBack) {
    for (const auto& one : {server_state(), client_state()}) {
        EXPECT_EQ(decode_transaction(encode_transaction(one)), one);
    }
}

TEST(TransactionCodec, DurationsAreRoundedUpAndNeverBeyondTheLongestTimer) {
    auto state = server_state();
    state.machine = {1, 1ns, 1001ns, 400h};
    const auto got = decode_transaction(encode_transaction(state));
    ASSERT_TRUE(got);
    EXPECT_EQ(got->machine.retransmit_in, 1us);
    EXPECT_EQ(got->machine.interval, 2us);
    EXPECT_EQ(got->machine.expires_in, 2h);
    wire::transaction record;
    ASSERT_TRUE(record.ParseFromString(encode_transaction(state)));
    record.mutable_machine()->set_expires_in_us(~std::uint64_t{0});
    EXPECT_EQ(decode_transaction(record.SerializeAsString())->machine.expires_in, 2h);
}

TEST(TransactionCodec, WhatNoTransactionCanBeIsRefused) {
    struct row {
        const char* claim;
        void (*spoil)(wire::transaction&);
    };
    const row rows[] = {
        {"an unknown kind", [](auto& r) { r.set_kind(4); }},
        {"an unknown state", [](auto& r) { r.mutable_machine()->set_state(5); }},
        {"a transport too many", [](auto& r) { r.set_transport(100); }},
        {"a port too large", [](auto& r) { r.set_port(65536); }},
        {"a listener too large", [](auto& r) { r.set_listener(65536); }},
        {"no address", [](auto& r) { r.clear_ip(); }},
        {"an address of five octets", [](auto& r) { r.set_ip("12345"); }},
        {"a server without a key", [](auto& r) { r.set_kind(0), r.clear_key(); }},
        {"a client with a key", [](auto& r) { r.set_key("k"); }},
        {"a CANCEL of a server",
         [](auto& r) {
             r.set_kind(0);
             r.set_key("k");
         }},
        {"a CANCEL of a MESSAGE", [](auto& r) { r.set_kind(3); }},
        {"a CANCEL in an unknown state", [](auto& r) { r.mutable_cancel()->set_state(9); }},
        {"a CANCEL without its machine", [](auto& r) { r.clear_cancel(); }},
        {"a key too long",
         [](auto& r) {
             r.set_kind(0);
             r.set_key(std::string(max_saved_key_bytes + 1, 'k'));
             r.clear_cancel();
             r.clear_cancel_request();
         }},
        {"a message too long",
         [](auto& r) { r.set_message(std::string(max_saved_message_bytes + 1, 'm')); }},
        {"a CANCEL too long",
         [](auto& r) { r.set_cancel_request(std::string(max_saved_message_bytes + 1, 'm')); }},
    };
    wire::transaction good;
    ASSERT_TRUE(good.ParseFromString(encode_transaction(client_state())));
    for (const auto& [claim, spoil] : rows) {
        auto record = good;
        spoil(record);
        EXPECT_FALSE(decode_transaction(record.SerializeAsString())) << claim;
    }
    // At the limits all is well.
    good.set_message(std::string(max_saved_message_bytes, 'm'));
    good.set_cancel_request(std::string(max_saved_message_bytes, 'm'));
    EXPECT_TRUE(decode_transaction(good.SerializeAsString()));
    auto server = server_state();
    server.key.assign(max_saved_key_bytes, 'k');
    EXPECT_TRUE(decode_transaction(encode_transaction(server)));
}

TEST(TransactionCodec, CutAndAlteredRecordsEndInAResult) {
    const auto whole = encode_transaction(client_state());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        decode_transaction(std::string_view(whole).substr(0, size));
    }
    std::mt19937 draw(1);
    for (int i = 0; i < 20'000; ++i) {
        auto altered = whole;
        altered[draw() % altered.size()] = static_cast<char>(draw());
        if (const auto got = decode_transaction(altered)) {
            EXPECT_EQ(decode_transaction(encode_transaction(*got)), got);
        }
    }
}

TEST(TransactionCodec, FieldsOfANewerNodeArePassedOver) {
    const auto state = server_state();
    EXPECT_EQ(decode_transaction(encode_transaction(state) + "\xf8\x01\x05"), state);
}

}  // namespace
}  // namespace sipha::txn
