#include "proxy/route/registrar.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "proxy/sip/uri.hpp"
#include "tests/support/bindings.hpp"
#include "tests/support/sip_text.hpp"

namespace sipha::route {
namespace {

using namespace std::chrono_literals;
using test::at;
using test::epoch;
using test::parsed;

constexpr std::string_view bob = "sip:bob@example.org";

/// A registrar with its location service, fed with REGISTERs of bob.
class fixture {
  public:
    explicit fixture(registrar_options options = open_to_all(), state::location_limits limits = {})
        : location(limits), registrar_(std::move(options), cluster::node_id{1}, location) {}

    static registrar_options open_to_all() {
        registrar_options options;
        options.allow_from = {*geo::ip_prefix::parse("0.0.0.0/0")};
        return options;
    }
    /// A REGISTER with a CSeq of its own and these header lines.
    test::request_text request(std::vector<std::string> headers) {
        test::request_text out;
        out.method = "REGISTER";
        out.uri = "sip:example.org";
        out.via = "SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bK-1;rport";
        out.from = "<sip:bob@example.org>;tag=r";
        out.to = "<sip:bob@example.org>";
        out.call_id = "reg-1";
        out.cseq = ++cseq_;
        out.headers = std::move(headers);
        return out;
    }
    register_outcome handle(
        const test::request_text& request, std::string_view source = "udp:192.0.2.20:5060"
    ) {
        const parsed message(request);
        return registrar_.handle(
            now, {*message, {0, at(source), flow}, at("udp:10.0.0.1:5060"), ++hlc_}, us_
        );
    }
    register_outcome put(std::vector<std::string> headers) {
        return handle(request(std::move(headers)));
    }
    std::size_t live() const { return location.live_count(bob, now); }
    const state::binding_value& value(std::size_t index = 0) const {
        return location.find(location.bindings_of(bob)[index])->winner().value;
    }

    state::location location;
    timing::time_point now = epoch;
    sip::flow_id flow = 0;

