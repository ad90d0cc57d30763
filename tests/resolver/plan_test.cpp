#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/resolver/support/error_word.hpp"
#include "tests/resolver/support/locate.hpp"

namespace sipha::resolver::test {
namespace {

const char* const hosts =
    "h1.ex A 192.0.2.1; h2.ex A 192.0.2.2; h3.ex A 192.0.2.3; h6.ex AAAA 2001:db8::6;"
    "d.ex A 192.0.2.7; d.ex AAAA 2001:db8::7;";

using change = void (*)(lookup_options&);

void without_tls(lookup_options& options) {
    options.transports = {transport::tcp, transport::udp};
}
void strict(lookup_options& options) {
    options.naptr_scope = naptr_scope::strict;
}
void lenient(lookup_options& options) {
    options.srv_names = srv_names::lenient;
}
void v4_only(lookup_options& options) {
    options.families = family_use::v4_only;
}
void with_web(lookup_options& options) {
    options.transports = {transport::wss, transport::ws, transport::udp};
}
void with_sip_ws_names(lookup_options& options) {
    with_web(options);
    options.ws_srv_names = ws_srv_names::sip_ws;
}
void with_ws_tcp_names(lookup_options& options) {
    with_web(options);
    options.ws_srv_names = ws_srv_names::ws_tcp;
}
void only_web(lookup_options& options) {
    options.transports = {transport::wss, transport::ws};
}
void big_and_strict(lookup_options& options) {
    options.request_bytes = 1301;
    strict(options);
}
void big(lookup_options& options) {
    options.request_bytes = 1301;
}

/// One row: what the DNS holds, what is asked, what must come out. Candidates in braces may stand
/// in any order; "! word" is an error.
struct row {
    const char* claim;
    const char* uri;
    const char* zone;
    const char* expected;
    change options = nullptr;
};
void PrintTo(const row& item, std::ostream* out) {
    *out << item.uri;
}

/// Sorts the words inside braces in the expectation and, at the same places, in the outcome.
void forget_order_in_braces(std::string& expected, std::string& actual) {
    std::istringstream want_stream(expected);
    std::istringstream have_stream(actual);
    std::vector<std::string> want{std::istream_iterator<std::string>(want_stream), {}};
    std::vector<std::string> have{std::istream_iterator<std::string>(have_stream), {}};
    std::size_t open = 0;
    for (std::size_t at = 0; at < want.size(); ++at) {
        if (want[at].starts_with('{')) {
            open = at;
            want[at].erase(0, 1);
        }
        if (want[at].ends_with('}')) {
            want[at].pop_back();
            const auto first = static_cast<std::ptrdiff_t>(open);
            const auto last = static_cast<std::ptrdiff_t>(at) + 1;
            std::sort(want.begin() + first, want.begin() + last);
            if (have.size() > at) {
                std::sort(have.begin() + first, have.begin() + last);
            }
        }
    }
    const auto join = [](const std::vector<std::string>& list) {
        std::string text;
        for (const auto& item : list) {
            text += (text.empty() ? "" : " ") + item;
        }
        return text;
    };
    expected = join(want);
    actual = join(have);
}

class Plan : public testing::TestWithParam<row> {};

TEST_P(Plan, Follows) {
    const auto& item = GetParam();
    lookup_options options;
    if (item.options) {
        item.options(options);
    }
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
        options.seed = seed;
        const auto out = locate(zone(std::string(hosts) + item.zone), item.uri, options);
        std::string expected = item.expected;
        auto actual = out.error ? "! " + error_word(out.error) : out.text();
        forget_order_in_braces(expected, actual);
        EXPECT_EQ(actual, expected) << "seed " << seed;
        EXPECT_EQ(out.error.value() == 0, !out.result.candidates.empty());
    }
}

std::string claim_of(const testing::TestParamInfo<row>& info) {
    return info.param.claim;
}

// RFC 3263 4.1 and 4.2: addresses, ports and transports in the URI.
const row literals[] = {
    {"LiteralNeedsNoDns", "sip:192.0.2.9", "", "U:h9:5060"},
    {"SecureLiteralUsesTls", "sips:192.0.2.9", "", "T:h9:5061"},
    {"LiteralKeepsPortAndTransport", "sip:192.0.2.9:5070;transport=tcp", "", "C:h9:5070"},
    {"LiteralWithTlsGetsTlsPort", "sip:192.0.2.9;transport=tls", "", "T:h9:5061"},
    {"LiteralV6IsTaken", "sip:[2001:db8::9]", "", "U:h9/6:5060"},
    {"LiteralOfSwitchedOffFamilyFails", "sip:[2001:db8::9]", "", "! family_unsupported", v4_only},
    {"MaddrLiteralIsTheTarget", "sip:a@ex;maddr=192.0.2.7", "", "U:h7:5060"},
    {"MaddrNameIsLookedUp", "sips:ex;maddr=h1.ex", "", "T:h1:5061"},
    {"PortMeansAddressesOnly",
     "sip:d.ex:5070",
     "d.ex NAPTR 1 1 s SIP+D2T - _sip._tcp.d.ex; _sip._udp.d.ex SRV 1 1 5060 h1.ex",
     "U:h7/6:5070 U:h7:5070"},
    {"SecurePortUsesTls", "sips:h1.ex:5071", "", "T:h1:5071"},
    {"DefaultPortWrittenOutStillMeansAddressesOnly",
     "sip:h1.ex:5060",
     "_sip._udp.h1.ex SRV 1 1 5060 h2.ex",
     "U:h1:5060"},
    {"TransportMeansSrv", "sip:ex;transport=tcp", "_sip._tcp.ex SRV 10 1 5060 h1.ex", "C:h1:5060"},
    {"SecureTcpMeansTls",
     "sips:ex;transport=tcp",
     "_sips._tcp.ex SRV 10 1 5061 h1.ex",
     "T:h1:5061"},
    {"SecureUdpConflicts", "sips:ex;transport=udp", "", "! transport_conflict"},
    {"TlsMeansSecureSrv", "sip:ex;transport=tls", "_sips._tcp.ex SRV 1 1 5061 h1.ex", "T:h1:5061"},
    {"OddSrvNameIsIgnored",
     "sip:d.ex;transport=tls",
     "_sip._tls.d.ex SRV 1 1 5061 h2.ex",
     "T:h7/6:5061 T:h7:5061"},
    {"OddSrvNameIsUsedWhenLenient",
     "sip:d.ex;transport=tls",
     "_sip._tls.d.ex SRV 1 1 5061 h2.ex",
     "T:h2:5061",
     lenient},
    {"TransportWithoutSrvUsesAddresses", "sip:h1.ex;transport=tcp", "", "C:h1:5060"},
    {"TransportDeclaredAbsentFails",
     "sip:h1.ex;transport=tcp",
     "_sip._tcp.h1.ex SRV 0 0 0 .",
     "! service_not_available"},
    {"TransportNotEnabledFails",
     "sip:ex;transport=tls",
     "",
     "! transport_unsupported",
     without_tls},
    {"UnknownTransportFails", "sip:ex;transport=sctp", "", "! transport_unsupported"},
    {"WebSocketUsesItsPorts", "sip:h1.ex;transport=ws", "", "W:h1:80", with_web},
    {"SecureWebSocketUsesItsPorts", "sips:h1.ex;transport=ws", "", "X:h1:443", with_web},
    {"WebSocketByNaptr",
     "sip:ex",
     "ex NAPTR 10 10 s SIPS+D2W - _sips._ws.ex; _sips._ws.ex SRV 1 1 443 h1.ex",
     "X:h1:443",
     with_web},
    {"WebSocketSrvIsNotAskedByItself",
     "sip:h1.ex;transport=ws",
     "_sip._ws.h1.ex SRV 1 1 8080 h2.ex; _ws._tcp.h1.ex SRV 1 1 8080 h2.ex",
     "W:h1:80",
     with_web},
    {"WebSocketSrvUnderSipNames",
     "sip:h1.ex;transport=ws",
     "_sip._ws.h1.ex SRV 1 1 8080 h2.ex; _ws._tcp.h1.ex SRV 1 1 8080 h3.ex",
     "W:h2:8080",
     with_sip_ws_names},
    {"SecureWebSocketSrvUnderTcpNames",
     "sips:h1.ex;transport=ws",
     "_sips._ws.h1.ex SRV 1 1 8443 h2.ex; _wss._tcp.h1.ex SRV 1 1 8443 h3.ex",
     "X:h3:8443",
     with_ws_tcp_names},
    {"WebSocketAloneUsesItsPorts", "sip:h1.ex", "", "W:h1:80", only_web},
    {"SecureWebSocketAloneUsesItsPorts", "sips:h1.ex", "", "X:h1:443", only_web},
    {"LocalhostIsLoopback", "sip:LocalHost", "", "U:127.0.0.1:5060"},
    {"InvalidNeverExists", "sip:a.invalid", "", "! not_found"},
    {"OnionIsNoDnsName", "sip:a.onion", "", "! bad_name"},
    {"LocalIsNoDnsName", "sip:a.local", "", "! bad_name"},
    {"EmptyLabelIsNoName", "sip:a..ex", "", "! bad_name"},
    {"BrokenUtf8IsNoName", "sip:b\xc3.ex", "", "! bad_name"},
    {"NotAUriFails", "mailto:a@ex", "", "! bad_uri"},
    {"NameIsComparedWithoutCaseAndDot", "sip:H1.EX.", "", "U:h1:5060"},
};
INSTANTIATE_TEST_SUITE_P(Uri, Plan, testing::ValuesIn(literals), claim_of);

const char* const rfc_example =
    "ex NAPTR 50 50 s SIPS+D2T - _sips._tcp.ex; ex NAPTR 90 50 s SIP+D2T - _sip._tcp.ex;"
    "ex NAPTR 100 50 s SIP+D2U - _sip._udp.ex;"
    "_sip._tcp.ex SRV 0 1 5060 h1.ex; _sip._tcp.ex SRV 0 2 5060 h2.ex;";
const char* const rfc_example_tls =
    "ex NAPTR 50 50 s SIPS+D2T - _sips._tcp.ex; ex NAPTR 90 50 s SIP+D2T - _sip._tcp.ex;"
    "_sip._tcp.ex SRV 0 1 5060 h1.ex; _sip._tcp.ex SRV 0 2 5060 h2.ex;"
    "_sips._tcp.ex SRV 0 0 5061 h3.ex";

// RFC 3263 4.1 and RFC 3403 4.1.
const row naptr_rows[] = {
    {"ExampleOfTheRfc", "sip:ex", rfc_example, "{C:h1:5060 C:h2:5060}", without_tls},
    {"LowestOrderFirst", "sip:ex", rfc_example_tls, "T:h3:5061 {C:h1:5060 C:h2:5060}"},
    {"StrictStopsAfterTheFirstOrder", "sip:ex", rfc_example_tls, "T:h3:5061", strict},
    {"SecureUriUsesSecureServicesOnly", "sips:ex", rfc_example_tls, "T:h3:5061"},
    {"PreferenceInsideOneOrder",
     "sip:ex",
     "ex NAPTR 10 20 s SIP+D2U - _sip._udp.ex; ex NAPTR 10 10 s SIP+D2T - _sip._tcp.ex;"
     "_sip._udp.ex SRV 1 1 5060 h1.ex; _sip._tcp.ex SRV 1 1 5060 h2.ex",
     "C:h2:5060 U:h1:5060"},
    {"OrderBeforePreference",
     "sip:ex",
     "ex NAPTR 10 50 s SIPS+D2T - _sips._tcp.ex; ex NAPTR 20 10 s SIP+D2U - _sip._udp.ex;"
     "_sips._tcp.ex SRV 1 1 5061 h1.ex; _sip._udp.ex SRV 1 1 5060 h2.ex",
     "T:h1:5061 U:h2:5060"},
    {"UnknownFlagsAreSkipped",
     "sip:ex",
     "ex NAPTR 10 10 u SIP+D2U - _sip._udp.ex; ex NAPTR 20 10 s SIP+D2T - _sip._tcp.ex;"
     "_sip._udp.ex SRV 1 1 5060 h1.ex; _sip._tcp.ex SRV 1 1 5060 h2.ex",
     "C:h2:5060"},
    {"RegularExpressionIsSkipped",
     "sip:ex",
     "ex NAPTR 10 10 s SIP+D2U !.*!_sip._udp.ex! .; _sip._udp.ex SRV 1 1 5060 h1.ex",
     "U:h1:5060"},
    {"RegularExpressionBesideReplacementIsSkipped",
     "sip:ex",
     "ex NAPTR 10 10 s SIP+D2T !a!b! _sip._tcp.o; _sip._tcp.o SRV 1 1 5060 h2.ex;"
     "_sip._udp.ex SRV 1 1 5060 h1.ex",
     "U:h1:5060"},
    {"CaseDoesNotMatter",
     "sip:ex",
     "ex NAPTR 10 10 S sip+d2u - _SIP._UDP.EX; _sip._udp.ex SRV 1 1 5060 h1.ex",
     "U:h1:5060"},
    {"FlagALeadsToAddresses", "sip:ex", "ex NAPTR 10 10 a SIP+D2T - h1.ex", "C:h1:5060"},
    {"NonTerminalIsFollowed",
     "sip:ex",
     "ex NAPTR 10 10 - SIP+D2T - more.ex; more.ex NAPTR 1 1 s SIP+D2T - _sip._tcp.o;"
     "_sip._tcp.o SRV 1 1 5060 h1.ex",
     "C:h1:5060"},
    {"NonTerminalLoopIsAsNoNaptr",
     "sip:ex",
     "ex NAPTR 10 10 - SIP+D2T - ex; _sip._udp.ex SRV 1 1 5060 h1.ex",
     "U:h1:5060"},
    {"ServiceOfOtherTransportIsIgnored",
     "sip:ex",
     "ex NAPTR 10 10 s SIP+D2S - _sip._sctp.ex; _sip._udp.ex SRV 1 1 5060 h1.ex",
     "U:h1:5060"},
    {"EnumServiceIsIgnored",
     "sip:ex",
     "ex NAPTR 10 10 u E2U+sip !^.*$!sip:a@b! .; _sip._udp.ex SRV 1 1 5060 h1.ex",
     "U:h1:5060"},
    {"RuleThatLeadsNowhereDoesNotMatch",
     "sip:ex",
     "ex NAPTR 10 10 s SIPS+D2T - _sips._tcp.ex; _sip._udp.ex SRV 1 1 5060 h1.ex",
     "U:h1:5060"},
    {"RuleThatLeadsNowhereEndsTheStrictScope",
     "sip:ex",
     "ex NAPTR 10 10 s SIPS+D2T - _sips._tcp.ex; _sip._udp.ex SRV 1 1 5060 h1.ex",
     "! no_candidates",
     strict},
    {"FailedNaptrGoesOnWithSrv",
     "sip:ex",
     "ex NAPTR FAIL; _sip._udp.ex SRV 1 1 5060 h1.ex",
     "U:h1:5060"},
    {"FailedNaptrNeverBecomesAddresses", "sip:d.ex", "d.ex NAPTR FAIL", "! dns_temporary"},
    {"ForeignDomainOfNaptrIsFollowed",
     "sip:ex",
     "ex NAPTR 10 10 s SIP+D2U - _sip._udp.o; _sip._udp.o SRV 1 1 5070 h1.ex",
     "U:h1:5070"},
    {"SrvFailureBehindNaptrNeverBecomesAddresses",
     "sip:d.ex",
     "d.ex NAPTR 10 10 s SIP+D2U - _sip._udp.o; _sip._udp.o SRV FAIL",
     "! dns_temporary"},
};
INSTANTIATE_TEST_SUITE_P(Naptr, Plan, testing::ValuesIn(naptr_rows), claim_of);

// RFC 3263 4.2, RFC 2782.
const row srv_rows[] = {
    {"TransportsByLocalPreference",
     "sip:ex",
     "_sips._tcp.ex SRV 5 1 5061 h1.ex; _sip._tcp.ex SRV 1 1 5060 h2.ex;"
     "_sip._udp.ex SRV 1 1 5060 h3.ex",
     "T:h1:5061 C:h2:5060 U:h3:5060"},
    {"SecureUriAsksSecureSrvOnly",
     "sips:ex",
     "_sips._tcp.ex SRV 5 1 5061 h1.ex; _sip._tcp.ex SRV 1 1 5060 h2.ex",
     "T:h1:5061"},
    {"AnyTransportBeatsAddresses", "sip:d.ex", "_sip._tcp.d.ex SRV 1 1 5060 h2.ex", "C:h2:5060"},
    {"NoSrvMeansAddresses", "sip:h1.ex", "", "U:h1:5060"},
    {"NoSrvMeansAddressesWithTlsWhenSecure", "sips:h1.ex", "", "T:h1:5061"},
    {"BigRequestTriesTcpFirst", "sip:h1.ex", "", "C:h1:5060 U:h1:5060", big},
    {"BigRequestTriesSrvOfTcpFirst",
     "sip:ex",
     "_sip._udp.ex SRV 1 1 5060 h1.ex; _sip._tcp.ex SRV 1 1 5060 h2.ex",
     "C:h2:5060 U:h1:5060",
     big},
    {"BigRequestTriesNaptrOfTcpFirst",
     "sip:ex",
     "ex NAPTR 10 10 s SIP+D2U - _sip._udp.ex; ex NAPTR 20 10 s SIP+D2T - _sip._tcp.ex;"
     "_sip._udp.ex SRV 1 1 5060 h1.ex; _sip._tcp.ex SRV 1 1 5060 h2.ex",
     "C:h2:5060 U:h1:5060",
     big},
    {"BigRequestNeverLeavesTheOrderOfTheStrictScope",
     "sip:ex",
     "ex NAPTR 10 10 s SIP+D2U - _sip._udp.ex; ex NAPTR 20 10 s SIP+D2T - _sip._tcp.ex;"
     "_sip._udp.ex SRV 1 1 5060 h1.ex; _sip._tcp.ex SRV 1 1 5060 h2.ex",
     "U:h1:5060",
     big_and_strict},
    {"NothingAtAllIsNotFound", "sip:nowhere.ex", "", "! not_found"},
    {"AbsentEverywhereIsNotAvailable",
     "sip:h1.ex",
     "_sip._udp.h1.ex SRV 0 0 0 .; _sip._tcp.h1.ex SRV 0 0 0 .; _sips._tcp.h1.ex SRV 0 0 0 .",
     "! service_not_available"},
    {"AbsentUdpLeavesTcp", "sip:h1.ex", "_sip._udp.h1.ex SRV 0 0 0 .", "C:h1:5060"},
    {"DotBesideTargetsIsIgnored",
     "sip:ex",
     "_sip._udp.ex SRV 0 0 0 .; _sip._udp.ex SRV 10 1 5060 h1.ex",
     "U:h1:5060"},
    {"FailedSrvNeverBecomesAddresses", "sip:d.ex", "_sip._udp.d.ex SRV FAIL", "! dns_temporary"},
    {"FailedSrvOfGivenTransportNeverBecomesAddresses",
     "sip:d.ex;transport=tcp",
     "_sip._tcp.d.ex SRV FAIL",
     "! dns_temporary"},
    {"FailedSrvOfOneTransportLeavesTheOthers",
     "sip:ex",
     "_sips._tcp.ex SRV FAIL; _sip._udp.ex SRV 1 1 5060 h1.ex",
     "U:h1:5060"},
    {"SinglePriorityLevelsAreKept",
     "sip:ex",
     "_sip._udp.ex SRV 10 1 5060 h1.ex; _sip._udp.ex SRV 20 1 5060 h2.ex;"
     "_sip._udp.ex SRV 20 1 5060 h3.ex",
     "U:h1:5060 {U:h2:5060 U:h3:5060}"},
    {"LastPriorityIsKept",
     "sip:ex",
     "_sip._udp.ex SRV 10 1 5060 h1.ex; _sip._udp.ex SRV 10 1 5060 h2.ex;"
     "_sip._udp.ex SRV 20 0 5060 h3.ex",
     "{U:h1:5060 U:h2:5060} U:h3:5060"},
    {"SameHostTwoPortsIsTwoCandidates",
     "sip:ex",
     "_sip._udp.ex SRV 10 1 5060 h1.ex; _sip._udp.ex SRV 10 1 5062 h1.ex",
     "{U:h1:5060 U:h1:5062}"},
    {"SamePlaceTwiceKeepsTheBestRank",
     "sip:ex",
     "_sip._udp.ex SRV 10 1 5060 h1.ex; _sip._udp.ex SRV 20 1 5060 h1b.ex; h1b.ex A 192.0.2.1",
     "U:h1:5060"},
    {"PortZeroIsSkipped",
     "sip:ex",
     "_sip._udp.ex SRV 10 1 0 h1.ex; _sip._udp.ex SRV 20 1 5060 h2.ex",
     "U:h2:5060"},
    {"MissingTargetIsSkipped",
     "sip:d.ex",
     "_sip._udp.d.ex SRV 10 1 5060 h9.ex; _sip._udp.d.ex SRV 10 1 5060 h2.ex",
     "U:h2:5060"},
    {"MissingTargetsNeverBecomeTheDomain",
     "sip:d.ex",
     "_sip._udp.d.ex SRV 10 1 5060 h9.ex",
     "! no_addresses"},
    {"FailedTargetIsSkipped",
     "sip:ex",
     "_sip._udp.ex SRV 10 1 5060 h9.ex; _sip._udp.ex SRV 20 1 5060 h2.ex; h9.ex A FAIL;"
     "h9.ex AAAA FAIL",
     "U:h2:5060"},
    {"OnlyFailedTargetsIsTemporary",
     "sip:ex",
     "_sip._udp.ex SRV 10 1 5060 h9.ex; h9.ex A FAIL; h9.ex AAAA FAIL",
     "! dns_temporary"},
    {"AliasedTargetIsUsed",
     "sip:ex",
     "_sip._udp.ex SRV 10 1 5060 a.ex; a.ex CNAME b.ex; b.ex CNAME h2.ex",
     "U:h2:5060"},
    {"UnfinishedAliasIsAskedOn",
     "sip:ex",
     "NOCHASE; _sip._udp.ex SRV 10 1 5060 a.ex; a.ex CNAME b.ex; b.ex CNAME h2.ex",
     "U:h2:5060"},
    {"AliasLoopLosesOnlyItsTarget",
     "sip:ex",
     "_sip._udp.ex SRV 10 1 5060 a.ex; _sip._udp.ex SRV 20 1 5060 h2.ex; a.ex CNAME b.ex;"
     "b.ex CNAME a.ex",
     "U:h2:5060"},
    {"UnfinishedAliasLoopEnds",
     "sip:ex",
     "NOCHASE; _sip._udp.ex SRV 10 1 5060 a.ex; a.ex CNAME b.ex; b.ex CNAME a.ex",
     "! alias_loop"},
    {"AliasedServiceIsFollowed",
     "sip:ex",
     "_sip._udp.ex CNAME _sip._udp.o; _sip._udp.o SRV 10 1 5060 h1.ex",
     "U:h1:5060"},
    {"BothFamiliesOfOneTargetBeforeTheNext",
     "sip:ex",
     "_sip._udp.ex SRV 10 1 5060 d.ex; _sip._udp.ex SRV 20 1 5060 e.ex; e.ex A 192.0.2.8;"
     "e.ex AAAA 2001:db8::8",
     "U:h7/6:5060 U:h7:5060 U:h8/6:5060 U:h8:5060"},
    {"OtherFamilyIsAsIfAbsent",
     "sip:ex",
     "_sip._udp.ex SRV 10 1 5060 h6.ex; _sip._udp.ex SRV 20 1 5060 h2.ex",
     "U:h2:5060",
     v4_only},
    {"FailedFamilyLeavesTheOther",
     "sip:ex",
     "_sip._udp.ex SRV 10 1 5060 h1.ex; h1.ex AAAA FAIL",
     "U:h1:5060"},
};
INSTANTIATE_TEST_SUITE_P(Srv, Plan, testing::ValuesIn(srv_rows), claim_of);

}  // namespace
}  // namespace sipha::resolver::test
