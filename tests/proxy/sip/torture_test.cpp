#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <vector>

#include "proxy/sip/fields.hpp"
#include "proxy/sip/framer.hpp"
#include "proxy/sip/message.hpp"
#include "proxy/sip/patch.hpp"

namespace sipha::sip {
namespace {

namespace fs = std::filesystem;

const fs::path folder = fs::path(SIPHA_TEST_DATA) / "sip" / "torture";

std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// How the message layer must judge a message that arrives in a datagram.
constexpr int accepted = 0;
/// Not a SIP message, or a response that must be discarded: nothing is answered.
constexpr int dropped = -1;

struct torture {
    std::string_view file;
    int verdict;  ///< accepted, dropped or the status of the answer
    std::string_view section;
};

// Where the RFC leaves a choice, the comment says what it leaves.
constexpr torture messages[] = {
    {"rfc4475/wsinv.dat", accepted, "3.1.1.1"},
    {"rfc4475/intmeth.dat", accepted, "3.1.1.2"},
    {"rfc4475/esc01.dat", accepted, "3.1.1.3"},
    {"rfc4475/escnull.dat", accepted, "3.1.1.4"},
    {"rfc4475/esc02.dat", accepted, "3.1.1.5"},
    {"rfc4475/lwsdisp.dat", accepted, "3.1.1.6"},
    {"rfc4475/longreq.dat", accepted, "3.1.1.7"},
    {"rfc4475/dblreq.dat", accepted, "3.1.1.8"},  // the octets behind the first message ignored
    {"rfc4475/semiuri.dat", accepted, "3.1.1.9"},
    {"rfc4475/transports.dat", accepted, "3.1.1.10"},
    {"rfc4475/mpart01.dat", accepted, "3.1.1.11"},
    {"rfc4475/unreason.dat", accepted, "3.1.1.12"},
    {"rfc4475/noreason.dat", accepted, "3.1.1.13"},
    {"rfc4475/badinv01.dat", 400, "3.1.2.1"},
    {"rfc4475/clerr.dat", 400, "3.1.2.2"},
    {"rfc4475/ncl.dat", 400, "3.1.2.3"},
    {"rfc4475/scalar02.dat", 400, "3.1.2.4"},
    {"rfc4475/scalarlg.dat", dropped, "3.1.2.5"},
    {"rfc4475/quotbal.dat", 400, "3.1.2.6"},
    {"rfc4475/ltgtruri.dat", 400, "3.1.2.7"},
    {"rfc4475/lwsruri.dat", 400, "3.1.2.8"},
    {"rfc4475/lwsstart.dat", 400, "3.1.2.9"},       // or be liberal
    {"rfc4475/trws.dat", 400, "3.1.2.10"},          // or be liberal
    {"rfc4475/escruri.dat", 400, "3.1.2.11"},       // or ignore and never forward the headers
    {"rfc4475/baddate.dat", accepted, "3.1.2.12"},  // a proxy does not look at Date
    {"rfc4475/regbadct.dat", 400, "3.1.2.13"},
    {"rfc4475/badaspec.dat", 400, "3.1.2.14"},          // or be liberal
    {"rfc4475/baddn-terminated.dat", 400, "3.1.2.15"},  // or be liberal
    {"rfc4475/baddn.dat", dropped, "3.1.2.15"},         // the archive's copy lacks the empty line
    {"rfc4475/badvers.dat", 505, "3.1.2.16"},
    {"rfc4475/mismatch01.dat", 400, "3.1.2.17"},
    {"rfc4475/mismatch02.dat", 400, "3.1.2.18"},  // or 501
    {"rfc4475/bigcode.dat", dropped, "3.1.2.19"},
    {"rfc4475/badbranch.dat", accepted, "3.2.1"},  // or 400; the transaction layer's affair
    {"rfc4475/insuf.dat", 400, "3.3.1"},
    {"rfc4475/unkscm.dat", 416, "3.3.2"},
    {"rfc4475/novelsc.dat", 416, "3.3.3"},
    {"rfc4475/unksm2.dat", accepted, "3.3.4"},    // the registrar's affair
    {"rfc4475/bext01.dat", accepted, "3.3.5"},    // 420 is the proxy's affair
    {"rfc4475/invut.dat", accepted, "3.3.6"},     // 415 is the user agent's affair
    {"rfc4475/regaut01.dat", accepted, "3.3.7"},  // authentication's affair
    {"rfc4475/multi01.dat", 400, "3.3.8"},
    {"rfc4475/mcl01.dat", 400, "3.3.9"},
    {"rfc4475/bcast.dat", accepted, "3.3.10"},   // its Via names another element: not our match
    {"rfc4475/zeromf.dat", accepted, "3.3.11"},  // 483 is the proxy's affair
    {"rfc4475/cparam01.dat", accepted, "3.3.12"},
    {"rfc4475/cparam02.dat", accepted, "3.3.13"},
    {"rfc4475/regescrt.dat", accepted, "3.3.14"},
    {"rfc4475/sdp01.dat", accepted, "3.3.15"},
    {"rfc4475/inv2543.dat", accepted, "3.4.1"},
    {"rfc4475/test.dat", dropped, "none: in the archive, but not in the text; has no SIP-Version"},
    {"rfc5118/ipv6-good.dat", accepted, "4.1"},
    {"rfc5118/ipv6-bad.dat", 400, "4.2"},
    {"rfc5118/port-ambiguous.dat", accepted, "4.3"},
    {"rfc5118/port-unambiguous.dat", accepted, "4.4"},
    {"rfc5118/via-received-param-with-delim.dat", accepted, "4.5"},
    {"rfc5118/via-received-param-no-delim.dat", accepted, "4.5"},
    {"rfc5118/ipv6-in-sdp.dat", accepted, "4.6"},
    {"rfc5118/mult-ip-in-header.dat", accepted, "4.7"},
    {"rfc5118/mult-ip-in-sdp.dat", accepted, "4.8"},
    {"rfc5118/ipv4-mapped-ipv6.dat", accepted, "4.9"},
    // 4.10: three colons may be accepted; RFC 5954 4.1 has since corrected the grammar.
    {"rfc5118/ipv6-bug-abnf-3-colons.dat", 400, "4.10"},
    {"rfc5118/ipv6-correct-abnf-2-colons.dat", accepted, "4.10"},
};

int verdict_on(std::string_view bytes, message& out) {
    const auto error = parse_message(bytes, out);
    if (error == parse_error::truncated_body && out.is_request()) {
        return 400;  // RFC 3261 18.3
    }
    if (error) {
        return dropped;
    }
    const auto verdict = validate(out);
    return verdict.status != 0 && !out.is_request() ? dropped : verdict.status;
}

class Torture : public testing::TestWithParam<torture> {};

TEST_P(Torture, GetsTheVerdictOfTheRfc) {
    const auto bytes = read_file(folder / GetParam().file);
    ASSERT_FALSE(bytes.empty());
    message parsed;
    EXPECT_EQ(verdict_on(bytes, parsed), GetParam().verdict)
        << "section " << GetParam().section << "; validate says: " << validate(parsed).reason;
}

TEST_P(Torture, IsForwardedUnchangedByAnEmptyPatchOrLeavesNothingBehind) {
    const auto bytes = read_file(folder / GetParam().file);
    message parsed;
    const auto error = parse_message(bytes, parsed);
    patch none;
    none.reset(parsed);
    std::string forwarded;
    none.append_to(forwarded);
    EXPECT_EQ(forwarded, parsed.bytes());
    EXPECT_EQ(bytes.substr(0, forwarded.size()), forwarded);
    const bool is_readable = !error || error == parse_error::truncated_body;
    EXPECT_EQ(!forwarded.empty(), is_readable);
    EXPECT_EQ(!parsed.headers().empty(), is_readable);
}

std::string test_name(const testing::TestParamInfo<torture>& one) {
    std::string name(one.param.file);
    std::replace_if(
        name.begin(), name.end(), [](char c) { return !is_alphanumeric(c); }, '_'
    );
    return name;
}
INSTANTIATE_TEST_SUITE_P(Rfc, Torture, testing::ValuesIn(messages), test_name);

TEST(TortureTable, NamesEveryFile) {
    std::set<std::string> listed, present;
    for (const auto& one : messages) {
        listed.emplace(one.file);
    }
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) {
            present.insert(fs::relative(entry.path(), folder).generic_string());
        }
    }
    EXPECT_EQ(listed, present);
}

