#include "proxy/sip/stream_codec.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace sipha::sip {

namespace {

using namespace std::string_literals;
using event = stream_codec::event;
using events = std::vector<std::pair<event, std::string>>;

const std::vector<std::string> anywhere;

endpoint peer(transport over) {
    return {over, *geo::ip_address::parse("192.0.2.9"), 5071};
}

/// A request that announces a body of `length`; "" leaves Content-Length out.
std::string request(std::string_view length, std::string_view method = "INVITE") {
    std::string out(method);
    out +=
        " sip:bob@example.org SIP/2.0\r\nVia: SIP/2.0/TCP 10.1.1.1;branch=z9hG4bK1;rport\r\n"
        "From: <sip:a@example.org>;tag=1\r\nTo: <sip:b@example.org>\r\nCall-ID: c\r\nCSeq: 1 ";
    out.append(method).append("\r\n");
    if (!length.empty()) {
        out.append("Content-Length: ").append(length).append("\r\n");
    }
    return out + "\r\n";
}

events read(stream_codec& codec, std::string_view bytes) {
    codec.push(bytes);
    events out;
    for (;;) {
        std::string_view text;
        const auto what = codec.next(text);
        if (what == event::need_more) {
            return out;
        }
        out.emplace_back(what, std::string(text));
        if (what == event::error || what == event::ended) {
            return out;
        }
    }
}

/// Status line and top Via of what a broken request is answered with.
std::string refusal(std::string_view text) {
    const auto codec = make_stream_codec(peer(transport::tcp), {2048, 100}, anywhere);
    const auto seen = read(*codec, text);
    if (seen.size() != 1 || seen[0].first != event::error) {
        return "no error";
    }
    return seen[0].second.substr(0, seen[0].second.find("\r\n"));
}

/// A masked text frame (the mask is zero).
std::string frame(std::string_view payload, char first = '\x81') {
    return first + ""s + static_cast<char>('\x80' | static_cast<char>(payload.size())) +
           std::string(4, '\0') + std::string(payload);
}

const auto opening =
    "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sip\r\n"
    "Sec-WebSocket-Version: 13\r\n\r\n"s;

}  // namespace

TEST(StreamCodec, MessagesAndPingsOfATcpStreamComeInOrder) {
    const auto codec = make_stream_codec(peer(transport::tcp), {}, anywhere);
    const events expected{{event::message, request("0")}, {event::pong, "\r\n"}};
    EXPECT_EQ(read(*codec, request("0") + "\r\n\r\nINV"), expected);
    EXPECT_TRUE(codec->is_inside_message());
    EXPECT_TRUE(codec->is_open());
    EXPECT_EQ(codec->header_for("x").size, 0U);
}

TEST(StreamCodec, WhatCannotBeFramedIsAnsweredFromItsHeaders) {
    EXPECT_EQ(refusal(request("100")), "no error");
    EXPECT_EQ(refusal(request("101")), "SIP/2.0 413 Request Entity Too Large");
    EXPECT_EQ(refusal(request("99999999999")), "SIP/2.0 400 Content-Length Missing Or Malformed");
    EXPECT_EQ(refusal(request("-1")), "SIP/2.0 400 Content-Length Missing Or Malformed");
    EXPECT_EQ(refusal(request("1x")), "SIP/2.0 400 Content-Length Missing Or Malformed");
    EXPECT_EQ(refusal(request("")), "SIP/2.0 400 Content-Length Missing Or Malformed");
    EXPECT_EQ(
        refusal(request("4\r\nContent-Length: 5")),
        "SIP/2.0 400 Content-Length Missing Or Malformed"
    );
    EXPECT_EQ(refusal(request("4\r\nl: 5")), "SIP/2.0 400 Content-Length Missing Or Malformed");
    auto endless = request("0");
    endless.resize(endless.size() - 2);
    endless += "Subject: " + std::string(3000, 'x');
    EXPECT_EQ(refusal(endless), "SIP/2.0 513 Message Too Large");
}

TEST(StreamCodec, ARefusalNamesTheSourceInTheVia) {
    const auto codec = make_stream_codec(peer(transport::tcp), {2048, 100}, anywhere);
    const auto seen = read(*codec, request("101"));
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_NE(seen[0].second.find(";rport=5071;received=192.0.2.9\r\n"), std::string::npos);
    EXPECT_NE(seen[0].second.find("To: <sip:b@example.org>;tag="), std::string::npos);
}

TEST(StreamCodec, AnAckAResponseAndNoiseGetNoAnswer) {
    EXPECT_EQ(refusal(request("101", "ACK")), "");
    EXPECT_EQ(refusal("SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP a\r\nl: 101\r\n\r\n"), "");
    EXPECT_EQ(refusal(std::string(3000, 'x')), "");
    EXPECT_EQ(refusal("A sip:b SIP/2.0\r\nl: 101\r\n\r\n"), "");
}

TEST(StreamCodec, AWebSocketOpensThenCarriesMessages) {
    const auto codec = make_stream_codec(peer(transport::ws), {}, anywhere);
    EXPECT_FALSE(codec->is_open());
    const auto seen = read(
        *codec,
        opening + frame("OPTIONS") + frame("\r\n\r\n") + frame("\r\n") + frame("hi", '\x89') +
            frame("again")
    );
    ASSERT_EQ(seen.size(), 5U);
    EXPECT_EQ(seen[0].first, event::answer);
    EXPECT_EQ(seen[0].second.substr(0, 12), "HTTP/1.1 101");
    EXPECT_EQ(seen[1], std::pair(event::message, "OPTIONS"s));
    EXPECT_EQ(seen[2], std::pair(event::pong, "\x81\x02\r\n"s));
    EXPECT_EQ(seen[3], std::pair(event::pong, "\x8a\x02hi"s));
    EXPECT_EQ(seen[4], std::pair(event::message, "again"s));
    EXPECT_TRUE(codec->is_open());
    EXPECT_EQ(codec->header_for("abc").bytes(), "\x81\x03");
    EXPECT_EQ(codec->farewell(), "\x88\x02\x03\xe9");
}

TEST(StreamCodec, AWebSocketMayOpenByteByByte) {
    const auto codec = make_stream_codec(peer(transport::wss), {}, anywhere);
    events all;
    for (const char byte : opening + frame("OPTIONS")) {
        for (auto& one : read(*codec, {&byte, 1})) {
            all.push_back(std::move(one));
        }
    }
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[1], std::pair(event::message, "OPTIONS"s));
}

TEST(StreamCodec, ACloseIsEchoedAndEnds) {
    const auto codec = make_stream_codec(peer(transport::ws), {}, anywhere);
    const auto seen = read(*codec, opening + frame("\x03\xe8 bye", '\x88') + frame("late"));
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[1], std::pair(event::ended, "\x88\x02\x03\xe8"s));
    EXPECT_EQ(codec->farewell(), "");
}

TEST(StreamCodec, AWrongFrameIsAnsweredWithItsCloseCode) {
    const auto codec = make_stream_codec(peer(transport::ws), {}, anywhere);
    const auto seen = read(*codec, opening + frame("a", '\x83'));
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[1], std::pair(event::error, "\x88\x02\x03\xea"s));
    EXPECT_FALSE(codec->error_text().empty());
}

TEST(StreamCodec, ThePortAnswersABrowserInHttp) {
    const auto codec = make_stream_codec(peer(transport::ws), {}, anywhere);
    const auto seen = read(*codec, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].first, event::error);
    EXPECT_EQ(seen[0].second.substr(0, 12), "HTTP/1.1 426");
}

}  // namespace sipha::sip
