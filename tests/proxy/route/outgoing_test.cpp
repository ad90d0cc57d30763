#include "proxy/route/outgoing.hpp"

#include <gtest/gtest.h>

#include "tests/support/sip_text.hpp"

namespace sipha::route {
namespace {

using sip::header_id;
using test::at;
using test::parsed;
using texts = std::vector<std::string>;

const identity us(
    {"example.org"},
    {at("udp:10.0.0.1:5060"), at("tcp:10.0.0.1:5060"), at("udp:[2001:db8::1]:5060")}
);
const crypto::mac key("0123456789abcdef");
const dialog_tokens tokens(key, cluster::node_id{1});

struct hops {
    sip::hop from{0, at("udp:192.0.2.10:5060"), 0};
    sip::hop to{0, at("udp:192.0.2.20:5060"), 0};
};

std::string write(
    const test::request_text& request,
    const hops& between,
    const dialog_path* record = nullptr,
    std::string_view route_lines = {}
) {
    const parsed message(request);
    const auto routes = read_routes(*message, us, tokens);
    if (!routes) {
        ADD_FAILURE() << "malformed routes";
        return {};
    }
    request_writer writer(us, tokens);
    std::string out;
    writer.append(
        out, {*message, *routes, between.from, between.to, {}, route_lines, "z9hG4bK-ours", record}
    );
    return out;
}

TEST(Outgoing, OurViaComesFirstAndTheSendersIsCompleted) {
    test::request_text request;
    request.via = "SIP/2.0/UDP phone.example.net:5070;rport;branch=z9hG4bK-1";
    const parsed out(write(request, {}));
    EXPECT_EQ(
        out.values(header_id::via),
        (texts{
            "SIP/2.0/UDP 10.0.0.1:5060;rport;branch=z9hG4bK-ours",
            "SIP/2.0/UDP phone.example.net:5070;rport=5060;branch=z9hG4bK-1;received=192.0.2.10"})
    );
    EXPECT_EQ(out.value(header_id::max_forwards), "69");
    EXPECT_TRUE(out.values(header_id::record_route).empty());
}

TEST(Outgoing, RportIsFilledEvenWhenEqual) {
    // RFC 3581 4.
    const parsed out(write(test::request_text{}, {}));
    EXPECT_EQ(
        out.values(header_id::via).back(),
        "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-1;rport=5060;received=192.0.2.10"
    );
}

TEST(Outgoing, NothingElseChanges) {
    test::request_text request;
    request.via = "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-1";
    request.headers = {"Subject:  odd   spacing", "X: \"a,b\" ;c"};
    request.body = "v=0\r\n";
    auto expected = request;
    expected.max_forwards = "69";
    expected.via = "SIP/2.0/UDP 10.0.0.1:5060;rport;branch=z9hG4bK-ours\r\nVia: " + request.via;
    EXPECT_EQ(write(request, {}), expected.text());
}

TEST(Outgoing, ADialogIsRecordedOnceOrTwice) {
    struct row {
        const char* claim;
        hops between;
        texts hosts;
    };
    const row rows[] = {
        {"the same socket", {}, {"10.0.0.1:5060;transport=udp;lr"}},
        {"UDP to TCP",
         {{0, at("udp:192.0.2.10:5060"), 0}, {1, at("tcp:192.0.2.20:5060"), 4}},
         {"10.0.0.1:5060;transport=tcp;lr", "10.0.0.1:5060;transport=udp;lr"}},
        {"IPv4 to IPv6",
         {{0, at("udp:192.0.2.10:5060"), 0}, {2, at("udp:[2001:db8::20]:5060"), 0}},
         {"[2001:db8::1]:5060;transport=udp;lr", "10.0.0.1:5060;transport=udp;lr"}},
    };
    for (const auto& [claim, between, hosts] : rows) {
        SCOPED_TRACE(claim);
        dialog_path path;
        path.callee = between.to;
        const parsed out(write(test::request_text{}, between, &path));
        const auto recorded = out.values(header_id::record_route);
        ASSERT_EQ(recorded.size(), hosts.size());
        for (std::size_t i = 0; i < hosts.size(); ++i) {
            const auto at_sign = recorded[i].find('@');
            EXPECT_EQ(recorded[i].substr(at_sign + 1), hosts[i] + '>');
            const auto token = recorded[i].substr(5, at_sign - 5);
            const auto decoded = tokens.decode(token, tags_of(*out));
            ASSERT_TRUE(decoded);
            EXPECT_EQ(decoded->path.callee, between.to);
        }
    }
}

TEST(Outgoing, AStrictRouterGetsItsUriAsTarget) {
    // RFC 3261 16.6 step 6.
    test::request_text request;
    request.uri = "sip:bob@192.0.2.20";
    request.headers = {"Route: <sip:10.0.0.1;lr>, <sip:strict.example.net>, <sip:next;lr>"};
    const parsed out(write(request, {}));
    EXPECT_EQ(out.start_line(), "INVITE sip:strict.example.net SIP/2.0");
    EXPECT_EQ(out.values(header_id::route), (texts{"<sip:next;lr>", "<sip:bob@192.0.2.20>"}));
}

TEST(Outgoing, BetweenTwoStrictRoutersEverythingMovesUp) {
    test::request_text request;
    request.uri = "sip:10.0.0.1;lr";  // the router before us was strict
    request.headers = {"Route: <sip:strict.example.net>", "Route: <sip:bob@192.0.2.20>"};
    const parsed out(write(request, {}));
    EXPECT_EQ(out.start_line(), "INVITE sip:strict.example.net SIP/2.0");
    EXPECT_EQ(out.values(header_id::route), (texts{"<sip:bob@192.0.2.20>"}));
}

TEST(Outgoing, AddedRoutesComeFirst) {
    test::request_text request;
    request.headers = {"Route: <sip:10.0.0.1;lr>"};
    const parsed out(write(request, {}, nullptr, "Route: <sip:token@10.0.0.2;lr>\r\n"));
    EXPECT_EQ(out.values(header_id::route), (texts{"<sip:token@10.0.0.2;lr>"}));
}

TEST(Outgoing, AsManyRoutesAsAreReadCanBeRewritten) {
    test::request_text request;
    request.uri = "sip:10.0.0.1;lr";
    request.headers.assign(max_routes, "Route: <sip:p.example.net;lr>");
    request.headers.back() = "Route: <sip:bob@192.0.2.20>";
    const parsed out(write(request, {}));
    EXPECT_EQ(out.start_line(), "INVITE sip:bob@192.0.2.20 SIP/2.0");
    EXPECT_EQ(out.values(header_id::route).size(), max_routes - 1);
}

}  // namespace
}  // namespace sipha::route
