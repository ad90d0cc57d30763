#include "proxy/sip/ws_handshake.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sipha::sip {

namespace {

using state = ws_handshake::state;

const std::vector<std::string> anywhere;

/// The client's part of RFC 7118 4.1's example, without the line that contains `without`.
std::string opening(std::string_view without = {}, std::string_view more = {}) {
    std::string out = "GET / HTTP/1.1\r\n";
    for (const std::string_view line :
         {"Host: sip-ws.example.com",
          "Upgrade: websocket",
          "Connection: keep-alive, Upgrade",
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
          "Origin: http://www.example.com",
          "Sec-WebSocket-Protocol: chat, sip",
          "Sec-WebSocket-Version: 13"}) {
        if (without.empty() || line.find(without) == std::string_view::npos) {
            out.append(line).append("\r\n");
        }
    }
    return out.append(more).append("\r\n");
}

std::string status_of(const ws_handshake& outcome) {
    return outcome.response.substr(9, 3);
}

}  // namespace

TEST(WsHandshake, TheKeyOfTheRfcExampleIsProven) {
    EXPECT_EQ(ws_accept_of("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(WsHandshake, ASipClientIsLetIn) {
    const auto outcome = read_ws_handshake(opening() + "frames", anywhere);
    ASSERT_EQ(outcome.what, state::accepted);
    EXPECT_EQ(outcome.consumed, opening().size());
    EXPECT_EQ(
        outcome.response,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: sip\r\n\r\n"
    );
}

TEST(WsHandshake, EveryPartialRequestWaitsForMore) {
    const auto whole = opening();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        ASSERT_EQ(read_ws_handshake(whole.substr(0, size), anywhere).what, state::need_more);
    }
}

TEST(WsHandshake, APlainGetIsToldToUpgrade) {
    const auto outcome = read_ws_handshake("GET / HTTP/1.1\r\nHost: a\r\n\r\n", anywhere);
    ASSERT_EQ(outcome.what, state::refused);
    EXPECT_EQ(status_of(outcome), "426");
    EXPECT_NE(outcome.response.find("Upgrade: websocket\r\n"), std::string::npos);
}

TEST(WsHandshake, WhatIsMissingIsNamed) {
    const auto status_without = [](std::string_view part) {
        return status_of(read_ws_handshake(opening(part), anywhere));
    };
    EXPECT_EQ(status_without("Host"), "400");
    EXPECT_EQ(status_without("Upgrade: "), "426");
    EXPECT_EQ(status_without("Connection"), "426");
    EXPECT_EQ(status_without("Key"), "400");
    EXPECT_EQ(status_without("Protocol"), "400");
    EXPECT_EQ(status_without("Version"), "426");
    EXPECT_EQ(read_ws_handshake(opening("Origin"), anywhere).what, state::accepted);
}

TEST(WsHandshake, OnlyListedOriginsAreLetIn) {
    const std::vector<std::string> ours{"https://phone.example.com"};
    const std::vector<std::string> theirs{"http://WWW.example.com"};
    EXPECT_EQ(status_of(read_ws_handshake(opening(), ours)), "403");
    EXPECT_EQ(status_of(read_ws_handshake(opening("Origin"), ours)), "403");
    EXPECT_EQ(read_ws_handshake(opening(), theirs).what, state::accepted);
}

TEST(WsHandshake, WrongFormsAreRefused) {
    const auto status = [](std::string_view text) {
        return status_of(read_ws_handshake(text, anywhere));
    };
    EXPECT_EQ(status("POST / HTTP/1.1\r\nHost: a\r\n\r\n"), "405");
    EXPECT_EQ(status("GET / HTTP/1.0\r\nHost: a\r\n\r\n"), "426");
    EXPECT_EQ(status("OPTIONS sip:a@b SIP/2.0\r\nTo: a\r\n\r\n"), "400");
    EXPECT_EQ(status("GET /\r\n\r\n"), "400");
    EXPECT_EQ(status("\r\n\r\n"), "400");
    EXPECT_EQ(status(opening({}, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")), "400");
    EXPECT_EQ(status(opening({}, " folded: no\r\n")), "400");
    EXPECT_EQ(status(opening({}, "no colon\r\n")), "400");
    EXPECT_EQ(status(opening({}, std::string("x: \0y\r\n", 7))), "400");
    EXPECT_EQ(status(opening("Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j\r\n")), "400");
    EXPECT_EQ(status(opening("Version", "Sec-WebSocket-Version: 8\r\n")), "426");
}

TEST(WsHandshake, TheRequestIsBounded) {
    const std::string padding = "x: ";
    const auto room = max_ws_handshake_bytes - opening({}, padding + "\r\n").size();
    const auto longest = opening({}, padding + std::string(room, 'y') + "\r\n");
    ASSERT_EQ(longest.size(), max_ws_handshake_bytes);
    EXPECT_EQ(read_ws_handshake(longest, anywhere).what, state::accepted);
    const auto longer = opening({}, padding + std::string(room + 1, 'y') + "\r\n");
    EXPECT_EQ(status_of(read_ws_handshake(longer, anywhere)), "431");
}

}  // namespace sipha::sip
