// Every message of RFC 4475 and RFC 5118 given to a whole node, as a datagram and on a connection:
// answered, forwarded as it came, or dropped.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "proxy/sip/framer.hpp"
#include "proxy/sip/text.hpp"
#include "proxy/sip/values.hpp"
#include "tests/proxy/node/phones.hpp"

namespace sipha::proxy {
namespace {

using sip::header_id;

const std::filesystem::path folder = std::filesystem::path(SIPHA_TEST_DATA) / "sip" / "torture";

std::string read_file(std::string_view name) {
    std::ifstream file(folder / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// The treatments beside a status code. `forwarded` is also checked to be unchanged.
constexpr const char* forwarded = "forwarded";
constexpr const char* dropped = "dropped";
constexpr const char* closed = "closed";  ///< the connection
constexpr const char* waits = "waits";    ///< for the rest; a limit of time ends that

/// One message and what must become of it.
struct torture {
    friend void PrintTo(const torture& one, std::ostream* out) { *out << one.file; }

    const char* file;
    const char* datagram;
    const char* stream;  ///< nullptr: the same
    const char* section;
};

// Where the RFC leaves a choice, the comment says what it leaves.
constexpr torture messages[] = {
    {"rfc4475/wsinv.dat", forwarded, nullptr, "3.1.1.1"},
    {"rfc4475/intmeth.dat", forwarded, nullptr, "3.1.1.2"},
    {"rfc4475/esc01.dat", forwarded, nullptr, "3.1.1.3"},
    {"rfc4475/escnull.dat", "200", nullptr, "3.1.1.4"},
    {"rfc4475/esc02.dat", forwarded, nullptr, "3.1.1.5"},
    {"rfc4475/lwsdisp.dat", forwarded, nullptr, "3.1.1.6"},
    {"rfc4475/longreq.dat", forwarded, nullptr, "3.1.1.7"},
    // A datagram is one message; on a stream the second follows, and then octets that are none.
    {"rfc4475/dblreq.dat", "200", "200 forwarded closed", "3.1.1.8"},
    {"rfc4475/semiuri.dat", forwarded, nullptr, "3.1.1.9"},
    {"rfc4475/transports.dat", forwarded, nullptr, "3.1.1.10"},
    {"rfc4475/mpart01.dat", forwarded, nullptr, "3.1.1.11"},
    {"rfc4475/unreason.dat", dropped, nullptr, "3.1.1.12"},  // valid, but no answer to us
    {"rfc4475/noreason.dat", dropped, nullptr, "3.1.1.13"},  // the same
    {"rfc4475/badinv01.dat", "400", nullptr, "3.1.2.1"},
    {"rfc4475/clerr.dat", "400", waits, "3.1.2.2"},
    {"rfc4475/ncl.dat", "400", closed, "3.1.2.3"},
    {"rfc4475/scalar02.dat", "400", nullptr, "3.1.2.4"},
    {"rfc4475/scalarlg.dat", dropped, nullptr, "3.1.2.5"},
    {"rfc4475/quotbal.dat", "400", nullptr, "3.1.2.6"},
    {"rfc4475/ltgtruri.dat", "400", nullptr, "3.1.2.7"},
    {"rfc4475/lwsruri.dat", "400", nullptr, "3.1.2.8"},
    {"rfc4475/lwsstart.dat", "400", nullptr, "3.1.2.9"},  // or be liberal
    {"rfc4475/trws.dat", "400", nullptr, "3.1.2.10"},     // or be liberal
    {"rfc4475/escruri.dat", "400", nullptr, "3.1.2.11"},  // or never forward the headers
    {"rfc4475/baddate.dat", forwarded, nullptr, "3.1.2.12"},
    {"rfc4475/regbadct.dat", "400", nullptr, "3.1.2.13"},
    {"rfc4475/badaspec.dat", "400", nullptr, "3.1.2.14"},          // or be liberal
    {"rfc4475/baddn-terminated.dat", "400", nullptr, "3.1.2.15"},  // or be liberal
    {"rfc4475/baddn.dat", dropped, waits, "3.1.2.15"},  // the archive's copy has no empty line
    {"rfc4475/badvers.dat", "505", nullptr, "3.1.2.16"},
    {"rfc4475/mismatch01.dat", "400", nullptr, "3.1.2.17"},
    {"rfc4475/mismatch02.dat", "400", nullptr, "3.1.2.18"},  // or 501
    {"rfc4475/bigcode.dat", dropped, closed, "3.1.2.19"},
    {"rfc4475/badbranch.dat", forwarded, nullptr, "3.2.1"},  // or 400
    {"rfc4475/insuf.dat", "400", nullptr, "3.3.1"},
    {"rfc4475/unkscm.dat", "416", nullptr, "3.3.2"},
    {"rfc4475/novelsc.dat", "416", nullptr, "3.3.3"},
    {"rfc4475/unksm2.dat", "400", nullptr, "3.3.4"},  // its To is no address of record
    {"rfc4475/bext01.dat", "420", nullptr, "3.3.5"},
    {"rfc4475/invut.dat", forwarded, nullptr, "3.3.6"},  // 415 is for the user agent to say
    {"rfc4475/regaut01.dat", "200", nullptr, "3.3.7"},   // nobody asked for credentials here
    {"rfc4475/multi01.dat", "400", nullptr, "3.3.8"},
    {"rfc4475/mcl01.dat", "400", closed, "3.3.9"},
    {"rfc4475/bcast.dat", dropped, nullptr, "3.3.10"},
    {"rfc4475/zeromf.dat", "483", nullptr, "3.3.11"},
    {"rfc4475/cparam01.dat", "200", nullptr, "3.3.12"},
    {"rfc4475/cparam02.dat", "200", nullptr, "3.3.13"},
    {"rfc4475/regescrt.dat", "200", nullptr, "3.3.14"},
    {"rfc4475/sdp01.dat", forwarded, nullptr, "3.3.15"},  // 406 is for the user agent to say
    // Without Content-Length a datagram ends the message, a stream cannot (RFC 3261 18.3).
    {"rfc4475/inv2543.dat", forwarded, closed, "3.4.1"},
    {"rfc4475/test.dat", dropped, closed, "none: in the archive, not in the text"},
    {"rfc5118/ipv6-good.dat", "200", nullptr, "4.1"},
    {"rfc5118/ipv6-bad.dat", "400", nullptr, "4.2"},
    // The port is part of the address, so that is not the address of this registrar.
    {"rfc5118/port-ambiguous.dat", "403", nullptr, "4.3"},
    {"rfc5118/port-unambiguous.dat", "200", nullptr, "4.4"},
    {"rfc5118/via-received-param-with-delim.dat", forwarded, nullptr, "4.5"},
    {"rfc5118/via-received-param-no-delim.dat", forwarded, nullptr, "4.5"},
    {"rfc5118/ipv6-in-sdp.dat", forwarded, nullptr, "4.6"},
    {"rfc5118/mult-ip-in-header.dat", forwarded, nullptr, "4.7"},
    {"rfc5118/mult-ip-in-sdp.dat", forwarded, nullptr, "4.8"},
    {"rfc5118/ipv4-mapped-ipv6.dat", forwarded, nullptr, "4.9"},
    // RFC 5954 4.1 has since corrected the grammar that 4.10 shows the fault of.
    {"rfc5118/ipv6-bug-abnf-3-colons.dat", "400", nullptr, "4.10"},
    {"rfc5118/ipv6-correct-abnf-2-colons.dat", forwarded, nullptr, "4.10"},
};

/// A node that sends the other requests of a registered phone to an upstream proxy, and the phone.
class edge {
  public:
    /// @param is_registrar of example.com, and at an IPv6 address. As a proxy it is named by the
    /// Route values of two messages.
    explicit edge(bool is_registrar)
        : world_(1, [is_registrar](node_options& options) {
              options.groups = {route::default_group({"sip:192.0.2.99"})};
              options.policy.has_upstream = true;
              if (is_registrar) {
                  options.domains = {"example.org", "example.com"};
                  options.listeners.push_back(test::at("udp:[2001:db8::10]:5060"));
                  options.listeners.push_back(test::at("udp:[2001:db8::10]:5070"));
              } else {
                  options.domains = {"example.org", "services.example.com"};
                  options.listeners.push_back(test::at("udp:127.0.0.1:5080"));
              }
          }) {
        enroll(world_, 1, datagrams);
        enroll(world_, 1, connection);
    }

    /// What the node does with one message.
    std::string treat(const phone& from, std::string_view message) {
        world_.receive(1, from.from, message);
        std::string out;
        for (const auto& one : world_.take(1)) {
            if (one.kind() == "100") {
                continue;  // comes with every INVITE that is forwarded
            }
            const bool is_response = one.text.starts_with("SIP/2.0 ");
            out += out.empty() ? "" : " ";
            out += is_response ? one.kind() : forwarded;
            if (is_response) {
                // The port is that of sent-by where no rport was asked for (RFC 3261 18.2.2).
                EXPECT_EQ(one.to.remote.ip, from.from.remote.ip);
                EXPECT_EQ(one.to.flow, from.from.flow);
            } else {
                EXPECT_EQ(one.to.remote, test::at("udp:192.0.2.99:5060"));
                expect_unchanged(message, one.text);
            }
        }
        return out.empty() ? dropped : out;
    }

    phone datagrams{"caller", hop_to("udp:192.0.2.10:5060"), "192.0.2.10:5060"};
    phone connection{"stream", {1, test::at("tcp:192.0.2.10:4000"), 9}, "192.0.2.10:5060", "TCP"};

  private:
    /// Everything but what a proxy must change (RFC 3261 16.6, RFC 5393 5.3.3) is there, byte for
    /// byte.
    static void expect_unchanged(std::string_view arrived, const std::string& sent) {
        sip::message before;
        sip::message after;
        sip::parse_message(arrived, before);
        ASSERT_EQ(sip::parse_message(sent, after), std::nullopt);
        EXPECT_EQ(after.start_line(), before.start_line());
        EXPECT_EQ(other_lines(after), other_lines(before));
        EXPECT_EQ(after.body(), before.body());
        const auto old_vias = values(before, header_id::via);
        const auto new_vias = values(after, header_id::via);
        ASSERT_EQ(new_vias.size(), old_vias.size() + 1);  // ours; the sender's has its source
        EXPECT_TRUE(std::equal(old_vias.begin() + 1, old_vias.end(), new_vias.begin() + 2));
        const auto old_records = values(before, header_id::record_route);
        const auto new_records = values(after, header_id::record_route);
        ASSERT_GE(new_records.size(), old_records.size());
        EXPECT_TRUE(std::equal(old_records.rbegin(), old_records.rend(), new_records.rbegin()));
    }
    static std::vector<std::string> other_lines(const sip::message& of) {
        std::vector<std::string> lines;
        for (const auto& field : of.headers()) {
            if (field.id != header_id::via && field.id != header_id::max_forwards &&
                field.id != header_id::route && field.id != header_id::record_route &&
                field.id != header_id::max_breadth) {
                lines.emplace_back(field.line);
            }
        }
        return lines;
    }
    static std::vector<std::string> values(const sip::message& of, header_id id) {
        std::vector<std::string> all;
        for (const auto value : sip::values_of(of, id)) {
            all.emplace_back(value);
        }
        return all;
    }

    node_world world_;
};

class ProxyCasesTorture : public testing::TestWithParam<torture> {};

TEST_P(ProxyCasesTorture, Case94_AsADatagram) {
    const auto bytes = read_file(GetParam().file);
    ASSERT_FALSE(bytes.empty());
    edge with(bytes.starts_with("REGISTER"));
    EXPECT_EQ(with.treat(with.datagrams, bytes), GetParam().datagram)
        << "section " << GetParam().section;
}

TEST_P(ProxyCasesTorture, Case94_OnAStream) {
    const auto bytes = read_file(GetParam().file);
    edge with(bytes.starts_with("REGISTER"));
    sip::framer stream;
    std::string outcome;
    std::string_view cut;
    // One octet at a time: where a stream is cut means nothing.
    for (const char c : bytes) {
        stream.push({&c, 1});
        for (auto event = stream.next(cut); event != sip::framer::event::need_more;
             event = stream.next(cut)) {
            if (event == sip::framer::event::message) {
                outcome += with.treat(with.connection, cut) + ' ';
            } else if (event == sip::framer::event::error) {
                outcome += closed;
                break;
            }
        }
        if (outcome.ends_with(closed)) {
            break;
        }
    }
    outcome = std::string(sip::trim_lws(outcome.empty() ? waits : outcome));
    const auto* expected = GetParam().stream == nullptr ? GetParam().datagram : GetParam().stream;
    EXPECT_EQ(outcome, expected) << "section " << GetParam().section;
}

std::string test_name(const testing::TestParamInfo<torture>& one) {
    std::string name(one.param.file);
    std::replace_if(
        name.begin(), name.end(), [](char c) { return !sip::is_alphanumeric(c); }, '_'
    );
    return name;
}
INSTANTIATE_TEST_SUITE_P(Rfc, ProxyCasesTorture, testing::ValuesIn(messages), test_name);

TEST(ProxyCases, Case94_EveryTortureMessageHasItsTreatment) {
    std::set<std::string> listed, present;
    for (const auto& one : messages) {
        listed.emplace(one.file);
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) {
            present.insert(std::filesystem::relative(entry.path(), folder).generic_string());
        }
    }
    EXPECT_EQ(listed, present);
}

TEST(ProxyCases, Case94_TheAnswersNameTheHeader) {
    struct row {
        const char* file;
        const char* reason;
    };
    for (const auto& [file, reason] : {
             row{"rfc4475/badinv01.dat", "Malformed Via"},
             row{"rfc4475/scalar02.dat", "Malformed CSeq"},
             row{"rfc4475/quotbal.dat", "Malformed To"},
             row{"rfc4475/ncl.dat", "Malformed Content-Length"},
             row{"rfc4475/multi01.dat", "Repeated From"},
             row{"rfc4475/insuf.dat", "Missing From"},
             row{"rfc5118/ipv6-bad.dat", "Malformed Request-URI"},
         }) {
        node_world world(1);
        world.receive(1, stranger.from, read_file(file));
        const auto messages_out = world.take(1);
        ASSERT_EQ(kinds(messages_out), "400") << file;
        EXPECT_EQ(parsed(messages_out[0].text)->reason(), reason);
    }
}

}  // namespace
}  // namespace sipha::proxy
