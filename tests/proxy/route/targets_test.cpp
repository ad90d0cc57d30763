#include "proxy/route/targets.hpp"

#include <gtest/gtest.h>

#include "tests/support/bindings.hpp"
#include "tests/support/sip_text.hpp"

namespace sipha::route {
namespace {

using action = decision::action;
using test::at;
using test::epoch;
using test::parsed;

const crypto::mac key("0123456789abcdef");
const dialog_tokens tokens(key, cluster::node_id{1});
const identity us({"example.org"}, {at("udp:10.0.0.1:5060"), at("tcp:10.0.0.1:5060")});

/// Finds targets on node 1; node 2 takes SIP at 10.0.0.2, node 3 is not known.
class fixture {
  public:
    std::vector<target> find(const decision& what, const test::request_text& request = {}) {
        const parsed message(request);
        return finder.find(epoch, what, *message, *read_routes(*message, us, tokens));
    }
    std::vector<target> contacts() {
        decision what;
        what.what = action::contacts;
        what.aor = "sip:bob@example.org";
        return find(what);
    }
    void bind(test::registration_spec spec, sip::flow_id flow = 0) {
        auto entry = test::entry_of(spec, epoch);
        entry.value.flow = flow;
        location.apply(epoch, spec.aor, spec.key, entry);
    }
    state::location location;
    target_finder finder{
        {cluster::node_id{1}, {{cluster::node_id{2}, at("udp:10.0.0.2:5060")}}},
        us,
        location,
        tokens};
};

TEST(Targets, LiteralUrisAreTheirOwnAddress) {
    fixture here;
    struct row {
        const char* uri;
        const char* remote;  // "" none
        sip::listener_id listener;
    };
    const row rows[] = {
        {"sip:bob@192.0.2.20", "udp:192.0.2.20:5060", 0},
        {"sip:192.0.2.20:5070", "udp:192.0.2.20:5070", 0},
        {"sip:bob@192.0.2.20;transport=tcp", "tcp:192.0.2.20:5060", 1},
        {"sip:bob@host.example.net", "", 0},
        {"sip:bob@0.0.0.0", "", 0},
        {"sip:bob@224.0.1.75", "", 0},
        {"sip:bob@255.255.255.255", "", 0},
        {"sip:bob@192.0.2.20;transport=sctp", "", 0},
        {"sip:bob@192.0.2.20;maddr=192.0.2.99", "", 0},
        {"sips:bob@192.0.2.20", "", 0},    // no TLS socket
        {"sip:bob@[2001:db8::1]", "", 0},  // no IPv6 socket
        {"tel:+4930123", "", 0},
        {"nonsense", "", 0},
    };
    for (const auto& [uri, remote, listener] : rows) {
        const auto hop = here.finder.literal_hop(uri);
        ASSERT_EQ(hop.has_value(), *remote != '\0') << uri;
        if (hop) {
            EXPECT_EQ(hop->remote.to_string(), remote) << uri;
            EXPECT_EQ(hop->listener, listener) << uri;
            EXPECT_EQ(hop->flow, 0u) << uri;
        }
    }
}

TEST(Targets, APhoneWithoutNatIsReachedAtItsContact) {
    fixture here;
    here.bind({});
    const auto found = here.contacts();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].request_uri, "sip:bob@192.0.2.20");
    EXPECT_EQ(found[0].next_hops.at(0).hop->remote, at("udp:192.0.2.20:5060"));
    EXPECT_FALSE(found[0].is_phone_flow);
}

TEST(Targets, APhoneBehindNatIsReachedWhereItCameFrom) {
    fixture here;
    test::registration_spec spec;
    spec.key = "sip:bob@10.1.1.1";
    spec.source = "udp:192.0.2.20:1025";
    spec.reach = state::reach::source;
    spec.origin = 3;  // any node can, over UDP
    here.bind(spec);
    const auto found = here.contacts();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].request_uri, "sip:bob@10.1.1.1");
    EXPECT_EQ(found[0].next_hops.at(0).hop->remote, at("udp:192.0.2.20:1025"));
    EXPECT_TRUE(found[0].is_phone_flow);
}

