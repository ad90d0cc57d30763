#include "resolver/stub/event_log.hpp"

#include <gtest/gtest.h>

namespace sipha::resolver::stub {
namespace {

TEST(EventLog, TextQuotesOnlyWhatNeedsIt) {
    EXPECT_EQ(
        log_line(log_form::text, "order", {{"domain", "ex"}, {"cause", "two words"}, {"none", ""}}),
        "event=order domain=ex cause=\"two words\" none=\"\""
    );
}

TEST(EventLog, JsonIsOneObject) {
    EXPECT_EQ(
        log_line(log_form::json, "order", {{"domain", "ex"}, {"cause", "a \"b\" \\c"}}),
        R"({"event":"order","domain":"ex","cause":"a \"b\" \\c"})"
    );
}

TEST(EventLog, ControlCharactersStayInsideTheLine) {
    for (const auto form : {log_form::text, log_form::json}) {
        const auto line = log_line(form, "x", {{"v", "a\nb\x1b\x80"}});
        EXPECT_EQ(line.find_first_of("\n\x1b\x80"), std::string::npos) << line;
        EXPECT_NE(line.find("\\u000a"), std::string::npos) << line;
    }
}

}  // namespace
}  // namespace sipha::resolver::stub
