#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "proxy/sip/message.hpp"

/// Messages that the tests of this folder share.
namespace sipha::sip::samples {

/// A message together with the bytes it points into.
struct parsed {
    explicit parsed(std::string_view text) : bytes(text), error(parse_message(bytes, view)) {}
    parsed(const parsed&) = delete;
    parsed& operator=(const parsed&) = delete;

    std::string bytes;
    message view;
    std::optional<parse_error> error;
};

/// One valid INVITE whose parts a test exchanges.
struct invite {
    std::string start = "INVITE sip:bob@example.com SIP/2.0\r\n";
    std::string vias =
        "Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKone;rport\r\n"
        "Via: SIP/2.0/TCP pc.example.com;branch=z9hG4bKtwo, SIP/2.0/TLS "
        "[2001:db8::1];branch=z9hG4bKthree\r\n";
    std::string max_forwards = "Max-Forwards: 70\r\n";
    std::string from = "From: \"Alice\" <sip:alice@example.com>;tag=a1\r\n";
    std::string to = "To: <sip:bob@example.com>\r\n";
    std::string call_id = "Call-ID: call@pc.example.com\r\n";
    std::string cseq = "CSeq: 7 INVITE\r\n";
    std::string more = "Contact: <sip:alice@192.0.2.1:5070>\r\n";
    std::string content_length = "Content-Length: 4\r\n";
    std::string body = "v=0\n";

    std::string text() const {
        return start + vias + max_forwards + from + to + call_id + cseq + more + content_length +
               "\r\n" + body;
    }
};

}  // namespace sipha::sip::samples
