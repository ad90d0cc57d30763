#include "proxy/log/json_line.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sipha::log {
namespace {

std::string line(std::string_view text) {
    return json_line("T", "info", text);
}

TEST(JsonLine, PairsBecomeMembers) {
    EXPECT_EQ(
        line("event=listening address=udp:192.0.2.1:5060"),
        R"({"time":"T","level":"info","event":"listening","address":"udp:192.0.2.1:5060"})"
    );
    EXPECT_EQ(
        line("event=x path=\"/a b\" n=1"),
        R"({"time":"T","level":"info","event":"x","path":"/a b","n":"1"})"
    );
    EXPECT_EQ(line("event=x empty="), R"({"time":"T","level":"info","event":"x","empty":""})");
}

TEST(JsonLine, WordsThatAreNoPairAreText) {
    EXPECT_EQ(line("hello big world"), R"({"time":"T","level":"info","text":"hello big world"})");
    EXPECT_EQ(line("A=1 =2"), R"({"time":"T","level":"info","text":"A=1 =2"})");
    EXPECT_EQ(line(""), R"({"time":"T","level":"info"})");
}

TEST(JsonLine, NothingInAValueEndsTheObject) {
    EXPECT_EQ(
        line("event=x why=a\"},{\"b"),
        R"({"time":"T","level":"info","event":"x","why":"a\"},{\"b"})"
    );
    EXPECT_EQ(line("event=a\\b\n"), R"({"time":"T","level":"info","event":"a\\b\u000a"})");
    EXPECT_EQ(line("event=\xff"), "{\"time\":\"T\",\"level\":\"info\",\"event\":\"\xef\xbf\xbd\"}");
}

TEST(JsonLine, MembersOfOursStandOnce) {
    EXPECT_EQ(
        line("time=1 level=2 text=3"),
        R"({"time":"T","level":"info","time_":"1","level_":"2","text_":"3"})"
    );
}

}  // namespace
}  // namespace sipha::log