  private:
    identity us_{{"example.org"}, {at("udp:10.0.0.1:5060")}};
    registrar registrar_;
    unsigned cseq_ = 0;
    std::uint64_t hlc_ = 100;
};

constexpr auto a = "Contact: <sip:bob@192.0.2.20>";
constexpr auto b = "Contact: <sip:bob@192.0.2.21>";
constexpr auto c = "Contact: <sip:bob@192.0.2.22>";

TEST(Registrar, TheAnswerListsEveryLiveBindingWithItsTime) {
    fixture at_registrar;
    EXPECT_EQ(at_registrar.put({a}).status, 200);
    at_registrar.now += 100s;
    const auto outcome = at_registrar.put({"Contact: <sip:bob@192.0.2.21>;q=0.5;expires=300"});
    EXPECT_EQ(outcome.status, 200);
    EXPECT_EQ(
        outcome.headers,
        "Contact: <sip:bob@192.0.2.20>;expires=500\r\n"
        "Contact: <sip:bob@192.0.2.21>;expires=300;q=0.500\r\n"
    );
    EXPECT_EQ(outcome.records.size(), 1u);
}

TEST(Registrar, AQueryWithoutContactChangesNothing) {
    fixture at_registrar;
    at_registrar.put({a});
    const auto outcome = at_registrar.put(std::vector<std::string>{});
    EXPECT_EQ(outcome.status, 200);
    EXPECT_EQ(outcome.headers, "Contact: <sip:bob@192.0.2.20>;expires=600\r\n");
    EXPECT_TRUE(outcome.records.empty());
    EXPECT_EQ(fixture().put(std::vector<std::string>{}).headers, "");
}

TEST(Registrar, TheLifetimeComesFromParameterHeaderOrDefault) {
    struct row {
        const char* claim;
        std::vector<std::string> headers;
        int status;
        std::chrono::seconds expires;
    };
    const row rows[] = {
        {"neither", {a}, 200, 600s},
        {"the header", {a, "Expires: 120"}, 200, 120s},
        {"the parameter", {"Contact: <sip:bob@192.0.2.20>;expires=90"}, 200, 90s},
        {"the parameter wins",
         {"Contact: <sip:bob@192.0.2.20>;expires=90", "Expires: 1200"},
         200,
         90s},
        {"at the minimum", {a, "Expires: 60"}, 200, 60s},
        {"below the minimum", {a, "Expires: 59"}, 423, 0s},
        {"one second", {a, "Expires: 1"}, 423, 0s},
        {"at the maximum", {a, "Expires: 3600"}, 200, 3600s},
        {"above the maximum", {a, "Expires: 4294967295"}, 200, 3600s},
        {"no number in the header", {a, "Expires: soon"}, 400, 0s},
        {"a malformed parameter counts as 3600",
         {"Contact: <sip:bob@192.0.2.20>;expires=soon"},
         200,
         3600s},
        {"a parameter in the URI is not it",
         {"Contact: <sip:bob@192.0.2.20;expires=90>"},
         200,
         600s},
    };
    for (const auto& [claim, headers, status, expires] : rows) {
        SCOPED_TRACE(claim);
        fixture at_registrar;
        const auto outcome = at_registrar.put(headers);
        EXPECT_EQ(outcome.status, status);
        EXPECT_EQ(outcome.headers == "Min-Expires: 60\r\n", status == 423);
        ASSERT_EQ(at_registrar.live(), status == 200 ? 1u : 0u);
        if (status == 200) {
            EXPECT_EQ(at_registrar.value().expires_at - epoch, expires);
        } else {
            EXPECT_TRUE(outcome.records.empty());
        }
    }
}

TEST(Registrar, QIsReadToTheThousandth) {
    struct row {
        const char* q;
        int status;
        int thousandths;
    };
    const row rows[] = {
        {"1", 200, 1000},
        {"1.0", 200, 1000},
        {"1.000", 200, 1000},
        {"0", 200, 0},
        {"0.5", 200, 500},
        {"0.05", 200, 50},
        {"0.001", 200, 1},
        {"0.", 200, 0},
        {"1.001", 400, 0},
        {"2", 400, 0},
        {"0.0001", 400, 0},
        {"", 400, 0},
        {"-1", 400, 0},
        {".5", 400, 0},
        {"0,5", 400, 0},
        {"0.5x", 400, 0},
    };
    for (const auto& [q, status, thousandths] : rows) {
        SCOPED_TRACE(q);
        fixture at_registrar;
        auto contact = std::string(a);
        contact.append(";q=").append(q);
        const auto outcome = at_registrar.put({contact});
        EXPECT_EQ(outcome.status, status);
        if (status == 200) {
            ASSERT_EQ(at_registrar.live(), 1u);
            EXPECT_EQ(at_registrar.value().q_thousandths, thousandths);
        }
    }
}

TEST(Registrar, ExpiresZeroRemovesOneContact) {
    fixture at_registrar;
    at_registrar.put({a, b});
    const auto outcome = at_registrar.put({std::string(a) + ";expires=0"});
    EXPECT_EQ(outcome.status, 200);
    EXPECT_EQ(outcome.headers, "Contact: <sip:bob@192.0.2.21>;expires=600\r\n");
    EXPECT_EQ(outcome.records.size(), 1u);
    EXPECT_EQ(at_registrar.live(), 1u);
}

TEST(Registrar, AStarRemovesAllButOnlyAlone) {
    struct row {
        const char* claim;
        std::vector<std::string> headers;
        int status;
        std::size_t live;
    };
    const row rows[] = {
        {"as it should be", {"Contact: *", "Expires: 0"}, 200, 0},
        {"without Expires", {"Contact: *"}, 400, 2},
        {"with another Expires", {"Contact: *", "Expires: 60"}, 400, 2},
        {"with another Contact behind", {"Contact: *", c, "Expires: 0"}, 400, 2},
        {"with another Contact in front", {c, "Contact: *", "Expires: 0"}, 400, 2},
    };
    for (const auto& [claim, headers, status, live] : rows) {
        SCOPED_TRACE(claim);
        fixture at_registrar;
        at_registrar.put({a, b});
        const auto outcome = at_registrar.put(headers);
        EXPECT_EQ(outcome.status, status);
        EXPECT_EQ(at_registrar.live(), live);
        EXPECT_EQ(outcome.records.size(), 2 - live);
        EXPECT_EQ(outcome.headers, "");
    }
}

TEST(Registrar, WithinOneCallIdOnlyAHigherCseqCounts) {
    for (const unsigned cseq : {1u, 4u, 5u}) {
        fixture at_registrar;
        auto first = at_registrar.request({a});
        first.cseq = 5;
        at_registrar.handle(first);
        auto later = at_registrar.request({std::string(a) + ";expires=0"});
        later.cseq = cseq;
        const auto refused = at_registrar.handle(later);
        EXPECT_EQ(refused.status, 500);
        EXPECT_TRUE(refused.records.empty());
        EXPECT_EQ(at_registrar.live(), 1u);

        later.call_id = "reg-2";
        EXPECT_EQ(at_registrar.handle(later).status, 200) << "another Call-ID has its own count";
        EXPECT_EQ(at_registrar.live(), 0u);
    }
}

TEST(Registrar, AStarObeysTheCseqOfEachBinding) {
    fixture at_registrar;
    auto first = at_registrar.request({a});
    first.cseq = 50;
    at_registrar.handle(first);
    auto star = at_registrar.request({"Contact: *", "Expires: 0"});
    star.cseq = 50;
    EXPECT_EQ(at_registrar.handle(star).status, 500);
    EXPECT_EQ(at_registrar.live(), 1u);
}

TEST(Registrar, OneBadContactOfThreeFailsAll) {
    struct row {
        const char* claim;
        std::string third;
        int status;
    };
    const row rows[] = {
        {"too brief", std::string(c) + ";expires=5", 423},
        {"malformed q", std::string(c) + ";q=7", 400},
        {"an older CSeq", "Contact: <sip:bob@192.0.2.99>", 500},
        {"too long", "Contact: <sip:" + std::string(1100, 'b') + "@192.0.2.22>", 400},
    };
    for (const auto& [claim, third, status] : rows) {
        SCOPED_TRACE(claim);
        fixture at_registrar;
        auto newest = at_registrar.request({"Contact: <sip:bob@192.0.2.99>"});
        newest.cseq = 1000;
        at_registrar.handle(newest);
        const auto digest = at_registrar.location.digest();
        const auto outcome = at_registrar.put({a, b, third});
        EXPECT_EQ(outcome.status, status);
        EXPECT_TRUE(outcome.records.empty());
        EXPECT_EQ(at_registrar.location.digest(), digest) << "nothing was applied";
    }
}

TEST(Registrar, OfEqualContactsInOneRequestTheLastCounts) {
    fixture at_registrar;
    const auto outcome = at_registrar.put(
        {"Contact: <sip:bob@PHONE.example.net>;expires=0, <sip:bob@phone.example.net>;expires=100"}
    );
    EXPECT_EQ(outcome.status, 200);
    EXPECT_EQ(outcome.records.size(), 1u);
    EXPECT_EQ(outcome.headers, "Contact: <sip:bob@phone.example.net>;expires=100\r\n");
}

TEST(Registrar, ContactsAreLimited) {
    auto options = fixture::open_to_all();
    options.max_contacts = 2;
    fixture at_registrar(options);
    EXPECT_EQ(at_registrar.put({a, b, c}).status, 403);
    EXPECT_EQ(at_registrar.live(), 0u);
    EXPECT_EQ(at_registrar.put({a, b}).status, 200);
    EXPECT_EQ(at_registrar.put({c}).status, 403);
    EXPECT_EQ(at_registrar.put({a, b}).status, 200) << "a refresh adds nothing";
    EXPECT_EQ(at_registrar.put({c, std::string(a) + ";expires=0"}).status, 200)
        << "one goes, one comes";
    EXPECT_EQ(at_registrar.live(), 2u);
    at_registrar.now += 601s;
    EXPECT_EQ(at_registrar.put({a, b}).status, 200) << "what has expired does not count";
}

TEST(Registrar, AFullLocationServiceStillTakesRefreshesAndRemovals) {
    state::location_limits limits;
    limits.max_bindings = 2;
    fixture at_registrar(fixture::open_to_all(), limits);
    at_registrar.put({a, b});
    const auto refused = at_registrar.put({c});
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.headers, "Retry-After: 60\r\n");
    EXPECT_EQ(at_registrar.put({a, b}).status, 200);
    EXPECT_EQ(at_registrar.put({std::string(a) + ";expires=0"}).status, 200);
    EXPECT_EQ(at_registrar.live(), 1u);
}

TEST(Registrar, WhoMayRegisterIsAListOfNetworks) {
    auto options = fixture::open_to_all();
    options.allow_from = {
        *geo::ip_prefix::parse("192.0.2.0/24"), *geo::ip_prefix::parse("2001:db8::/32")};
    fixture at_registrar(options);
    EXPECT_EQ(at_registrar.handle(at_registrar.request({a}), "udp:192.0.2.255:5060").status, 200);
    EXPECT_EQ(at_registrar.handle(at_registrar.request({a}), "udp:192.0.3.0:5060").status, 403);
    EXPECT_EQ(at_registrar.handle(at_registrar.request({a}), "udp:[2001:db8::9]:5060").status, 200);
    fixture closed{registrar_options{}};
    EXPECT_EQ(closed.put({a}).status, 403) << "an empty list lets nobody in";
}

TEST(Registrar, ToNamesAUserOfOurs) {
    struct row {
        const char* to;
        int status;
    };
    for (const auto& [to, status] :
         {row{"<sip:bob@example.org>", 200},
          row{"<sips:bob@EXAMPLE.org:5060>", 200},
          row{"<sip:bob@example.net>", 404},
          row{"<sip:example.org>", 400},
          row{"<tel:+4930123>", 400}}) {
        fixture at_registrar;
        auto request = at_registrar.request({a});
        request.to = to;
        EXPECT_EQ(at_registrar.handle(request).status, status) << to;
        EXPECT_EQ(at_registrar.live(), status == 200 ? 1u : 0u) << to;
    }
}

TEST(Registrar, EveryRequiredExtensionIsNamedAsUnsupported) {
    fixture at_registrar;
    const auto outcome = at_registrar.put({a, "Require: gruu, path", "Require: x"});
    EXPECT_EQ(outcome.status, 420);
    EXPECT_EQ(outcome.headers, "Unsupported: gruu, path, x\r\n");
    EXPECT_EQ(at_registrar.live(), 0u);
}

TEST(Registrar, TextsThatPeersWouldRefuseAreRefused) {
    constexpr std::size_t limit = state::registration_limits{}.max_text_bytes;
    fixture at_registrar;
    auto request = at_registrar.request({a});
    request.call_id = std::string(limit, 'x');
    EXPECT_EQ(at_registrar.handle(request).status, 200);
    request.call_id += 'x';
    EXPECT_EQ(at_registrar.handle(request).status, 400);
    request = at_registrar.request({a});
    const std::string host = "@example.org";
    request.to = "<sip:" + std::string(limit - 4 - host.size(), 'b') + host + '>';
    EXPECT_EQ(at_registrar.handle(request).status, 200);
    request.to = "<sip:" + std::string(limit - 3 - host.size(), 'b') + host + '>';
    EXPECT_EQ(at_registrar.handle(request).status, 400);
}

TEST(Registrar, WhatIsStoredTravels) {
    fixture at_registrar;
    const auto outcome = at_registrar.put({a, "User-Agent: " + std::string(300, 'a') + "\xc3\xa4"});
    ASSERT_EQ(outcome.records.size(), 1u);
    state::location peer;
    peer.merge({epoch, 0}, cluster::node_id{1}, outcome.records.front());
    EXPECT_EQ(peer.digest(), at_registrar.location.digest());
    EXPECT_EQ(at_registrar.value().user_agent.size(), 256u);
}

TEST(Registrar, HowAPhoneIsReachedFollowsFromItsVia) {
    struct row {
        const char* claim;
        const char* via;
        const char* source;
        state::reach reach;
    };
    const row rows[] = {
        {"no NAT",
         "SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bK-1",
         "udp:192.0.2.20:5060",
         state::reach::contact},
        {"no port means 5060",
         "SIP/2.0/UDP 192.0.2.20;branch=z9hG4bK-1",
         "udp:192.0.2.20:5060",
         state::reach::contact},
        {"another address",
         "SIP/2.0/UDP 10.1.1.1:5060;branch=z9hG4bK-1",
         "udp:192.0.2.20:5060",
         state::reach::source},
        {"another port",
         "SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bK-1",
         "udp:192.0.2.20:1025",
         state::reach::source},
        {"a name proves nothing",
         "SIP/2.0/UDP phone.example.net;branch=z9hG4bK-1",
         "udp:192.0.2.20:5060",
         state::reach::source},
        {"a connection",
         "SIP/2.0/TCP 192.0.2.20:5060;branch=z9hG4bK-1",
         "tcp:192.0.2.20:5060",
         state::reach::source},
        {"behind another proxy",
         "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK-2, SIP/2.0/UDP 10.1.1.1;branch=z9hG4bK-1",
         "udp:192.0.2.9:5060",
         state::reach::contact},
    };
    for (const auto& [claim, via, source, reach] : rows) {
        SCOPED_TRACE(claim);
        fixture at_registrar;
        at_registrar.flow = std::string_view(source).starts_with("tcp") ? 7 : 0;
        auto request = at_registrar.request({a});
        request.via = via;
        ASSERT_EQ(at_registrar.handle(request, source).status, 200);
        EXPECT_EQ(at_registrar.value().reach, reach);
        EXPECT_EQ(at_registrar.value().source, at(source));
        EXPECT_EQ(at_registrar.value().flow, at_registrar.flow);
    }
}

TEST(Registrar, AThirdPartyRegistersAContactThatIsElsewhere) {
    fixture at_registrar;
    auto request = at_registrar.request({"Contact: <sip:bob@198.51.100.7>"});
    request.from = "<sip:secretary@example.org>;tag=s";
    EXPECT_EQ(at_registrar.handle(request).status, 200);
    EXPECT_EQ(at_registrar.value().contact, "sip:bob@198.51.100.7");
    EXPECT_EQ(at_registrar.value().reach, state::reach::contact);
}

TEST(ContactKey, EqualUrisHaveOneKey) {
    struct row {
        const char* left;
        const char* right;
        bool is_equal;
    };
    const row rows[] = {
        {"sip:bob@HOST.example.net", "SIP:bob@host.example.net", true},
        {"sip:bob@h;transport=TCP;lr", "sip:bob@h;lr;Transport=tcp", true},
        {"sip:%62ob@h", "sip:bob@h", true},
        {"sip:bob@[2001:db8:0:0::1]", "sip:bob@[2001:DB8::1]", true},
        {"sip:Bob@h", "sip:bob@h", false},
        {"sip:bob@h", "sips:bob@h", false},
        {"sip:bob@h", "sip:bob@h:5060", false},
        {"sip:bob@h", "sip:bob@h;transport=udp", false},
        {"sip:h", "sip:bob@h", false},
        {"tel:+1", "tel:+2", false},
    };
    for (const auto& [left, right, is_equal] : rows) {
        EXPECT_EQ(
            contact_key(*sip::parse_uri(left)) == contact_key(*sip::parse_uri(right)), is_equal
        ) << left
          << " and " << right;
    }
}

}  // namespace
}  // namespace sipha::route
