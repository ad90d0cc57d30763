#include "resolver/stub/wire.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "resolver/src/dns_message.hpp"
#include "tests/resolver/stub/support.hpp"
#include "tests/resolver/support/wire.hpp"

namespace sipha::resolver::stub {
namespace {

using resolver::test::wire_writer;

constexpr unsigned query_flags = 0x0100;  // RD
constexpr unsigned type_srv = 33;

std::vector<std::uint8_t> query_for(std::string_view name, unsigned type) {
    wire_writer out(0x1234, query_flags);
    out.question(name, type);
    return out.bytes();
}

/// Adds the OPT record of RFC 6891 6.1.2.
std::vector<std::uint8_t> with_edns(
    std::vector<std::uint8_t> query, unsigned udp_bytes, unsigned version = 0
) {
    ++query.at(11);
    for (const unsigned octet :
         {0U, 0U, 41U, udp_bytes >> 8U, udp_bytes & 0xffU, 0U, version, 0U, 0U, 0U, 0U}) {
        query.push_back(static_cast<std::uint8_t>(octet));
    }
    return query;
}

stub_reply many_srv(std::size_t count, const std::string& domain) {
    stub_reply out;
    out.result = verdict::answered;
    for (std::size_t index = 1; index <= count; ++index) {
        const auto rank = static_cast<std::uint16_t>(index);
        const auto target = "h" + std::to_string(index) + '.' + domain;
        out.answer.push_back({"_sip._udp.ex", srv_record{rank, 1, 5060, target}});
        out.additional.push_back({target, *address::parse("192.0.2.1")});
    }
    return out;
}

dns_answer read(const std::vector<std::uint8_t>& message, std::string name, record_type type) {
    return detail::decode_answer({std::move(name), type}, message);
}

TEST(StubWire, ReadsAQuestionInAnyCase) {
    const auto out = parse_query(query_for("_SIP._udp.Ex", type_srv));
    ASSERT_EQ(out.kind, query_kind::query);
    ASSERT_TRUE(out.asked);
    EXPECT_EQ(out.asked->name, "_sip._udp.ex");
    EXPECT_EQ(out.asked->type, type_srv);
    EXPECT_EQ(out.id, 0x1234);
    EXPECT_EQ(out.udp_bytes, plain_udp_bytes);
}

TEST(StubWire, ANameNoDomainOfOursCanHoldIsStillAQuery) {
    const auto out = parse_query(query_for("a b.ex", 1));
    EXPECT_EQ(out.kind, query_kind::query);
    EXPECT_FALSE(out.asked);
}

TEST(StubWire, TheRootIsAName) {
    const auto out = parse_query(query_for("", 2));
    ASSERT_TRUE(out.asked);
    EXPECT_EQ(out.asked->name, "");
}

TEST(StubWire, TheSizeOfUdpRepliesStaysWithinBounds) {
    EXPECT_EQ(parse_query(with_edns(query_for("ex", 1), 100)).udp_bytes, plain_udp_bytes);
    EXPECT_EQ(parse_query(with_edns(query_for("ex", 1), 1000)).udp_bytes, 1000U);
    EXPECT_EQ(parse_query(with_edns(query_for("ex", 1), 65'535)).udp_bytes, largest_udp_bytes);
}

TEST(StubWire, ResponsesAndFragmentsAreNoQueries) {
    wire_writer response(1, resolver::test::reply_flags);
    response.question("ex", 1);
    EXPECT_EQ(parse_query(response.bytes()).kind, query_kind::not_query);
    EXPECT_EQ(parse_query({}).kind, query_kind::not_query);
    EXPECT_EQ(parse_query(std::vector<std::uint8_t>(11)).kind, query_kind::not_query);
}

struct faulty_row {
    const char* what;
    std::vector<std::uint8_t> message;
    rcode fault;
};

TEST(StubWire, FaultyQueriesGetTheCodeThatNamesTheFault) {
    auto update = query_for("ex", 1);
    update[2] = 0x28;  // opcode UPDATE
    auto two = query_for("ex", 1);
    two[5] = 2;
    auto chaos = query_for("version.bind", 16);
    chaos.back() = 3;
    auto cut = query_for("ex", 1);
    cut.pop_back();
    auto answers = query_for("ex", 1);
    answers[7] = 1;
    auto looping = query_for("ex", 1);
    looping[12] = 0xc0;
    looping[13] = 12;
    const std::vector<faulty_row> rows{
        {"opcode", update, rcode::not_implemented},
        {"two questions", two, rcode::format_error},
        {"no question", wire_writer(1, query_flags).bytes(), rcode::format_error},
        {"class", chaos, rcode::refused},
        {"cut", cut, rcode::format_error},
        {"answer in a query", answers, rcode::format_error},
        {"pointer to itself", looping, rcode::format_error},
        {"edns version", with_edns(query_for("ex", 1), 1232, 1), rcode::bad_version},
        {"too long", std::vector<std::uint8_t>(max_query_bytes + 1), rcode::format_error},
    };
    for (const auto& [what, message, fault] : rows) {
        const auto out = parse_query(message);
        EXPECT_EQ(out.kind, query_kind::faulty) << what;
        EXPECT_EQ(out.fault, fault) << what;
        const auto reply = build_failure(message, out.fault);
        EXPECT_TRUE(is_response(reply)) << what;
        EXPECT_EQ(message_id(reply), message_id(message)) << what;
        EXPECT_LE(reply.size(), message.size() + 11) << what;
        EXPECT_EQ(reply[3] & 0x0f, static_cast<int>(fault) & 0x0f) << what;
    }
}

TEST(StubWire, ALongQueryIsReadUpToTheLimit) {
    // An OPT record with one long option of padding (RFC 7830).
    auto message = with_edns(query_for("ex", 1), 1232);
    const auto room = max_query_bytes - message.size();
    const auto padding = room - 4;
    message[message.size() - 2] = static_cast<std::uint8_t>(room >> 8U);
    message[message.size() - 1] = static_cast<std::uint8_t>(room & 0xffU);
    for (const std::size_t octet :
         {std::size_t{0}, std::size_t{12}, padding >> 8U, padding & 0xffU}) {
        message.push_back(static_cast<std::uint8_t>(octet));
    }
    message.resize(max_query_bytes);
    EXPECT_EQ(parse_query(message).kind, query_kind::query);
    message.push_back(0);
    EXPECT_EQ(parse_query(message).kind, query_kind::faulty);
}

TEST(StubWire, WritesEveryKindOfRecord) {
    const auto asked = parse_query(query_for("ex", 35));
    stub_reply reply;
    reply.answer.push_back({"ex", naptr_record{10, 20, false, "s", "SIP+D2U", "_sip._udp.ex"}});
    reply.additional.push_back({"_sip._udp.ex", srv_record{1, 2, 5060, "h1.ex"}});
    const auto naptr = read(build_reply(asked, reply, 7, 512), "ex", record_type::naptr);
    ASSERT_EQ(naptr.naptr.size(), 1U);
    EXPECT_EQ(naptr.naptr[0], (naptr_record{10, 20, false, "s", "SIP+D2U", "_sip._udp.ex"}));
    EXPECT_EQ(naptr.ttl_s, 7U);

    const auto srv_asked = parse_query(query_for("_sip._udp.ex", type_srv));
    const auto srv =
        read(build_reply(srv_asked, many_srv(1, "ex"), 7, 512), "_sip._udp.ex", record_type::srv);
    ASSERT_EQ(srv.srv.size(), 1U);
    EXPECT_EQ(srv.srv[0], (srv_record{1, 1, 5060, "h1.ex"}));
    ASSERT_EQ(srv.glue.size(), 1U);
    EXPECT_EQ(srv.glue[0].addresses.at(0).to_string(), "192.0.2.1");

    stub_reply v6;
    v6.answer.push_back({"ex", *address::parse("2001:db8::1")});
    const auto aaaa =
        read(build_reply(parse_query(query_for("ex", 28)), v6, 7, 512), "ex", record_type::aaaa);
    EXPECT_EQ(aaaa.addresses.at(0).to_string(), "2001:db8::1");

    stub_reply none;
    none.authority.push_back({"ex", soa_data{3, 4}});
    const auto negative =
        read(build_reply(parse_query(query_for("ex", 1)), none, 7, 512), "ex", record_type::a);
    EXPECT_EQ(negative.status, answer_status::no_data);
    EXPECT_EQ(negative.ttl_s, 4U);
}

TEST(StubWire, RepeatsTheQuestionAsItWasSpelt) {
    const auto message = query_for("_SIP._uDp.eX", type_srv);
    const auto reply = build_reply(parse_query(message), many_srv(1, "ex"), 2, 512);
    const auto repeated = question_bytes(reply);
    const auto asked = question_bytes(message);
    EXPECT_TRUE(std::equal(repeated.begin(), repeated.end(), asked.begin(), asked.end()));
}

TEST(StubWire, AnswersEdnsWithEdnsOnly) {
    const auto plain = build_reply(parse_query(query_for("ex", 1)), {}, 2, 512);
    EXPECT_EQ(plain.at(11), 0);
    const auto edns = build_reply(parse_query(with_edns(query_for("ex", 1), 1232)), {}, 2, 512);
    EXPECT_EQ(edns.at(11), 1);
}

TEST(StubWire, ShortensTheListBeforeItTruncates) {
    const auto asked = parse_query(query_for("_sip._udp.ex", type_srv));
    const std::string domain = "a-label-that-is-nearly-as-long-as-labels-are-allowed-to-be.ex";
    const auto reply = many_srv(8, domain);
    const auto whole = build_reply(asked, reply, 2, max_message_bytes);
    EXPECT_EQ(read(whole, "_sip._udp.ex", record_type::srv).srv.size(), 8U);

    const auto shorter = build_reply(asked, reply, 2, plain_udp_bytes);
    EXPECT_LE(shorter.size(), plain_udp_bytes);
    EXPECT_FALSE(is_truncated(shorter));
    const auto left = read(shorter, "_sip._udp.ex", record_type::srv).srv;
    ASSERT_GE(left.size(), 2U);
    EXPECT_LT(left.size(), 8U);
    EXPECT_EQ(left[0].priority, 1);  // the best ranks stay
    EXPECT_EQ(left[1].priority, 2);

    const auto cut = build_reply(asked, reply, 2, 150);
    EXPECT_TRUE(is_truncated(cut));
    EXPECT_EQ(cut.at(7), 0);
}

TEST(StubWire, ARecordSetIsNeverLeftOutInPart) {
    // Two sets of additional records, of which one fits.
    stub_reply reply;
    reply.answer.push_back({"ex", naptr_record{10, 10, false, "s", "SIP+D2U", "_sip._udp.ex"}});
    for (std::uint16_t rank = 1; rank <= 3; ++rank) {
        const auto target = "h" + std::to_string(rank) + ".ex";
        reply.additional.push_back({"_sip._udp.ex", srv_record{rank, 1, 5060, target}});
    }
    for (std::uint16_t rank = 1; rank <= 6; ++rank) {
        const auto target = "h" + std::to_string(rank) + ".ex";
        reply.additional.push_back({"_sip._tcp.ex", srv_record{rank, 1, 5060, target}});
    }
    const auto asked = parse_query(query_for("ex", 35));
    const auto whole = build_reply(asked, reply, 2, 512);
    EXPECT_EQ(whole.at(11), 9);
    EXPECT_EQ(build_reply(asked, reply, 2, whole.size() - 1).at(11), 3);
    EXPECT_EQ(build_reply(asked, reply, 2, 100).at(11), 0);
}

TEST(StubWire, ANameThatDoesNotFitTheWireMakesNoReply) {
    stub_reply reply;
    reply.answer.push_back({std::string(300, 'a'), *address::parse("192.0.2.1")});
    EXPECT_TRUE(build_reply(parse_query(query_for("ex", 1)), reply, 2, 512).empty());
}

TEST(StubWire, AnyOctetsHaveAResult) {
    std::mt19937 random(5);
    const auto good = with_edns(query_for("_sip._udp.ex", type_srv), 1232);
    for (int round = 0; round < 20'000; ++round) {
        auto message = good;
        if (round % 2 == 0) {
            message.resize(random() % 80);
        }
        for (auto changes = random() % 6; changes != 0 && !message.empty(); --changes) {
            message[random() % message.size()] = static_cast<std::uint8_t>(random());
        }
        const auto out = parse_query(message);
        if (out.kind == query_kind::faulty) {
            EXPECT_GE(build_failure(message, out.fault).size(), header_bytes);
        } else if (out.kind == query_kind::query) {
            EXPECT_LE(
                build_reply(out, many_srv(8, "ex"), 2, plain_udp_bytes).size(), plain_udp_bytes
            );
        }
    }
}

}  // namespace
}  // namespace sipha::resolver::stub
