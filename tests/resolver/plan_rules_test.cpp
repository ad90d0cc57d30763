// What a lookup asks, when it waits, how it ranks and where it stops; plan_test.cpp has the cases
// of which candidates come out.
#include <gtest/gtest.h>

#include <string>

#include "tests/resolver/support/locate.hpp"

namespace sipha::resolver::test {
namespace {

const char* const hosts =
    "h1.ex A 192.0.2.1; h2.ex A 192.0.2.2; h3.ex A 192.0.2.3; h6.ex AAAA 2001:db8::6;"
    "d.ex A 192.0.2.7; d.ex AAAA 2001:db8::7;";
/// RFC 3263 4.1 with a host behind SIPS.
const char* const rfc_example_tls =
    "ex NAPTR 50 50 s SIPS+D2T - _sips._tcp.ex; ex NAPTR 90 50 s SIP+D2T - _sip._tcp.ex;"
    "_sip._tcp.ex SRV 0 1 5060 h1.ex; _sip._tcp.ex SRV 0 2 5060 h2.ex;"
    "_sips._tcp.ex SRV 0 0 5061 h3.ex";

TEST(PlanQuestions, PortAsksNeitherNaptrNorSrv) {
    const auto out = locate(zone(hosts), "sip:h1.ex:5070");
    EXPECT_EQ(out.asked.size(), 2u);
    EXPECT_TRUE(out.has_asked("h1.ex", record_type::a));
    EXPECT_TRUE(out.has_asked("h1.ex", record_type::aaaa));
}

TEST(PlanQuestions, TransportAsksNoNaptr) {
    const auto out = locate(zone(hosts), "sip:h1.ex;transport=tcp");
    EXPECT_FALSE(out.has_asked("h1.ex", record_type::naptr));
    EXPECT_TRUE(out.has_asked("_sip._tcp.h1.ex", record_type::srv));
}

TEST(PlanQuestions, LiteralsAndSpecialNamesAskNothing) {
    for (const auto* uri : {"sip:192.0.2.1", "sip:localhost", "sip:a.invalid", "sip:a.local"}) {
        EXPECT_TRUE(locate(zone(hosts), uri).asked.empty()) << uri;
    }
}

TEST(PlanQuestions, AbsentServiceAsksForNoAddress) {
    lookup_options careful;
    careful.speculation = speculation::off;
    const auto out = locate(
        zone("_sip._udp.ex SRV 0 0 0 .; _sip._tcp.ex SRV 0 0 0 .; _sips._tcp.ex SRV 0 0 0 .;"
             "ex A 192.0.2.1"),
        "sip:ex",
        careful
    );
    EXPECT_FALSE(out.has_asked("ex", record_type::a));
}

TEST(PlanQuestions, SpeculationSavesARoundAndCanBeSwitchedOff) {
    resolution eager("sip:ex", {}, {});
    EXPECT_EQ(eager.advance({}).size(), 6u);  // NAPTR, three SRV, AAAA, A
    lookup_options options;
    options.speculation = speculation::off;
    resolution careful("sip:ex", options, {});
    EXPECT_EQ(careful.advance({}).size(), 1u);
}

TEST(PlanQuestions, SkippedNaptrIsNotAsked) {
    lookup_options options;
    options.naptr = naptr_use::skip;
    const auto out = locate(zone(hosts), "sip:h1.ex", options);
    EXPECT_EQ(out.text(), "U:h1:5060");
    EXPECT_FALSE(out.has_asked("h1.ex", record_type::naptr));
}

TEST(PlanTls, NameIsTheHostOfTheUriNeverTheSrvTarget) {
    const auto out =
        locate(zone(std::string(hosts) + "_sips._tcp.ex SRV 1 1 5061 h1.ex"), "sips:a@EX");
    EXPECT_EQ(out.result.candidates.at(0).tls_name, "ex");
    EXPECT_EQ(out.result.candidates.at(0).srv_target, "h1.ex");
    const auto by_maddr = locate(zone(hosts), "sips:ex;maddr=h1.ex");
    EXPECT_EQ(by_maddr.result.candidates.at(0).tls_name, "ex");
}

TEST(PlanWarnings, NameWhatTheOperatorShouldRepair) {
    const auto warned = [](const char* text, warning_kind kind) {
        return locate(zone(std::string(hosts) + text), "sip:ex").has_warning(kind);
    };
    EXPECT_TRUE(
        warned("ex NAPTR FAIL; _sip._udp.ex SRV 1 1 5060 h1.ex", warning_kind::naptr_unavailable)
    );
    EXPECT_TRUE(warned("ex NAPTR 1 1 - SIP+D2U - ex", warning_kind::naptr_loop));
    EXPECT_TRUE(warned(
        "_sip._udp.ex SRV 0 0 0 .; _sip._udp.ex SRV 1 1 5060 h1.ex", warning_kind::srv_dot_ignored
    ));
    EXPECT_TRUE(warned("_sip._udp.ex SRV 1 1 0 h1.ex", warning_kind::srv_port_zero));
    EXPECT_TRUE(
        warned("_sip._udp.ex SRV 1 1 5060 a.ex; a.ex CNAME h1.ex", warning_kind::target_is_alias)
    );
    EXPECT_TRUE(
        warned("_sip._udp.ex SRV 1 1 5060 a.ex; a.ex CNAME a.ex", warning_kind::target_alias_loop)
    );
    EXPECT_TRUE(warned(
        "_sip._udp.ex SRV 1 1 5060 a.ex; a.ex A FAIL; a.ex AAAA FAIL", warning_kind::target_failed
    ));
    EXPECT_TRUE(locate(zone(hosts), "sip:h1.ex").result.warnings.empty());
}

TEST(PlanTime, UsableCandidateWaitsOnlyTheGraceForTheRest) {
    const auto out = locate(
        zone(std::string(hosts) + "_sip._tcp.ex SRV SILENT; _sip._udp.ex SRV 1 1 5060 h1.ex"),
        "sip:ex"
    );
    EXPECT_EQ(out.text(), "U:h1:5060");
    EXPECT_EQ(out.took, std::chrono::milliseconds(1000));
    EXPECT_TRUE(out.has_warning(warning_kind::incomplete));
}

TEST(PlanTime, SilentNaptrGivesWayToSrv) {
    const auto out = locate(
        zone(std::string(hosts) + "ex NAPTR SILENT; _sip._udp.ex SRV 1 1 5060 h1.ex"), "sip:ex"
    );
    EXPECT_EQ(out.text(), "U:h1:5060");
    EXPECT_EQ(out.took, std::chrono::milliseconds(2000));
    EXPECT_TRUE(out.has_warning(warning_kind::naptr_unavailable));
}

TEST(PlanTime, SilenceNeverBecomesAddresses) {
    const auto out = locate(zone(std::string(hosts) + "h1.ex NAPTR SILENT"), "sip:h1.ex");
    EXPECT_EQ(out.error, errc::dns_timeout);
    EXPECT_EQ(out.took, std::chrono::milliseconds(2000));
}

TEST(PlanTime, WholeLookupEndsWithItsBudget) {
    lookup_options options;
    options.total_budget = std::chrono::milliseconds(3000);
    options.naptr = naptr_use::skip;
    const auto out = locate(
        zone("_sip._udp.ex SRV SILENT; _sip._tcp.ex SRV 1 1 5060 h1.ex; h1.ex A SILENT;"
             "h1.ex AAAA SILENT; _sips._tcp.ex CNAME a.ex; NOCHASE; a.ex SRV SILENT"),
        "sip:ex",
        options
    );
    EXPECT_EQ(out.error, errc::dns_timeout);
    EXPECT_LE(out.took, std::chrono::milliseconds(3000));
}

TEST(PlanTime, CandidateExpiresWithTheShortestRecord) {
    const auto out = locate(
        zone("ex 300 NAPTR 1 1 s SIP+D2U - _sip._udp.ex; _sip._udp.ex 20 SRV 1 1 5060 h1.ex;"
             "h1.ex 100 A 192.0.2.1"),
        "sip:ex"
    );
    EXPECT_EQ(
        out.result.candidates.at(0).expires,
        time_point{std::chrono::hours(1)} + std::chrono::seconds(20)
    );
}

TEST(PlanRanks, TellWhyACandidateStandsWhereItStands) {
    const auto out = locate(zone(std::string(hosts) + rfc_example_tls), "sip:ex");
    const auto& list = out.result.candidates;
    ASSERT_EQ(list.size(), 3u);
    EXPECT_EQ(list[0].rank.naptr_order, 50);
    EXPECT_EQ(list[2].rank.naptr_order, 90);
    EXPECT_EQ(list[2].rank.naptr_preference, 50);
    EXPECT_EQ(list[2].rank.draw, 1);
    EXPECT_TRUE(std::is_sorted(list.begin(), list.end(), [](const auto& a, const auto& b) {
        return a.rank < b.rank;
    }));
}

TEST(PlanLimits, CandidatesAddressesAndTargetsAreCut) {
    std::string many;
    for (int index = 0; index < 200; ++index) {
        const auto host = "t" + std::to_string(index) + ".ex";
        many += "_sip._udp.ex SRV 1 1 5060 " + host + ";" + host + " A 198.51.100." +
                std::to_string(index) + ";" + host + " A 203.0.113." + std::to_string(index) + ";" +
                host + " AAAA 2001:db8:1::" + std::to_string(index) + ";";
    }
    const auto out = locate(zone(many), "sip:ex");
    EXPECT_EQ(out.result.candidates.size(), max_candidates);
    EXPECT_TRUE(out.has_warning(warning_kind::truncated));

    std::string wide;
    for (std::size_t index = 0; index <= max_addresses_per_target; ++index) {
        wide += "w.ex A 198.51.100." + std::to_string(index) + ";";
    }
    const auto cut = locate(zone(wide), "sip:w.ex:5060");
    EXPECT_EQ(cut.result.candidates.size(), max_addresses_per_target);
    EXPECT_TRUE(cut.has_warning(warning_kind::truncated));
}

TEST(PlanLimits, ExactlyAsManyAliasesAsAllowedAreFollowed) {
    const auto chain = [](std::size_t links) {
        std::string text = "NOCHASE;";
        for (std::size_t index = 0; index < links; ++index) {
            text +=
                "a" + std::to_string(index) + ".ex CNAME a" + std::to_string(index + 1) + ".ex;";
        }
        return zone(text + "a" + std::to_string(links) + ".ex A 192.0.2.1");
    };
    EXPECT_EQ(locate(chain(max_aliases), "sip:a0.ex:5060").text(), "U:h1:5060");
    EXPECT_EQ(locate(chain(max_aliases + 1), "sip:a0.ex:5060").error, errc::alias_loop);
}

TEST(PlanSeed, EqualSeedsGiveEqualOrdersAndOthersDiffer) {
    std::string text = hosts;
    for (int index = 1; index <= 6; ++index) {
        text += "_sip._udp.ex SRV 1 1 " + std::to_string(5060 + index) + " h1.ex;";
    }
    lookup_options options;
    options.seed = 7;
    const auto first = locate(zone(text), "sip:ex", options).text();
    EXPECT_EQ(locate(zone(text), "sip:ex", options).text(), first);
    bool has_other = false;
    for (options.seed = 8; *options.seed < 16; ++*options.seed) {
        has_other = has_other || locate(zone(text), "sip:ex", options).text() != first;
    }
    EXPECT_TRUE(has_other);
}

TEST(Resolution, IgnoresAnswersItNeverAskedFor) {
    resolution lookup("sip:h1.ex:5060", {}, {});
    auto forged = std::make_shared<dns_answer>();
    forged->status = answer_status::found;
    forged->addresses = {*address::parse("198.51.100.66")};
    lookup.answer({"h1.ex", record_type::a}, forged, never);
    EXPECT_EQ(lookup.advance({}).size(), 2u);
    EXPECT_FALSE(lookup.is_done());
}

TEST(Explain, TellsQueriesAnswersRulesDrawsAndCandidates) {
    lookup_options options;
    options.explain = explain_level::full;
    const auto out = locate(zone(std::string(hosts) + rfc_example_tls), "sip:ex", options);
    const auto text = to_text(out.result.steps);
    for (const auto* part :
         {"query: ex NAPTR",
          "rule: NAPTR 50 50 leads to _sips._tcp.ex",
          "answer: 2 records ttl 60",
          "draw: priority 0 weight",
          "candidate: tls:192.0.2.3:5061"}) {
        EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
    }
    EXPECT_TRUE(locate(zone(hosts), "sip:h1.ex").result.steps.empty());
}

}  // namespace
}  // namespace sipha::resolver::test
