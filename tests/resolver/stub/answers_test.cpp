#include "resolver/stub/answers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/resolver/stub/support.hpp"

namespace sipha::resolver::stub {
namespace {

using test::ask;
using test::make_service;
using test::text_of;

stub_answers answers_of(std::vector<service> services) {
    stub_answers out;
    EXPECT_TRUE(out.serve("ex"));
    out.update({"ex", std::move(services)});
    return out;
}

stub_answers usual() {
    return answers_of(
        {make_service(
             transport::tls, "192.0.2.1:5061@h1.ex 192.0.2.2:5061@h2.ex [2001:db8::1]:5061@h1.ex"
         ),
         make_service(
             transport::udp, "192.0.2.1:5060@h1.ex 192.0.2.2:5060@h2.ex 192.0.2.3:5060@h3.ex"
         ),
         make_service(transport::tcp, "192.0.2.2:5060@h2.ex 192.0.2.2:5062@h2.ex")}
    );
}

struct row {
    const char* name;
    const char* type;
    const char* expected;
};

TEST(StubAnswers, EachQuestionOfEachPhoneHasItsRecords) {
    const auto of = usual();
    const std::vector<row> rows{
        // libre and Sofia-SIP begin here
        {"ex",
         "NAPTR",
         "10/10:SIPS+D2T>_sips._tcp.ex 20/20:SIP+D2U>_sip._udp.ex 30/30:SIP+D2T>_sip._tcp.ex"},
        // belle-sip, pjsip and twinkle begin with the SRV of their transport
        {"_sip._udp.ex",
         "SRV",
         "1:5060:192-0-2-1.sipha-stub.ex 2:5060:192-0-2-2.sipha-stub.ex "
         "3:5060:192-0-2-3.sipha-stub.ex"},
        {"_sip._tcp.ex", "SRV", "1:5060:192-0-2-2.sipha-stub.ex 2:5062:192-0-2-2.sipha-stub.ex"},
        {"_sips._tcp.ex", "SRV", "1:5061:h1.ex 2:5061:h2.ex"},
        {"_sip._tls.ex", "SRV", "1:5061:h1.ex 2:5061:h2.ex"},   // sipsak
        {"_sips._tls.ex", "SRV", "1:5061:h1.ex 2:5061:h2.ex"},  // seen in the wild
        // then for the addresses of the targets
        {"192-0-2-2.sipha-stub.ex", "A", "192.0.2.2"},
        {"192-0-2-2.sipha-stub.ex", "AAAA", "-"},
        {"2001-db8-0-0-0-0-0-1.sipha-stub.ex", "AAAA", "2001:db8::1"},
        {"198-51-100-9.sipha-stub.ex", "A", "198.51.100.9"},  // has left the list since
        {"h1.ex", "A", "192.0.2.1"},
        {"h1.ex", "AAAA", "2001:db8::1"},
        {"h2.ex", "AAAA", "-"},
        // belle-sip asks for the domain itself in parallel; others know nothing else
        {"ex", "A", "192.0.2.1"},
        {"ex", "AAAA", "2001:db8::1"},
        {"ex", "ANY", "192.0.2.1 2001:db8::1"},
        {"ex", "SOA", "soa"},
        // names of the stub without such records
        {"_sip._udp.ex", "A", "-"},
        {"sipha-stub.ex", "A", "-"},
        {"junk.sipha-stub.ex", "A", "-"},
        {"192-0-2-1.sipha-stub.ex", "SRV", "-"},
        // the rest of the domain, and of the world
        {"ex", "MX", "elsewhere"},
        {"www.ex", "A", "elsewhere"},
        {"h1.ex", "MX", "elsewhere"},
        {"_stun._udp.ex", "SRV", "elsewhere"},
        {"_sip._sctp.ex", "SRV", "elsewhere"},
        {"notex", "A", "elsewhere"},
        {"example.org", "NAPTR", "elsewhere"},
        {"", "A", "elsewhere"},
    };
    for (const auto& [name, type, expected] : rows) {
        EXPECT_EQ(text_of(ask(of, name, type)), expected) << name << ' ' << type;
    }
}

TEST(StubAnswers, AnEmptyAnswerOfTheDomainSaysHowLongItHolds) {
    const auto reply = ask(usual(), "_sip._udp.ex", "A");
    ASSERT_EQ(reply.authority.size(), 1U);
    EXPECT_EQ(reply.authority[0].owner, "ex");
    EXPECT_EQ(std::get<soa_data>(reply.authority[0].data).minimum_s, default_ttl_s);
    EXPECT_TRUE(ask(usual(), "ex", "A").authority.empty());
}

TEST(StubAnswers, SrvRecordsBringTheirAddresses) {
    EXPECT_EQ(
        text_of(ask(usual(), "_sip._udp.ex", "SRV").additional), "192.0.2.1 192.0.2.2 192.0.2.3"
    );
    EXPECT_EQ(text_of(ask(usual(), "_sip._tcp.ex", "SRV").additional), "192.0.2.2");
    EXPECT_EQ(
        text_of(ask(usual(), "_sips._tcp.ex", "SRV").additional), "192.0.2.1 2001:db8::1 192.0.2.2"
    );
}

TEST(StubAnswers, TheDeadAreLeftOutWhileOneLives) {
    const auto of = answers_of(
        {make_service(
             transport::udp, "192.0.2.1:5060@h1.ex! 192.0.2.2:5060@h2.ex 192.0.2.3:5060@h3.ex!"
         ),
         make_service(transport::tls, "192.0.2.1:5061@h1.ex! 192.0.2.4:5061@h1.ex")}
    );
    EXPECT_EQ(text_of(ask(of, "_sip._udp.ex", "SRV")), "1:5060:192-0-2-2.sipha-stub.ex");
    EXPECT_EQ(text_of(ask(of, "h1.ex", "A")), "192.0.2.4");
    EXPECT_EQ(text_of(ask(of, "ex", "A")), "192.0.2.2");
}

TEST(StubAnswers, WhenAllAreDeadAllAreShown) {
    const auto of =
        answers_of({make_service(transport::udp, "192.0.2.2:5060@h2.ex! 192.0.2.1:5060@h1.ex!")});
    EXPECT_EQ(
        text_of(ask(of, "_sip._udp.ex", "SRV")),
        "1:5060:192-0-2-2.sipha-stub.ex 2:5060:192-0-2-1.sipha-stub.ex"
    );
    EXPECT_EQ(text_of(ask(of, "ex", "NAPTR")), "10/10:SIP+D2U>_sip._udp.ex");
    EXPECT_EQ(text_of(ask(of, "ex", "A")), "192.0.2.2");
    EXPECT_EQ(text_of(ask(of, "h1.ex", "A")), "192.0.2.1");
}

TEST(StubAnswers, ATransportWithoutALivingServerIsNotOffered) {
    const auto of = answers_of(
        {make_service(transport::tcp, "192.0.2.1:5060!"),
         make_service(transport::udp, "192.0.2.1:5060")}
    );
    EXPECT_EQ(text_of(ask(of, "ex", "NAPTR")), "10/10:SIP+D2U>_sip._udp.ex");
    // A phone that knows only TCP still gets what there is.
    EXPECT_EQ(text_of(ask(of, "_sip._tcp.ex", "SRV")), "1:5060:192-0-2-1.sipha-stub.ex");
}

TEST(StubAnswers, ATransportThatIsNotThereHasNoRecords) {
    const auto of = answers_of({make_service(transport::udp, "192.0.2.1:5060")});
    EXPECT_EQ(text_of(ask(of, "_sip._tcp.ex", "SRV")), "-");
    EXPECT_EQ(text_of(ask(of, "_sips._tcp.ex", "SRV")), "-");
    EXPECT_EQ(text_of(ask(of, "ex", "NAPTR")), "10/10:SIP+D2U>_sip._udp.ex");
}

TEST(StubAnswers, TheDomainsAddressPrefersTheDefaultPortAndUdp) {
    EXPECT_EQ(
        text_of(
            ask(answers_of(
                    {make_service(transport::tls, "192.0.2.1:5061"),
                     make_service(transport::udp, "192.0.2.2:5070 192.0.2.3:5060")}
                ),
                "ex",
                "A")
        ),
        "192.0.2.3"
    );
    // A dead server on the right port is worse than a living one on another.
    EXPECT_EQ(
        text_of(ask(
            answers_of({make_service(transport::udp, "192.0.2.2:5070 192.0.2.3:5060!")}), "ex", "A"
        )),
        "192.0.2.2"
    );
}

TEST(StubAnswers, ATlsTargetThatIsTheDomainKeepsAllItsAddresses) {
    const auto of =
        answers_of({make_service(transport::tls, "192.0.2.1:5061@ex 192.0.2.2:5061@ex")});
    EXPECT_EQ(text_of(ask(of, "_sips._tcp.ex", "SRV")), "1:5061:ex");
    EXPECT_EQ(text_of(ask(of, "ex", "A")), "192.0.2.1 192.0.2.2");
}

TEST(StubAnswers, UdpServersAtTheDomainLeaveItOneAddress) {
    const auto of =
        answers_of({make_service(transport::udp, "192.0.2.1:5060@ex 192.0.2.2:5060@ex")});
    EXPECT_EQ(text_of(ask(of, "ex", "A")), "192.0.2.1");
}

TEST(StubAnswers, AServerOfAnotherDomainIsAnsweredForToo) {
    const auto of = answers_of({make_service(transport::tls, "192.0.2.1:5061@edge.provider")});
    EXPECT_EQ(text_of(ask(of, "_sips._tcp.ex", "SRV")), "1:5061:edge.provider");
    EXPECT_EQ(text_of(ask(of, "edge.provider", "A")), "192.0.2.1");
    const auto none = ask(of, "edge.provider", "AAAA");
    EXPECT_EQ(text_of(none), "-");
    EXPECT_EQ(text_of(none.authority), "soa");
    EXPECT_EQ(text_of(ask(of, "edge.provider", "MX")), "elsewhere");
    EXPECT_EQ(text_of(ask(of, "provider", "A")), "elsewhere");
}

TEST(StubAnswers, NothingIsKnownBeforeTheFirstUpdate) {
    stub_answers of;
    ASSERT_TRUE(of.serve("ex"));
    for (const auto* type : {"NAPTR", "A", "AAAA", "ANY"}) {
        EXPECT_EQ(text_of(ask(of, "ex", type)), "?") << type;
    }
    EXPECT_EQ(text_of(ask(of, "_sip._udp.ex", "SRV")), "?");
    EXPECT_EQ(text_of(ask(of, "192-0-2-1.sipha-stub.ex", "A")), "192.0.2.1");
    EXPECT_EQ(text_of(ask(of, "ex", "MX")), "elsewhere");
}

TEST(StubAnswers, ADomainWithoutSipIsLeftToTheDns) {
    const auto of = answers_of({});
    EXPECT_EQ(text_of(ask(of, "ex", "NAPTR")), "elsewhere");
    EXPECT_EQ(text_of(ask(of, "_sip._udp.ex", "SRV")), "elsewhere");
    EXPECT_EQ(text_of(ask(of, "ex", "A")), "elsewhere");
}

TEST(StubAnswers, WithoutTheDnsTheRestOfTheDomainIsEmptyAndNeverMissing) {
    const auto of = usual();
    const auto inside = of.without_data({"www.ex", 1});
    ASSERT_TRUE(inside);
    EXPECT_EQ(inside->result, verdict::answered);
    EXPECT_EQ(text_of(inside->authority), "soa");
    EXPECT_FALSE(of.without_data({"www.example.org", 1}));
}

TEST(StubAnswers, TheLongerOfTwoServedDomainsAnswers) {
    auto of = usual();
    ASSERT_TRUE(of.serve("sub.ex"));
    of.update({"sub.ex", {make_service(transport::udp, "192.0.2.9:5060")}});
    EXPECT_EQ(text_of(ask(of, "_sip._udp.sub.ex", "SRV")), "1:5060:192-0-2-9.sipha-stub.sub.ex");
    EXPECT_EQ(text_of(ask(of, "sub.ex", "A")), "192.0.2.9");
    EXPECT_EQ(text_of(ask(of, "ex", "A")), "192.0.2.1");
}

TEST(StubAnswers, AnUpdateReplacesWhatWasKnown) {
    auto of = usual();
    const auto before = std::get<soa_data>(ask(of, "ex", "SOA").answer.at(0).data).serial;
    of.update({"ex", {make_service(transport::udp, "192.0.2.9:5060")}});
    EXPECT_EQ(text_of(ask(of, "ex", "NAPTR")), "10/10:SIP+D2U>_sip._udp.ex");
    EXPECT_GT(std::get<soa_data>(ask(of, "ex", "SOA").answer.at(0).data).serial, before);
    of.update({"other", {make_service(transport::udp, "192.0.2.9:5060")}});
    EXPECT_EQ(text_of(ask(of, "other", "A")), "elsewhere");
}

TEST(StubAnswers, NoMoreThanTheLimitIsShown) {
    std::string places;
    for (std::size_t number = 1; number <= max_places_shown + 1; ++number) {
        places += "192.0.2." + std::to_string(number) + ":5060 ";
    }
    const auto reply =
        ask(answers_of({make_service(transport::udp, places)}), "_sip._udp.ex", "SRV");
    ASSERT_EQ(reply.answer.size(), max_places_shown);
    for (std::size_t index = 0; index < reply.answer.size(); ++index) {
        EXPECT_EQ(std::get<srv_record>(reply.answer[index].data).priority, index + 1);
    }
}

TEST(StubAnswers, DomainsBeyondTheLimitAndTwiceAreNotServed) {
    stub_answers of;
    for (std::size_t number = 0; number < max_served_domains; ++number) {
        EXPECT_TRUE(of.serve("d" + std::to_string(number)));
    }
    EXPECT_FALSE(of.serve("one-more"));
    EXPECT_FALSE(stub_answers().serve(std::string(240, 'a')));
    stub_answers twice;
    EXPECT_TRUE(twice.serve("ex"));
    EXPECT_FALSE(twice.serve("ex"));
}

TEST(StubAnswers, TheTimeToLiveIsCapped) {
    EXPECT_EQ(stub_answers(max_ttl_s + 1).ttl_s(), max_ttl_s);
    EXPECT_EQ(stub_answers(0).ttl_s(), 0U);
}

}  // namespace
}  // namespace sipha::resolver::stub
