#include "proxy/admin/http_routes.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "proxy/admin/page.hpp"

namespace sipha::admin {
namespace {

using what = http_plan::what;
using strings = std::vector<std::string>;

http_plan get(std::string_view target, std::string_view token = {}, std::string_view auth = {}) {
    return plan_for({"GET", target, "127.0.0.1:9060", auth}, token);
}

TEST(HttpRoutes, EachPathHasItsCommand) {
    EXPECT_EQ(get("/healthz").kind, what::health);
    EXPECT_EQ(get("/readyz").commands, strings{R"({"command":"ready"})"});
    EXPECT_EQ(get("/metrics").kind, what::metrics);
    EXPECT_EQ(get("/").commands.size(), page_commands().size());
    EXPECT_EQ(get("/status.css").body, page_style());
    EXPECT_EQ(get("/status.js").body, page_script());
    EXPECT_EQ(get("/api/nodes").commands, strings{R"({"command":"nodes"})"});
}

TEST(HttpRoutes, QueriesBecomeMembers) {
    EXPECT_EQ(
        get("/api/contacts?aor=sip%3Aalice%40example.com&limit=5").commands,
        strings{R"({"command":"contacts","aor":"sip:alice@example.com","limit":5})"}
    );
    EXPECT_EQ(
        get("/api/contacts?aor=a+b%22%0a").commands,
        strings{R"({"command":"contacts","aor":"a b\"\n"})"}
    );
    for (const auto* wrong :
         {"/api/contacts?aor=%",
          "/api/contacts?aor=%4",
          "/api/contacts?aor=%zz",
          "/api/contacts?=x",
          "/api/contacts?command=drain"}) {
        EXPECT_EQ(get(wrong).status, 400) << wrong;
    }
}

TEST(HttpRoutes, NothingThatChangesTheNodeHasAPath) {
    for (const auto* path :
         {"/api/drain",
          "/api/reload",
          "/api/contact_remove",
          "/api/trace_show",
          "/api/",
          "/api",
          "/x",
          "",
          "*",
          "//",
          "/../etc/passwd",
          "/status.css/"}) {
        EXPECT_EQ(get(path).status, 404) << path;
        EXPECT_TRUE(get(path).commands.empty()) << path;
    }
    for (const auto* method : {"POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "get", ""}) {
        EXPECT_EQ(plan_for({method, "/", "localhost", ""}, "").status, 405) << method;
    }
    EXPECT_EQ(plan_for({"HEAD", "/", "localhost", ""}, "").kind, what::page);
}

TEST(HttpRoutes, TokenIsAskedForEverywhereButForHealth) {
    const std::string token = "0123456789abcdef";
    for (const auto* path : {"/", "/metrics", "/api/nodes", "/status.js", "/nothing"}) {
        EXPECT_EQ(get(path, token).status, 401) << path;
        EXPECT_NE(get(path, token, "Bearer " + token).status, 401) << path;
    }
    EXPECT_EQ(get("/healthz", token).kind, what::health);
    EXPECT_EQ(get("/readyz", token).kind, what::ready);
    // RFC 7617: "admin:" and the token.
    EXPECT_EQ(get("/", token, "Basic YWRtaW46MDEyMzQ1Njc4OWFiY2RlZg==").kind, what::page);
    EXPECT_EQ(get("/", token, "bearer " + token).kind, what::page) << "a scheme has no case";
    for (const auto* wrong :
         {"0123456789abcdef",
          "Bearer",
          "Bearer ",
          "Bearer 0123456789abcdeF",
          "Bearer 0123456789abcdef0",
          "Bearer 0123456789abcde",
          "Basic",
          "Basic !!!",
          "Basic MDEyMzQ1Njc4OWFiY2RlZg==",
          "Digest 0123456789abcdef"}) {
        EXPECT_EQ(get("/", token, wrong).status, 401) << wrong;
    }
}

TEST(HttpRoutes, WithoutATokenTheHostIsThisMachine) {
    for (const auto* host :
         {"127.0.0.1", "127.0.0.1:9060", "localhost:9060", "LOCALHOST", "[::1]:9060"}) {
        EXPECT_EQ(plan_for({"GET", "/", host, ""}, "").kind, what::page) << host;
    }
    for (const auto* host :
         {"", "evil.example", "evil.example:9060", "192.0.2.1", "[", "[]", "["}) {
        EXPECT_EQ(plan_for({"GET", "/", host, ""}, "").status, 421) << host;
    }
    EXPECT_EQ(plan_for({"GET", "/healthz", "evil.example", ""}, "").kind, what::health);
}

}  // namespace
}  // namespace sipha::admin
