#include "proxy/txn/keys.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sipha::txn {
namespace {

request_fields invite() {
    return {
        .method = "INVITE",
        .branch = "z9hG4bK776asdhds",
        .sent_by_host = "pc33.example.com",
        .sent_by_port = 5060,
        .request_uri = "sip:bob@example.com",
        .from_tag = "1928301774",
        .to_tag = "",
        .call_id = "a84b4c76e66710",
        .cseq = 314159,
        .top_via = "SIP/2.0/UDP pc33.example.com;branch=z9hG4bK776asdhds"};
}

request_fields old_invite() {
    auto request = invite();
    request.branch = "1";
    return request;
}

std::string key(const request_fields& request) {
    std::string out;
    return std::string(server_key(request, out));
}

std::string cancelled(const request_fields& request) {
    std::string out;
    return std::string(cancelled_invite_key(request, out));
}

using change = void (*)(request_fields&);

TEST(Rfc3261Branch, NeedsTheCookieInAnyCaseAndMore) {
    EXPECT_TRUE(is_rfc3261_branch("z9hG4bKx"));
    EXPECT_TRUE(is_rfc3261_branch("Z9HG4BKx"));
    EXPECT_FALSE(is_rfc3261_branch("z9hG4bK"));
    EXPECT_FALSE(is_rfc3261_branch("z9hG4b"));
    EXPECT_FALSE(is_rfc3261_branch("xz9hG4bKx"));
    EXPECT_FALSE(is_rfc3261_branch(""));
}

TEST(ServerKey, DependsOnBranchSentByAndMethod) {
    const change changes[] = {
        [](request_fields& r) { r.branch = "z9hG4bK776asdhdt"; },
        [](request_fields& r) { r.sent_by_host = "pc34.example.com"; },
        [](request_fields& r) { r.sent_by_port = 5061; },
        [](request_fields& r) { r.sent_by_port = 0; },
        [](request_fields& r) { r.method = "CANCEL"; },
        [](request_fields& r) { r.method = "invite"; },
    };
    std::set<std::string> keys{key(invite())};
    for (const auto& apply : changes) {
        auto request = invite();
        apply(request);
        EXPECT_TRUE(keys.insert(key(request)).second) << key(request);
    }
}

TEST(ServerKey, OfAnRfc3261BranchIgnoresEverythingElseAndLetterCase) {
    const change changes[] = {
        [](request_fields& r) { r.branch = "Z9HG4BK776ASDHDS"; },
        [](request_fields& r) { r.sent_by_host = "PC33.Example.COM"; },
        [](request_fields& r) { r.request_uri = "sip:x"; },
        [](request_fields& r) { r.from_tag = "x"; },
        [](request_fields& r) { r.to_tag = "x"; },
        [](request_fields& r) { r.call_id = "x"; },
        [](request_fields& r) { r.cseq = 1; },
        [](request_fields& r) { r.top_via = "x"; },
        [](request_fields& r) { r.method = "ACK"; },
    };
    for (const auto& apply : changes) {
        auto request = invite();
        apply(request);
        EXPECT_EQ(key(request), key(invite()));
    }
}

TEST(ServerKey, OfAnRfc2543RequestDependsOnEachOfItsFields) {
    const change changes[] = {
        [](request_fields& r) { r.method = "BYE"; },
        [](request_fields& r) { r.request_uri = "sip:bob@example.org"; },
        [](request_fields& r) { r.from_tag = "1928301775"; },
        [](request_fields& r) { r.call_id = "a84b4c76e66711"; },
        [](request_fields& r) { r.cseq = 314160; },
        [](request_fields& r) { r.top_via = "SIP/2.0/UDP pc34.example.com"; },
    };
    std::set<std::string> keys{key(old_invite())};
    for (const auto& apply : changes) {
        auto request = old_invite();
        apply(request);
        EXPECT_TRUE(keys.insert(key(request)).second) << key(request);
    }
}

TEST(ServerKey, OfAnRfc2543RequestUsesTheToTagExceptForInviteAndAck) {
    auto bye = old_invite();
    bye.method = "BYE";
    auto other_bye = bye;
    other_bye.to_tag = "t";
    EXPECT_NE(key(bye), key(other_bye));

    // RFC 3261 17.2.3: the ACK carries the To tag of the response.
    auto ack = old_invite();
    ack.method = "ACK";
    ack.to_tag = "t";
    EXPECT_EQ(key(ack), key(old_invite()));
}

TEST(ServerKey, BareCookieAndMissingBranchAreRfc2543) {
    for (const auto branch : {"z9hG4bK", ""}) {
        auto first = invite(), second = invite();
        first.branch = second.branch = branch;
        second.call_id = "another";
        EXPECT_NE(key(first), key(second)) << branch;
    }
}

TEST(ServerKey, FieldsCannotBeShiftedIntoEachOther) {
    auto left = old_invite(), right = old_invite();
    left.from_tag = "ab";
    left.request_uri = "c";
    right.from_tag = "a";
    right.request_uri = "bc";
    EXPECT_NE(key(left), key(right));

    auto tricky = invite(), plain = invite();
    tricky.branch = "z9hG4bKx3:h:1";
    tricky.sent_by_host = "";
    plain.branch = "z9hG4bKx";
    plain.sent_by_host = "3:h:1";
    EXPECT_NE(key(tricky), key(plain));
}

TEST(ServerKey, TakesAnyBytesAndReusesTheBuffer) {
    std::string octets;
    for (int i = 0; i < 256; ++i) {
        octets += static_cast<char>(i);
    }
    auto request = old_invite();
    request.branch = request.call_id = request.top_via = octets;
    std::string out = "left over";
    const std::string first(server_key(request, out));
    const auto* data = out.data();
    EXPECT_EQ(server_key(request, out), first);
    EXPECT_EQ(out.data(), data);
}

TEST(ServerKey, OverheadStaysWithinItsLimit) {
    const std::string long_text(60'000, 'x');
    request_fields request{
        .method = long_text,
        .branch = long_text,
        .sent_by_host = long_text,
        .sent_by_port = 65535,
        .request_uri = long_text,
        .from_tag = long_text,
        .to_tag = long_text,
        .call_id = long_text,
        .cseq = 4294967295,
        .top_via = long_text};
    EXPECT_LE(key(request).size(), 6 * long_text.size() + max_key_overhead);
    const auto branch = "z9hG4bK" + long_text;
    request.branch = branch;
    EXPECT_LE(key(request).size(), 3 * long_text.size() + 7 + max_key_overhead);
}

TEST(CancelledInviteKey, FindsTheInviteOfEitherKindOfBranch) {
    for (const auto& request : {invite(), old_invite()}) {
        auto cancel = request;
        cancel.method = "CANCEL";
        EXPECT_EQ(cancelled(cancel), key(request));
        EXPECT_NE(key(cancel), key(request));
        cancel.sent_by_host = "other.example.com";
        cancel.top_via = "SIP/2.0/UDP other.example.com";
        EXPECT_NE(cancelled(cancel), key(request));
    }
}

}  // namespace
}  // namespace sipha::txn