std::vector<via> vias_of(const message& whole) {
    std::vector<via> all;
    for (const auto value : values_of(whole, header_id::via)) {
        all.push_back(parse_via(value).value());
    }
    return all;
}

TEST(TortureContent, WhiteSpaceInViasAndCommaListsIsSeenThrough) {
    const auto bytes = read_file(folder / "rfc4475/wsinv.dat");
    message parsed;
    ASSERT_EQ(parse_message(bytes, parsed), std::nullopt);
    const auto vias = vias_of(parsed);
    ASSERT_EQ(vias.size(), 3u);
    EXPECT_EQ(vias[0].host, "192.0.2.2");
    EXPECT_EQ(vias[0].branch, "390skdjuw");
    EXPECT_EQ(vias[1].transport, transport::tcp);
    EXPECT_EQ(vias[1].host, "spindle.example.com");
    EXPECT_EQ(vias[1].branch, "z9hG4bK9ikj8");
    EXPECT_EQ(vias[2].branch, "z9hG4bK30239");
    const auto to = parse_name_addr(parsed.find(header_id::to)->value);
    EXPECT_EQ(to->params.value("tag"), "1918181833n");
    const auto from = parse_name_addr(parsed.find(header_id::from)->value);
    EXPECT_EQ(from->display_name, R"(J Rosenberg \\\")");
    EXPECT_EQ(from->params.value("tag"), "98asjd8");
    EXPECT_EQ(parse_cseq(parsed.find(header_id::cseq)->value)->number, 9u);
    EXPECT_EQ(parsed.find(header_id::subject)->value, "");
    const auto contact = parse_name_addr(parsed.find(header_id::contact)->value);
    EXPECT_EQ(contact->params.value("q"), "0.33");
    EXPECT_TRUE(contact->params.has("secondparam"));
}

