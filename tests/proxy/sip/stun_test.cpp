#include "proxy/sip/stun.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sipha::sip {

namespace {

using namespace std::string_literals;

const auto transaction = "\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae"s;

std::string request(std::string attributes, char type = 1) {
    return "\x00"s + type + "\x00"s + static_cast<char>(attributes.size()) + "\x21\x12\xa4\x42"s +
           transaction + attributes;
}

endpoint source(std::string_view ip, std::uint16_t port) {
    return {transport::udp, *geo::ip_address::parse(ip), port};
}

/// RFC 5769 2.1: a request with SOFTWARE, PRIORITY, ICE-CONTROLLED, USERNAME, MESSAGE-INTEGRITY
/// and FINGERPRINT.
const auto sample_request =
    "\x00\x01\x00\x58\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae"
    "\x80\x22\x00\x10STUN test client"
    "\x00\x24\x00\x04\x6e\x00\x01\xff"
    "\x80\x29\x00\x08\x93\x2f\xf9\xb1\x51\x26\x3b\x36"
    "\x00\x06\x00\x09\x65\x76\x74\x6a\x3a\x68\x36\x76\x59\x20\x20\x20"
    "\x00\x08\x00\x14\x9a\xea\xa7\x0c\xbf\xd8\xcb\x56\x78\x1e\xf2\xb5\xb2\xd3\xf2\x49\xc1\xb5\x71"
    "\xa2"
    "\x80\x28\x00\x04\xe5\x7a\x3b\xcf"s;

}  // namespace

TEST(Stun, ABindingRequestIsAnsweredWithItsSource) {
    const auto asked = request("");
    ASSERT_TRUE(is_stun(asked));
    const auto answer = answer_stun(asked, source("192.0.2.1", 32853));
    ASSERT_TRUE(answer);
    // RFC 5769 2.2 has this very address: a1 47 is 32853, e1 12 a6 43 is 192.0.2.1.
    EXPECT_EQ(
        answer->bytes(),
        "\x01\x01\x00\x0c\x21\x12\xa4\x42"s + transaction +
            "\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43"s
    );
}

TEST(Stun, AnIpv6SourceIsMaskedWithTheTransactionToo) {
    const auto answer =
        answer_stun(request(""), source("2001:db8:1234:5678:11:2233:4455:6677", 32853));
    ASSERT_TRUE(answer);
    // RFC 5769 2.3
    EXPECT_EQ(
        answer->bytes().substr(20),
        "\x00\x20\x00\x14\x00\x02\xa1\x47\x01\x13\xa9\xfa\xa5\xd3\xf1\x79\xbc\x25\xf4\xb5\xbe\xd2\xb9\xd9"s
    );
}

TEST(Stun, TheFingerprintOfTheRfcSampleIsUnderstood) {
    ASSERT_TRUE(is_stun(sample_request));
    const auto answer = answer_stun(sample_request, source("192.0.2.1", 32853));
    ASSERT_TRUE(answer);
    // PRIORITY (RFC 8445) is an extension that a SIP server does not know: 420.
    EXPECT_EQ(answer->bytes().substr(0, 2), "\x01\x11"s);
    EXPECT_EQ(
        answer->bytes().substr(20, 16),
        "\x00\x09\x00\x04\x00\x00\x04\x14\x00\x0a\x00\x02\x00\x24\x00\x00"s
    );
    // The answer carries a FINGERPRINT of its own.
    EXPECT_EQ(answer->bytes().substr(36, 4), "\x80\x28\x00\x04"s);
    EXPECT_EQ(answer->size, 44U);
    EXPECT_EQ(answer->bytes()[3], 24);
}

TEST(Stun, AWrongFingerprintGetsNoAnswer) {
    auto changed = sample_request;
    changed[24] = 'X';
    ASSERT_TRUE(is_stun(changed));
    EXPECT_FALSE(answer_stun(changed, source("192.0.2.1", 1)));
}

TEST(Stun, AFingerprintMustBeTheLastAttribute) {
    const auto bare = request("");
    auto asked = sample_request + "\x80\x22\x00\x00"s;
    asked[3] = static_cast<char>(asked.size() - 20);
    ASSERT_TRUE(is_stun(asked));
    EXPECT_FALSE(answer_stun(asked, source("192.0.2.1", 1)));
}

TEST(Stun, IndicationsResponsesAndOtherMethodsGetNoAnswer) {
    EXPECT_FALSE(answer_stun(request("", '\x11'), source("192.0.2.1", 1)));
    EXPECT_FALSE(answer_stun(request("", '\x02'), source("192.0.2.1", 1)));
    auto response = request("");
    response[0] = 1;
    EXPECT_TRUE(is_stun(response));
    EXPECT_FALSE(answer_stun(response, source("192.0.2.1", 1)));
}

TEST(Stun, AnAttributeBeyondTheEndGetsNoAnswer) {
    EXPECT_FALSE(answer_stun(request("\x80\x22\x00\x05"s + "abcd"), source("192.0.2.1", 1)));
    EXPECT_FALSE(answer_stun(request("\x80\x22"s), source("192.0.2.1", 1)));
    EXPECT_TRUE(answer_stun(request("\x80\x22\x00\x04"s + "abcd"), source("192.0.2.1", 1)));
}

TEST(Stun, ManyUnknownAttributesMakeNoLargerAnswer) {
    std::string attributes;
    for (int i = 0; i < 20; ++i) {
        attributes += "\x7f"s + static_cast<char>(i) + "\x00\x00"s;
    }
    const auto answer = answer_stun(request(attributes), source("192.0.2.1", 1));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->size, 20U + 8 + 4 + 2 * max_stun_unknown_attributes);
    EXPECT_LT(answer->size, request(attributes).size());
}

TEST(Stun, OnlyWholeMessagesWithTheCookieAreStun) {
    EXPECT_FALSE(is_stun(request("").substr(0, 19)));
    EXPECT_FALSE(is_stun(request("") + "x"));
    EXPECT_FALSE(is_stun("OPTIONS sip:a@example.org SIP/2.0\r\n"));
    EXPECT_FALSE(is_stun(std::string(20, '\0')));
    EXPECT_FALSE(is_stun(""));
    auto longest = request("");
    longest.resize(max_stun_request_bytes);
    longest[2] = static_cast<char>((max_stun_request_bytes - 20) >> 8);
    longest[3] = static_cast<char>((max_stun_request_bytes - 20) & 0xff);
    EXPECT_TRUE(is_stun(longest));
    longest.push_back('\0');
    ++longest[3];
    EXPECT_FALSE(is_stun(longest));
}

}  // namespace sipha::sip
