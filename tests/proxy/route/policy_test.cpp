#include "proxy/route/policy.hpp"

#include <gtest/gtest.h>

#include "tests/support/bindings.hpp"
#include "tests/support/sip_text.hpp"

namespace sipha::route {
namespace {

using action = decision::action;
using test::at;
using test::epoch;
using test::parsed;

constexpr auto stranger = "udp:198.51.100.1:5060";
constexpr auto phone = "udp:192.0.2.20:5060";  // bob's, registered
constexpr auto pbx = "udp:203.0.113.1:5060";   // in a trusted network

const crypto::mac key("0123456789abcdef");
const dialog_tokens tokens(key, cluster::node_id{1});

/// A node with bob registered and carol known but gone.
class world {
  public:
    explicit world(policy_options options = {})
        : policy_(trusting_pbx(std::move(options)), us_, location_) {
        test::registration_spec bob;
        test::merge(location_, bob);
        test::registration_spec carol;
        carol.aor = "sip:carol@example.org";
        carol.is_removed = true;
        carol.source = "udp:192.0.2.30:5060";
        test::merge(location_, carol);
    }
    decision decide(const test::request_text& request, std::string_view source) {
        const parsed message(request);
        const auto routes = read_routes(*message, us_, tokens);
        if (!routes) {
            ADD_FAILURE() << "malformed routes";
            return {};
        }
        return policy_.decide(epoch, *message, *routes, at(source));
    }
    source_class classify(std::string_view source) const { return policy_.classify(at(source)); }

