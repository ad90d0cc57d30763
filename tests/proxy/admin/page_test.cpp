#include "proxy/admin/page.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sipha::admin {
namespace {

using strings = std::vector<std::string>;

constexpr auto status =
    R"({"ok":true,"name":"ams1","version":"1.2","uptime_s":90,"ready":true,"draining":false,)"
    R"("bindings":7,"totals":{"registers":5,"pings":0},"drops":{"unparsable":2},"shell":{}})";

bool contains(const std::string& page, std::string_view part) {
    return page.find(part) != std::string::npos;
}

TEST(StatusPage, ShowsEachAnswerAsATable) {
    const strings answers{
        status,
        R"({"ok":true,"nodes":[{"id":1,"name":"ams1","state":"self","ready":true}]})",
        R"({"ok":true,"total":1234,"contacts":[{"aor":"sip:a@b","contact":"sip:a@192.0.2.1"}]})"};
    const auto page = render_page(answers);
    EXPECT_TRUE(contains(page, "<title>ams1 - sipha</title>"));
    EXPECT_TRUE(contains(page, "<span class=\"badge good\">ready</span>"));
    EXPECT_TRUE(contains(page, "<td>sip:a@192.0.2.1"));
    EXPECT_TRUE(contains(page, "id=count-contacts>1234</span>"));
    EXPECT_TRUE(contains(page, "<dt>registers<dd>5"));
    EXPECT_TRUE(contains(page, "<dt>unparsable<dd>2"));
    EXPECT_FALSE(contains(page, "<dt>pings")) << "zeros hide what matters";
    EXPECT_FALSE(contains(page, "Dialogs")) << "no answer, no table";
}

TEST(StatusPage, SaysWhenTheNodeIsNotReady) {
    EXPECT_TRUE(
        contains(render_page(strings{R"({"ok":true,"ready":true,"draining":true})"}), "badge warn")
    );
    EXPECT_TRUE(contains(render_page(strings{R"({"ok":true,"ready":false})"}), "badge bad"));
}

TEST(StatusPage, WhatPhonesSayIsTextOnly) {
    const std::string hostile = R"(<script>alert(1)</script>\" onload='x' &amp;)";
    const strings answers{
        R"({"ok":true,"name":"<b>","ready":true})",
        R"({"ok":true,"nodes":[]})",
        R"({"ok":true,"total":1,"contacts":[{"aor":")" + hostile +
            R"(","user_agent":"<img src=x>"}]})"};
    const auto page = render_page(answers);
    EXPECT_FALSE(contains(page, "<script>alert"));
    EXPECT_FALSE(contains(page, "<img"));
    EXPECT_FALSE(contains(page, "<b>"));
    EXPECT_TRUE(
        contains(page, "&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#39;x&#39; &amp;amp;")
    );
}

TEST(StatusPage, SurvivesAnswersOfAnyShape) {
    for (const std::string answer :
         {"",
          "x",
          "[]",
          "{}",
          R"({"ok":false,"error":"no"})",
          R"({"ok":1})",
          R"({"ok":true,"nodes":5,"contacts":[1,[],null],"totals":[]})"}) {
        const auto page = render_page(strings{answer, answer, answer, answer, answer, answer});
        EXPECT_TRUE(page.starts_with("<!doctype html>")) << answer;
        EXPECT_TRUE(page.ends_with("</html>\n")) << answer;
    }
    EXPECT_TRUE(render_page({}).ends_with("</html>\n"));
}

}  // namespace
}  // namespace sipha::admin