TEST(Targets, AConnectionIsUsedByItsNodeOnly) {
    test::registration_spec spec;
    spec.source = "tcp:192.0.2.20:1025";
    spec.reach = state::reach::source;
    {
        fixture here;
        here.bind(spec, 77);
        const auto found = here.contacts();
        ASSERT_EQ(found.size(), 1u);
        EXPECT_EQ(found[0].next_hops.at(0).hop->flow, 77u);
        EXPECT_TRUE(found[0].route_lines.empty());
    }
    {
        fixture here;
        spec.origin = 2;
        here.bind(spec, 77);
        const auto found = here.contacts();
        ASSERT_EQ(found.size(), 1u);
        EXPECT_EQ(found[0].next_hops.at(0).hop->remote, at("udp:10.0.0.2:5060"));
        EXPECT_EQ(found[0].request_uri, spec.key);
        EXPECT_FALSE(found[0].is_phone_flow);
        const auto& line = found[0].route_lines;
        ASSERT_TRUE(line.starts_with("Route: <sip:")) << line;
        ASSERT_TRUE(line.ends_with("@10.0.0.2:5060;transport=udp;lr>\r\n")) << line;
        const auto token = line.substr(12, line.find('@') - 12);
        const auto decoded = tokens.decode(token, tags_of(*parsed(test::request_text{})));
        ASSERT_TRUE(decoded);
        EXPECT_EQ(decoded->owner.value, 2);
        EXPECT_EQ(decoded->path.callee->flow, 77u);
        EXPECT_EQ(decoded->path.callee->remote, at(spec.source));
    }
    {
        fixture here;
        spec.origin = 3;
        here.bind(spec, 77);
        EXPECT_TRUE(here.contacts().empty()) << "nobody knows the way to node 3";
    }
}

TEST(Targets, EveryLiveContactIsATarget) {
    fixture here;
    for (const auto* contact : {"sip:bob@192.0.2.21", "sip:bob@192.0.2.22", "sip:bob@h.example"}) {
        test::registration_spec spec;
        spec.key = contact;
        spec.is_removed = std::string_view(contact).ends_with("22");
        here.bind(spec);
    }
    const auto found = here.contacts();
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].request_uri, "sip:bob@192.0.2.21");
    EXPECT_FALSE(found[1].next_hops.at(0).hop) << "a name has to be looked up";
    EXPECT_EQ(found[1].next_hops.at(0).uri, "sip:bob@h.example");
}

TEST(Targets, ARouteLeadsToItsFirstEntryElseToTheRequestUri) {
    fixture here;
    decision what;
    what.what = action::route;
    test::request_text request;
    request.uri = "sip:bob@192.0.2.20:5070";
    EXPECT_EQ(
        here.find(what, request).at(0).next_hops.at(0).hop->remote, at("udp:192.0.2.20:5070")
    );
    request.headers = {"Route: <sip:10.0.0.1;lr>, <sip:192.0.2.50;lr>, <sip:x;lr>"};
    EXPECT_EQ(
        here.find(what, request).at(0).next_hops.at(0).hop->remote, at("udp:192.0.2.50:5060")
    );
}

TEST(Targets, AFlowNumberMeansNothingOnAnotherNode) {
    fixture here;
    decision what;
    what.what = action::path;
    what.hop = {9, at("tcp:192.0.2.20:1025"), 77};

    what.hop_owner = cluster::node_id{1};
    auto found = here.find(what);
    EXPECT_EQ(found.at(0).next_hops.at(0).hop->flow, 77u);
    EXPECT_EQ(found.at(0).next_hops.at(0).hop->listener, 1) << "one that we have";
    EXPECT_TRUE(found.at(0).is_phone_flow);

    what.hop_owner = cluster::node_id{2};
    found = here.find(what);
    EXPECT_EQ(found.at(0).next_hops.at(0).hop->remote, at("udp:10.0.0.2:5060"));
    EXPECT_FALSE(found.at(0).route_lines.empty());

    what.hop_owner = cluster::node_id{3};
    found = here.find(what);
    EXPECT_EQ(found.at(0).next_hops.at(0).hop->remote, what.hop.remote);
    EXPECT_EQ(found.at(0).next_hops.at(0).hop->flow, 0u) << "77 is somebody else here";

    what.hop = {9, at("udp:192.0.2.20:1025"), 0};
    found = here.find(what);
    EXPECT_EQ(found.at(0).next_hops.at(0).hop->remote, what.hop.remote);
    EXPECT_TRUE(found.at(0).route_lines.empty()) << "any node can send a datagram";
}

}  // namespace
}  // namespace sipha::route