  private:
    static policy_options trusting_pbx(policy_options options) {
        options.trusted = {*geo::ip_prefix::parse("203.0.113.0/24")};
        return options;
    }
    identity us_{{"example.org"}, {at("udp:10.0.0.1:5060"), at("tcp:10.0.0.1:5060")}};
    state::location location_;
    policy policy_;
};

test::request_text to_uri(std::string uri, std::string method = "INVITE") {
    test::request_text out;
    out.uri = std::move(uri);
    out.method = std::move(method);
    return out;
}

std::string name(const decision& what) {
    switch (what.what) {
        case action::refuse:
            return std::to_string(what.status);
        case action::answer:
            return "answer";
        case action::registrar:
            return "registrar";
        case action::contacts:
            return "contacts of " + what.aor;
        case action::upstream:
            return "upstream";
        case action::route:
            return "route";
        case action::path:
            return "path";
    }
    return "?";
}

TEST(Policy, SourcesAreClassified) {
    const world here;
    EXPECT_EQ(here.classify(stranger), source_class::stranger);
    EXPECT_EQ(here.classify(phone), source_class::registered);
    EXPECT_EQ(here.classify("udp:192.0.2.20:5061"), source_class::stranger) << "another port";
    EXPECT_EQ(here.classify("tcp:192.0.2.20:5060"), source_class::stranger);
    EXPECT_EQ(here.classify("udp:192.0.2.30:5060"), source_class::stranger) << "unregistered";
    EXPECT_EQ(here.classify(pbx), source_class::trusted);
    EXPECT_EQ(here.classify("tcp:203.0.113.255:9"), source_class::trusted);
}

TEST(Policy, WhoMayReachWhom) {
    constexpr auto bob = "sip:bob@example.org";
    constexpr auto carol = "sip:carol@example.org";
    constexpr auto nobody = "sip:nobody@example.org";
    constexpr auto foreign = "sip:victim@example.com";
    constexpr auto to_bob = "contacts of sip:bob@example.org";
    struct row {
        const char* uri;
        const char* source;
        const char* open;           // inbound from anyone, no upstream
        const char* open_upstream;  // the same with an upstream group
        const char* closed;         // inbound from trusted only, no upstream
    };
    const row rows[] = {
        {bob, stranger, to_bob, to_bob, "403"},
        {bob, phone, to_bob, to_bob, to_bob},
        {bob, pbx, to_bob, to_bob, to_bob},
        {"sip:bob@EXAMPLE.org:5060;transport=tcp", stranger, to_bob, to_bob, "403"},
        {"sip:bob@10.0.0.1", stranger, to_bob, to_bob, "403"},
        {carol, stranger, "480", "480", "403"},
        {carol, phone, "480", "upstream", "480"},
        {carol, pbx, "480", "480", "480"},
        {nobody, stranger, "404", "404", "403"},
        {nobody, phone, "404", "upstream", "404"},
        {nobody, pbx, "404", "404", "404"},
        {foreign, stranger, "403", "403", "403"},
        {foreign, phone, "403", "upstream", "403"},
        {foreign, pbx, "403", "403", "403"},
        {"sip:example.org", stranger, "404", "404", "404"},
        {"sip:bob@example.org:9", stranger, "403", "403", "403"},
        {"sip:bob@example.org;maddr=198.51.100.9", stranger, to_bob, to_bob, "403"},
    };
    for (const auto& [uri, source, open, open_upstream, closed] : rows) {
        SCOPED_TRACE(std::string(uri) + " from " + source);
        policy_options options;
        EXPECT_EQ(name(world(options).decide(to_uri(uri), source)), open);
        options.has_upstream = true;
        EXPECT_EQ(name(world(options).decide(to_uri(uri), source)), open_upstream);
        options.has_upstream = false;
        options.inbound = policy_options::inbound::trusted;
        EXPECT_EQ(name(world(options).decide(to_uri(uri), source)), closed);
    }
}

TEST(Policy, OptionsForUsAndRegistersAreAnsweredHere) {
    world here;
    EXPECT_EQ(name(here.decide(to_uri("sip:example.org", "OPTIONS"), stranger)), "answer");
    EXPECT_EQ(name(here.decide(to_uri("sip:10.0.0.1:5060", "OPTIONS"), stranger)), "answer");
    EXPECT_EQ(name(here.decide(to_uri("sip:example.com", "OPTIONS"), stranger)), "403");
    EXPECT_EQ(name(here.decide(to_uri("sip:example.org", "REGISTER"), stranger)), "registrar");
    EXPECT_EQ(name(here.decide(to_uri("sip:10.0.0.1", "REGISTER"), stranger)), "registrar");
    EXPECT_EQ(name(here.decide(to_uri("sip:example.com", "REGISTER"), stranger)), "403");
    EXPECT_EQ(name(here.decide(to_uri("sip:example.com", "REGISTER"), phone)), "403");
}

TEST(Policy, NothingIsRelayedToThirdParties) {
    policy_options options;
    options.has_upstream = true;
    struct row {
        const char* claim;
        std::string uri;
        std::vector<std::string> headers;
        std::string to;
    };
    const std::string invented = "<sip:bob@example.org>;tag=invented";
    const std::string plain = "<sip:bob@example.org>";
    const row rows[] = {
        {"foreign Request-URI", "sip:victim@198.51.100.9", {}, plain},
        {"an invented To tag", "sip:victim@198.51.100.9", {}, invented},
        {"a preloaded Route", "sip:bob@example.org", {"Route: <sip:198.51.100.9;lr>"}, plain},
        {"own Route, then foreign",
         "sip:bob@example.org",
         {"Route: <sip:10.0.0.1;lr>, <sip:198.51.100.9;lr>"},
         plain},
        {"own Route, foreign target",
         "sip:victim@198.51.100.9",
         {"Route: <sip:10.0.0.1;lr>"},
         invented},
        {"own Route with a made-up token",
         "sip:victim@198.51.100.9",
         {"Route: <sip:AQMAAQAAABPEwAACFBPEwAACCgAAAAAAAAAA@10.0.0.1;lr>"},
         invented},
        {"as if behind a strict router",
         "sip:10.0.0.1;lr",
         {"Route: <sip:victim@198.51.100.9>"},
         invented},
        {"the same over another server",
         "sip:10.0.0.1;lr",
         {"Route: <sip:198.51.100.9;lr>", "Route: <sip:bob@example.org>"},
         invented},
        {"our address in maddr only", "sip:victim@198.51.100.9;maddr=10.0.0.1", {}, plain},
        {"our domain as user", "sip:example.org@198.51.100.9", {}, plain},
    };
    for (const auto& [claim, uri, headers, to] : rows) {
        for (const auto* method : {"INVITE", "BYE", "MESSAGE", "ACK"}) {
            for (const auto* source : {stranger, pbx}) {
                auto request = to_uri(uri, method);
                request.headers = headers;
                request.to = to;
                EXPECT_EQ(name(world(options).decide(request, source)), "403")
                    << claim << ", " << method << " from " << source;
            }
        }
    }
    // Phones may reach the upstream group with any Request-URI, but never choose the way.
    auto request = to_uri("sip:bob@example.org");
    request.headers = {"Route: <sip:10.0.0.1;lr>, <sip:198.51.100.9;lr>"};
    EXPECT_EQ(name(world(options).decide(request, phone)), "403");
}

TEST(Policy, ATokenOpensItsOwnDialogOnly) {
    dialog_path path;
    path.caller = sip::hop{0, at("udp:192.0.2.40:1025"), 0};
    path.callee = sip::hop{1, at("tcp:192.0.2.20:1026"), 5};
    std::string token;
    tokens.append(token, path, {"call-1@192.0.2.10", "caller", {}});
    const std::string ours = "Route: <sip:" + token + "@10.0.0.1;lr>";

    auto from_caller = to_uri("sip:bob@10.1.1.1", "BYE");
    from_caller.to = "<sip:bob@example.org>;tag=callee";
    from_caller.headers = {ours};
    world here;
    auto decided = here.decide(from_caller, stranger);
    EXPECT_EQ(name(decided), "path");
    EXPECT_EQ(decided.hop, *path.callee);
    EXPECT_EQ(decided.hop_owner.value, 1);

    auto from_callee = from_caller;
    from_callee.from = "<sip:bob@example.org>;tag=callee";
    from_callee.to = "<sip:alice@example.org>;tag=caller";
    decided = here.decide(from_callee, stranger);
    EXPECT_EQ(name(decided), "path");
    EXPECT_EQ(decided.hop, *path.caller);

    from_caller.headers = {ours + ", <sip:p.example.net;lr>"};
    EXPECT_EQ(name(here.decide(from_caller, stranger)), "route") << "others on the path come first";

    auto other_call = from_callee;
    other_call.call_id = "call-2";
    EXPECT_EQ(name(here.decide(other_call, stranger)), "403");
    auto other_tag = from_callee;
    other_tag.to = "<sip:alice@example.org>;tag=guess";
    EXPECT_EQ(name(here.decide(other_tag, stranger)), "403");
}

TEST(Policy, AnEndThatNeedsNoHopIsReachedByRoute) {
    std::string token;
    tokens.append(token, {}, {"call-1@192.0.2.10", "caller", {}});
    auto request = to_uri("sip:bob@192.0.2.99", "BYE");
    request.to = "<sip:bob@example.org>;tag=callee";
    request.headers = {"Route: <sip:" + token + "@10.0.0.1;lr>"};
    EXPECT_EQ(name(world().decide(request, stranger)), "route");
}

}  // namespace
}  // namespace sipha::route
