#include "tests/resolver/support/zone.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "resolver/src/dns_message.hpp"

namespace sipha::resolver::test {
namespace {

dns_answer ask(const zone& content, const question& asked) {
    return detail::decode_answer(asked, content.respond(asked).value());
}

TEST(Zone, AnswersEachTypeItWasGiven) {
    const zone content(
        "ex NAPTR 10 20 s SIP+D2U - _sip._udp.ex; _sip._udp.ex 300 SRV 10 1 5060 h1.ex\n"
        "h1.ex A 192.0.2.1; h1.ex AAAA 2001:db8::1"
    );
    EXPECT_EQ(
        ask(content, {"ex", record_type::naptr}).naptr.at(0),
        (naptr_record{10, 20, false, "s", "SIP+D2U", "_sip._udp.ex"})
    );
    const auto srv = ask(content, {"_sip._udp.ex", record_type::srv});
    EXPECT_EQ(srv.srv.at(0), (srv_record{10, 1, 5060, "h1.ex"}));
    EXPECT_EQ(srv.ttl_s, 300u);
    EXPECT_EQ(ask(content, {"h1.ex", record_type::a}).addresses.at(0), address::parse("192.0.2.1"));
    EXPECT_EQ(
        ask(content, {"h1.ex", record_type::aaaa}).addresses.at(0), address::parse("2001:db8::1")
    );
}

TEST(Zone, TellsAbsentNamesFromAbsentTypesAndFaults) {
    const zone content("h1.ex A 192.0.2.1; h2.ex A FAIL; h3.ex A SILENT");
    EXPECT_EQ(ask(content, {"h1.ex", record_type::aaaa}).status, answer_status::no_data);
    EXPECT_EQ(ask(content, {"h9.ex", record_type::a}).status, answer_status::no_such_name);
    EXPECT_EQ(ask(content, {"h2.ex", record_type::a}).status, answer_status::failed);
    EXPECT_FALSE(content.respond({"h3.ex", record_type::a}));
}

TEST(Zone, RefusesLinesThatMakeNoSense) {
    for (const auto* text : {"ex", "ex MX 10 h1", "ex A 192.0.2", "ex SRV 1 2 3", "SOA 1"}) {
        EXPECT_THROW(zone{text}, std::invalid_argument) << text;
    }
}

TEST(MemoryTransport, RepliesOnlyAfterProcessAndStaysSilentWhenTold) {
    memory_transport transport(zone("h1.ex A 192.0.2.1; h2.ex A SILENT"));
    const time_point start{};
    const auto send = [&](const char* name, std::uint16_t id) {
        const detail::query_form form{id};
        transport.send(
            start, {0, dns_protocol::udp, detail::encode_query({name, record_type::a}, form)}
        );
    };
    send("h1.ex", 1);
    send("h2.ex", 2);
    EXPECT_EQ(transport.asked.size(), 2u);
    EXPECT_TRUE(transport.take_arrivals().empty());
    transport.process(start);
    const auto arrivals = transport.take_arrivals();
    ASSERT_EQ(arrivals.size(), 1u);
    EXPECT_EQ(detail::id_of(arrivals[0].message), 1);
    EXPECT_EQ(transport.next_deadline(), never);
}

}  // namespace
}  // namespace sipha::resolver::test
