#include "proxy/route/loose_route.hpp"

#include <gtest/gtest.h>

#include "tests/support/sip_text.hpp"

namespace sipha::route {
namespace {

using test::at;
using test::parsed;

const identity us({"example.org"}, {at("udp:10.0.0.1:5060"), at("tcp:10.0.0.1:5060")});
const crypto::mac key("0123456789abcdef");
const dialog_tokens tokens(key, cluster::node_id{1});

test::request_text bye(std::vector<std::string> routes) {
    test::request_text out;
    out.method = "BYE";
    out.uri = "sip:bob@192.0.2.20";
    out.to = "<sip:bob@example.org>;tag=callee";
    out.headers = std::move(routes);
    return out;
}

std::string token() {
    dialog_path path;
    path.callee = sip::hop{0, at("udp:192.0.2.20:1025"), 0};
    std::string out;
    tokens.append(out, path, {"call-1@192.0.2.10", "caller", {}});
    return out;
}

TEST(LooseRoute, OwnRoutesAreTakenOff) {
    struct row {
        const char* claim;
        std::vector<std::string> routes;
        std::size_t own;
        std::string next;
    };
    const row rows[] = {
        {"no Route", {}, 0, ""},
        {"one of ours", {"Route: <sip:10.0.0.1;lr>"}, 1, ""},
        {"our domain", {"Route: <sip:example.org;lr>"}, 1, ""},
        {"ours, then another",
         {"Route: <sip:10.0.0.1;lr>, <sip:p.example.net;lr>"},
         1,
         "<sip:p.example.net;lr>"},
        {"two of ours in two fields",
         {"Route: <sip:10.0.0.1;transport=tcp;lr>", "Route: <sip:10.0.0.1;lr>,<sip:p;lr>"},
         2,
         "<sip:p;lr>"},
        {"another first", {"Route: <sip:p;lr>, <sip:10.0.0.1;lr>"}, 0, "<sip:p;lr>"},
        {"our address on a foreign port", {"Route: <sip:10.0.0.1:9;lr>"}, 0, "<sip:10.0.0.1:9;lr>"},
    };
    for (const auto& [claim, routes, own, next] : rows) {
        SCOPED_TRACE(claim);
        const parsed request(bye(routes));
        const auto view = read_routes(*request, us, tokens);
        ASSERT_TRUE(view);
        EXPECT_EQ(view->own_routes, own);
        EXPECT_EQ(view->next_route, next);
        EXPECT_EQ(view->request_uri, "sip:bob@192.0.2.20");
        EXPECT_FALSE(view->drop_last_route);
        EXPECT_FALSE(view->token);
    }
}

TEST(LooseRoute, TheFirstValidTokenCounts) {
    const auto ours = "<sip:" + token() + "@10.0.0.1;lr>";
    for (const auto& route :
         {"Route: " + ours,
          "Route: <sip:x@10.0.0.1;lr>, " + ours,
          "Route: <sip:10.0.0.1;lr>, " + ours + ", <sip:p;lr>"}) {
        const parsed request(bye({route}));
        const auto view = read_routes(*request, us, tokens);
        ASSERT_TRUE(view && view->token) << route;
        EXPECT_EQ(view->token->sender, dialog_side::caller);
    }
    const parsed behind(bye({"Route: <sip:p;lr>, " + ours}));
    EXPECT_FALSE(read_routes(*behind, us, tokens)->token) << "not ours to read yet";
    const parsed foreign(bye({"Route: <sip:" + token() + "@10.9.9.9;lr>"}));
    EXPECT_FALSE(read_routes(*foreign, us, tokens)->token);
}

TEST(LooseRoute, AStrictRouterBeforeUsIsUndone) {
    // RFC 3261 16.4: our URI in the Request-URI, the target at the end of the Routes.
    struct row {
        const char* claim;
        std::vector<std::string> routes;
        std::string uri;
        std::string next;
        bool drops_last;
    };
    const row rows[] = {
        {"only the target", {"Route: <sip:bob@192.0.2.20>"}, "sip:bob@192.0.2.20", "", true},
        {"another proxy between",
         {"Route: <sip:p;lr>", "Route: <sip:bob@192.0.2.20>"},
         "sip:bob@192.0.2.20",
         "<sip:p;lr>",
         true},
        {"ours between",
         {"Route: <sip:10.0.0.1;lr>, <sip:bob@192.0.2.20>"},
         "sip:bob@192.0.2.20",
         "",
         true},
        {"no Route at all", {}, "", "", false},
    };
    for (const auto& [claim, routes, uri, next, drops_last] : rows) {
        SCOPED_TRACE(claim);
        auto text = bye(routes);
        text.uri = "sip:" + token() + "@10.0.0.1;lr";
        const parsed request(text);
        const auto view = read_routes(*request, us, tokens);
        ASSERT_TRUE(view);
        EXPECT_EQ(view->request_uri, uri.empty() ? text.uri : uri);
        EXPECT_EQ(view->next_route, next);
        EXPECT_EQ(view->drop_last_route, drops_last);
        EXPECT_EQ(view->token.has_value(), drops_last);
    }
}

TEST(LooseRoute, ALocalUserIsNoStrictRouter) {
    auto text = bye({"Route: <sip:p;lr>"});
    text.uri = "sip:bob@10.0.0.1";  // no lr: not one of our Record-Routes
    const parsed request(text);
    const auto view = read_routes(*request, us, tokens);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->request_uri, text.uri);
    EXPECT_FALSE(view->drop_last_route);
}

TEST(LooseRoute, RoutesAreLimited) {
    const auto with = [](std::size_t own, std::size_t foreign) {
        std::vector<std::string> routes(own, "Route: <sip:10.0.0.1;lr>");
        routes.insert(routes.end(), foreign, "Route: <sip:p;lr>");
        const parsed request(bye(routes));
        return read_routes(*request, us, tokens).has_value();
    };
    EXPECT_TRUE(with(8, 0));
    EXPECT_FALSE(with(9, 0));
    EXPECT_TRUE(with(0, max_routes));
    EXPECT_FALSE(with(0, max_routes + 1));
    EXPECT_FALSE(with(1, max_routes));
}

TEST(LooseRoute, MalformedRoutesAreRefused) {
    for (const auto* route : {"Route: <sip:10.0.0.1", "Route: nonsense", "Route: <sip:p;lr>, ,"}) {
        const parsed request(bye({route}));
        EXPECT_FALSE(read_routes(*request, us, tokens)) << route;
    }
}

TEST(LooseRoute, TagsOfReadsBothEnds) {
    const parsed request(bye({}));
    const auto tags = tags_of(*request);
    EXPECT_EQ(tags.call_id, "call-1@192.0.2.10");
    EXPECT_EQ(tags.from_tag, "caller");
    EXPECT_EQ(tags.to_tag, "callee");
    EXPECT_EQ(tags_of(*parsed(test::request_text{})).to_tag, "");
}

}  // namespace
}  // namespace sipha::route