TEST(TortureContent, UnusualMethodAndControlCharactersInQuotedPairsSurvive) {
    const auto bytes = read_file(folder / "rfc4475/intmeth.dat");
    message parsed;
    ASSERT_EQ(parse_message(bytes, parsed), std::nullopt);
    EXPECT_EQ(parsed.method(), method::other);
    EXPECT_EQ(parsed.method_text(), "!interesting-Method0123456789_*+`.%indeed'~");
    const auto to = parse_name_addr(parsed.find(header_id::to)->value);
    ASSERT_TRUE(to.has_value());
    EXPECT_NE(to->display_name.find('\0'), std::string_view::npos);
    const auto target = parse_uri(parsed.request_uri());
    ASSERT_TRUE(target.has_value());
    EXPECT_EQ(target->user, "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
    EXPECT_EQ(target->password, "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)");
    EXPECT_EQ(target->host, "example.com");
}

TEST(TortureContent, EscapedNamesAreNotTheNamesTheyResemble) {
    const auto bytes = read_file(folder / "rfc4475/esc02.dat");
    message parsed;
    ASSERT_EQ(parse_message(bytes, parsed), std::nullopt);
    EXPECT_EQ(parsed.method(), method::other);        // RE%47IST%45R is not REGISTER
    EXPECT_EQ(parsed.count(header_id::contact), 2u);  // C%6Fntact is not Contact
}

TEST(TortureContent, NullInUserNameKeepsUsersApart) {
    const auto bytes = read_file(folder / "rfc4475/escnull.dat");
    message parsed;
    ASSERT_EQ(parse_message(bytes, parsed), std::nullopt);
    std::set<std::string> keys;
    for (const auto value : values_of(parsed, header_id::contact)) {
        keys.insert(canonical_aor(parse_uri(parse_name_addr(value)->uri).value()));
    }
    EXPECT_EQ(
        keys, (std::set<std::string>{"sip:%00@host5.example.com", "sip:%00%00@host5.example.com"})
    );
}

TEST(TortureContent, LongRequestHasAllItsVias) {
    const auto bytes = read_file(folder / "rfc4475/longreq.dat");
    message parsed;
    ASSERT_EQ(parse_message(bytes, parsed), std::nullopt);
    const auto vias = vias_of(parsed);
    ASSERT_EQ(vias.size(), 34u);
    EXPECT_EQ(vias[0].host, "sip33.example.com");
    EXPECT_EQ(vias[33].received, "192.0.2.5");
}

TEST(TortureContent, SecondRequestInADatagramIsIgnoredAndInAStreamIsRead) {
    const auto bytes = read_file(folder / "rfc4475/dblreq.dat");
    message parsed;
    ASSERT_EQ(parse_message(bytes, parsed), std::nullopt);
    EXPECT_EQ(parsed.method(), method::register_);
    EXPECT_TRUE(parsed.bytes().ends_with("Content-Length: 0\r\n\r\n"));

    framer stream;
    stream.push(bytes);
    std::string_view cut;
    ASSERT_EQ(stream.next(cut), framer::event::message);
    EXPECT_EQ(cut, parsed.bytes());
    ASSERT_EQ(stream.next(cut), framer::event::message);
    ASSERT_EQ(parse_message(cut, parsed), std::nullopt);
    EXPECT_EQ(parsed.method(), method::invite);
}

TEST(TortureContent, SemicolonsBelongToTheUserPart) {
    const auto target = parse_uri("sip:user;par=u%40example.net@example.com");
    ASSERT_TRUE(target.has_value());
    EXPECT_EQ(target->user, "user;par=u%40example.net");
    EXPECT_FALSE(target->params.has("par"));
}

TEST(TortureContent, UnknownParameterBelongsToContactOrToItsUri) {
    const auto outside = parse_name_addr("sip:+19725552222@gw1.example.net;unknownparam");
    EXPECT_TRUE(outside->params.has("unknownparam"));
    EXPECT_EQ(outside->uri, "sip:+19725552222@gw1.example.net");
    const auto inside = parse_name_addr("<sip:+19725552222@gw1.example.net;unknownparam>");
    EXPECT_FALSE(inside->params.has("unknownparam"));
    EXPECT_TRUE(parse_uri(inside->uri)->params.has("unknownparam"));
}

TEST(TortureContent, PortBelongsToTheAddressOnlyBehindTheBracket) {
    const auto ambiguous = parse_uri("sip:[2001:db8::10:5070]");
    EXPECT_EQ(ambiguous->host, "2001:db8::10:5070");
    EXPECT_EQ(ambiguous->port, std::nullopt);
    const auto unambiguous = parse_uri("sip:[2001:db8::10]:5070");
    EXPECT_EQ(unambiguous->host, "2001:db8::10");
    EXPECT_EQ(unambiguous->port, 5070);
}

}  // namespace
}  // namespace sipha::sip
