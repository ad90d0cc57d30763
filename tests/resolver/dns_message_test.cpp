#include "resolver/src/dns_message.hpp"

#include <gtest/gtest.h>
#include <sipha/resolver/options.hpp>

#include <random>
#include <string_view>

#include "tests/resolver/support/wire.hpp"
#include "tests/resolver/support/zone.hpp"

namespace sipha::resolver::detail {
namespace {

using test::reply_flags;
using test::wire_writer;
using test::zone;

const question h1{"h1.ex", record_type::a};
const question sip{"_sip._udp.ex", record_type::srv};

dns_answer ask(std::string_view content, const question& asked) {
    return decode_answer(asked, zone(content).respond(asked).value());
}

void put_a(wire_writer& out, std::string_view owner, std::uint32_t ttl_s, unsigned last_octet) {
    out.begin_record(owner, 1, ttl_s);
    out.put32(0xc0000200U | last_octet);
    out.end_record();
}

TEST(DnsMessage, TtlIsTheMinimumOfRecordsAndAliases) {
    EXPECT_EQ(ask("h1.ex 60 A 192.0.2.1; h1.ex 40 A 192.0.2.2", h1).ttl_s, 40u);
    const auto aliased = ask("h1.ex 30 CNAME c.ex; c.ex 60 A 192.0.2.1", h1);
    EXPECT_EQ(aliased.ttl_s, 30u);
    EXPECT_EQ(aliased.alias_of, "c.ex");
    EXPECT_EQ(ask("h1.ex 2147483653 A 192.0.2.1", h1).ttl_s, max_ttl_s);
}

TEST(DnsMessage, NegativeTtlFollowsTheSoa) {
    EXPECT_EQ(ask("SOA 600 17", h1).ttl_s, 17u);
    EXPECT_EQ(ask("SOA 7 600", h1).ttl_s, 7u);
    EXPECT_EQ(ask("SOA 86400 86400", h1).ttl_s, max_negative_ttl_s);
    EXPECT_EQ(ask("h1.ex AAAA ::2", h1).ttl_s, negative_ttl_without_soa_s);
    EXPECT_EQ(ask("SOA 600 17", h1).status, answer_status::no_such_name);
    EXPECT_EQ(ask("h1.ex AAAA ::2", h1).status, answer_status::no_data);
}

/// "No such record", with one record in the authority section.
dns_answer negative(std::string_view zone_name, unsigned type) {
    wire_writer out(0, reply_flags);
    out.question("h1.ex", 1);
    out.begin_record(zone_name, type, 100);
    out.name("ns.ex");
    if (type == 6) {
        out.name("host.ex");
        for (const auto value : {1U, 1U, 1U, 1U, 90U}) {
            out.put32(value);
        }
    }
    out.end_record();
    out.count(2);
    return decode_answer(h1, out.bytes());
}

TEST(DnsMessage, OnlyTheSoaOfTheNamesZoneCounts) {
    for (const auto* zone_name : {"h1.ex", "ex", ""}) {
        EXPECT_EQ(negative(zone_name, 6).ttl_s, 90u) << zone_name;
    }
    for (const auto* zone_name : {"x", "1.ex", "other.ex", "a.h1.ex"}) {
        EXPECT_EQ(negative(zone_name, 6).ttl_s, negative_ttl_without_soa_s) << zone_name;
    }
}

TEST(DnsMessage, ReferralIsNoAnswer) {  // RFC 2308 2.2
    EXPECT_EQ(negative("ex", 2).error, errc::dns_temporary);
}

TEST(DnsMessage, OtherOwnersAndClassesAreNotTaken) {
    wire_writer out(0, reply_flags);
    out.question("h1.ex", 1);
    put_a(out, "evil.ex", 60, 66);
    out.count(1);
    put_a(out, "H1.Ex", 60, 1);
    out.count(1);
    put_a(out, "h1.ex", 60, 77);
    out.count(1);
    const auto size = out.bytes().size();
    out.bytes()[size - 11] = 3;  // class CHAOS in the last record
    const auto answer = decode_answer(h1, out.bytes());
    ASSERT_EQ(answer.addresses.size(), 1u);
    EXPECT_EQ(answer.addresses[0].to_string(), "192.0.2.1");
}

TEST(DnsMessage, RepliesToOtherQuestionsAreMalformed) {
    const auto good = zone("h1.ex A 192.0.2.1").respond(h1).value();
    EXPECT_EQ(decode_answer(h1, good).status, answer_status::found);
    EXPECT_EQ(decode_answer({"h2.ex", record_type::a}, good).error, errc::dns_malformed);
    EXPECT_EQ(decode_answer({"h1.ex", record_type::aaaa}, good).error, errc::dns_malformed);
    auto query = good;
    query[2] = static_cast<std::uint8_t>(query[2] & 0x7f);  // QR
    EXPECT_EQ(decode_answer(h1, query).error, errc::dns_malformed);
    auto update = good;
    update[2] |= 0x28;  // opcode
    EXPECT_EQ(decode_answer(h1, update).error, errc::dns_malformed);
    auto truncated = good;
    truncated[2] |= 0x02;  // TC: half an answer is none
    EXPECT_EQ(decode_answer(h1, truncated).error, errc::dns_malformed);
}

TEST(DnsMessage, ServerFailuresAreTemporary) {
    auto message = zone("h1.ex A 192.0.2.1").respond(h1).value();
    for (const unsigned rcode : {1U, 2U, 4U, 5U}) {
        message[3] = static_cast<std::uint8_t>((message[3] & 0xf0U) | rcode);
        EXPECT_EQ(decode_answer(h1, message).error, errc::dns_temporary) << rcode;
        EXPECT_EQ(decode_reply(h1, message).rcode, rcode);
    }
}

TEST(DnsMessage, GlueIsTakenForNamedTargetsOnly) {
    auto out = wire_writer(0, reply_flags);
    out.question("_sip._udp.ex", 33);
    out.begin_record("_sip._udp.ex", 33, 60);
    for (const unsigned value : {10U, 1U, 5060U}) {
        out.put16(value);
    }
    out.name("h1.ex");
    out.end_record();
    out.count(1);
    put_a(out, "h1.ex", 20, 1);
    out.count(3);
    put_a(out, "bank.ex", 20, 66);
    out.count(3);
    const auto answer = decode_answer(sip, out.bytes());
    ASSERT_EQ(answer.glue.size(), 1u);
    EXPECT_EQ(answer.glue[0].about, h1);
    EXPECT_EQ(answer.glue[0].ttl_s, 20u);
}

TEST(DnsMessage, CompressedSrvTargetIsAccepted) {
    wire_writer out(0, reply_flags);
    out.question("_sip._udp.ex", 33);
    out.begin_record("_sip._udp.ex", 33, 60);
    for (const unsigned value : {10U, 1U, 5060U}) {
        out.put16(value);
    }
    out.text("h1");
    out.put16(0xc000U | (12 + 5 + 5));  // pointer to "ex" in the question
    out.end_record();
    out.count(1);
    EXPECT_EQ(decode_answer(sip, out.bytes()).srv.at(0).target, "h1.ex");
}

TEST(DnsMessage, TargetsWithDotOrSpaceInALabelAreRejected) {
    for (const auto* label : {"a.b", "a b", "a\\b"}) {
        wire_writer out(0, reply_flags);
        out.question("_sip._udp.ex", 33);
        out.begin_record("_sip._udp.ex", 33, 60);
        for (const unsigned value : {10U, 1U, 5060U}) {
            out.put16(value);
        }
        out.text(label);
        out.name("ex");
        out.end_record();
        out.count(1);
        const auto answer = decode_answer(sip, out.bytes());
        EXPECT_EQ(answer.rejected_records, 1u) << label;
        EXPECT_TRUE(answer.srv.empty()) << label;
    }
}

TEST(DnsMessage, UnfinishedAliasNamesWhereToGoOn) {
    const auto answer = ask("NOCHASE; h1.ex CNAME c.ex; c.ex A 192.0.2.1", h1);
    EXPECT_EQ(answer.status, answer_status::alias);
    EXPECT_EQ(answer.alias_of, "c.ex");
    EXPECT_EQ(ask("h1.ex CNAME c.ex; c.ex CNAME h1.ex", h1).error, errc::alias_loop);
}

TEST(DnsMessage, RecordsAreCutAtTheLimit) {
    std::string many;
    for (std::size_t index = 0; index <= max_records_per_answer; ++index) {
        many += "_sip._udp.ex SRV 1 1 " + std::to_string(index + 1) + " h;";
    }
    const auto answer = ask(many, sip);
    EXPECT_EQ(answer.srv.size(), max_records_per_answer);
    EXPECT_EQ(answer.rejected_records, 1u);
}

TEST(DnsMessage, AnyBytesEndInAResult) {
    std::mt19937 random(1);
    const auto good =
        zone("_sip._udp.ex SRV 1 1 5060 h1.ex; h1.ex A 192.0.2.1; GLUE").respond(sip).value();
    for (int round = 0; round < 20'000; ++round) {
        auto message = good;
        message.resize(random() % (good.size() + 1));
        for (int change = 0; change < 3 && !message.empty(); ++change) {
            message[random() % message.size()] = static_cast<std::uint8_t>(random());
        }
        const auto answer = decode_answer(sip, message);
        EXPECT_EQ(answer.status == answer_status::failed, answer.error.value() != 0);
    }
}

TEST(DnsQuery, IsWrittenAsTheRfcsSay) {
    const auto plain = encode_query(h1, {0x1234, edns_use::off});
    const std::vector<std::uint8_t> expected{0x12, 0x34, 1,   0, 0,   1,   0, 0, 0, 0, 0, 0,
                                             2,    'h',  '1', 2, 'e', 'x', 0, 0, 1, 0, 1};
    EXPECT_EQ(plain, expected);
    const auto with_edns = encode_query(h1, {0x1234});
    EXPECT_EQ(with_edns.size(), plain.size() + 11);
    EXPECT_EQ(with_edns[11], 1);
    EXPECT_TRUE(encode_query({"a..b", record_type::a}, {}).empty());
    EXPECT_TRUE(encode_query({std::string(300, 'a'), record_type::a}, {}).empty());
}

TEST(DnsQuery, AsksForTheVerdictAndMixesCaseOnlyWhenTold) {
    const auto plain = encode_query({"ab.ex", record_type::a}, {1});
    const auto verdict = encode_query({"ab.ex", record_type::a}, {1, edns_use::on, true});
    EXPECT_EQ(plain[3] & 0x20, 0);
    EXPECT_EQ(verdict[3] & 0x20, 0x20);
    const auto mixed = encode_query({"ab-1.ex", record_type::a}, {1, edns_use::off, false, 0b1101});
    EXPECT_EQ(std::string(mixed.begin() + 13, mixed.begin() + 17), "Ab-1");
    EXPECT_EQ(std::string(mixed.begin() + 18, mixed.begin() + 20), "EX");
}

TEST(DnsReply, MatchesItsQueryOctetByOctet) {
    const auto query = encode_query(h1, {7});
    const auto good = zone("h1.ex A 192.0.2.1").respond(h1, 7).value();
    EXPECT_TRUE(is_reply_to(query, good));
    for (const std::size_t at : {0U, 1U, 13U, 16U, 19U, 21U}) {
        auto other = good;
        other[at] = static_cast<std::uint8_t>(other[at] ^ 0x20);
        EXPECT_FALSE(is_reply_to(query, other)) << at;
    }
    auto asking = good;
    asking[2] = static_cast<std::uint8_t>(asking[2] & 0x7f);
    EXPECT_FALSE(is_reply_to(query, asking)) << "a query is no reply";
    for (std::size_t size = 0; size < 23; ++size) {
        const std::vector<std::uint8_t> cut(good.begin(), good.begin() + static_cast<long>(size));
        EXPECT_FALSE(is_reply_to(query, cut)) << size;
    }
}

TEST(DnsReply, WithoutAQuestionOnlyAFailureIsOne) {
    const auto query = encode_query(h1, {7});
    for (unsigned rcode = 0; rcode < 16; ++rcode) {
        const std::vector<std::uint8_t> bare{
            0, 7, 0x81, static_cast<std::uint8_t>(rcode), 0, 0, 0, 0, 0, 0, 0, 0};
        EXPECT_EQ(is_reply_to(query, bare), rcode != rcode_no_error && rcode != rcode_name_error);
        EXPECT_EQ(decode_reply(h1, bare).rcode, rcode);
    }
}

TEST(DnsReply, BadVersionIsNotAnEmptyAnswer) {  // RFC 6891 6.1.3
    wire_writer out(7, reply_flags);
    out.question("h1.ex", 1);
    for (const unsigned value : {0U, 0U, 41U, 4U, 208U, 1U, 0U, 0U, 0U, 0U, 0U}) {
        out.put8(value);
    }
    out.count(3);
    const auto reply = decode_reply(h1, out.bytes());
    EXPECT_EQ(reply.rcode, rcode_bad_version);
    EXPECT_EQ(reply.answer.error, errc::dns_temporary);
}

TEST(DnsReply, TellsTruncationAndTheVerdict) {
    auto message = zone("h1.ex A 192.0.2.1").respond(h1).value();
    EXPECT_FALSE(decode_reply(h1, message).is_truncated);
    EXPECT_FALSE(decode_reply(h1, message).is_authentic);
    message[3] |= 0x20;
    EXPECT_TRUE(decode_reply(h1, message).is_authentic);
    message[2] |= 0x02;
    message.resize(message.size() - 3);  // cut inside a record
    EXPECT_TRUE(decode_reply(h1, message).is_truncated);
}

}  // namespace
}  // namespace sipha::resolver::detail
