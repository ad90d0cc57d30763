#include "proxy/ctl/print.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace sipha::ctl {
namespace {

TEST(ReadableDuration, HasTwoUnitsAtMost) {
    EXPECT_EQ(readable_duration(0), "0s");
    EXPECT_EQ(readable_duration(59), "59s");
    EXPECT_EQ(readable_duration(60), "1m");
    EXPECT_EQ(readable_duration(3599), "59m 59s");
    EXPECT_EQ(readable_duration(3600), "1h");
    EXPECT_EQ(readable_duration(86399), "23h 59m");
    EXPECT_EQ(readable_duration(86400 + 7200 + 5), "1d 2h");
    EXPECT_EQ(readable_duration(-61), "-1m 1s");
    EXPECT_EQ(readable_duration(std::numeric_limits<std::int64_t>::min())[0], '-');
}

TEST(ForPeople, ListsAreAligned) {
    EXPECT_EQ(
        for_people(
            "contacts",
            R"({"ok":true,"total":7,"contacts":[{"aor":"sip:a@b","contact":"sip:a@192.0.2.1",)"
            R"("expires_s":61,"source":"udp:192.0.2.1:5060","reach":"contact","accepted_by":1}]})"
        ),
        "aor      contact          expires  source              reach    accepted_by\n"
        "sip:a@b  sip:a@192.0.2.1  1m 1s    udp:192.0.2.1:5060  contact  1\n"
        "1 of 7 shown\n"
    );
}

TEST(ForPeople, StatusIsFlattened) {
    EXPECT_EQ(
        for_people(
            "status",
            R"({"ok":true,"ready":true,"uptime_s":3700,"restart_needed":["listen","dns"],)"
            R"("drops":{"unparsable":3}})"
        ),
        "ready             yes\n"
        "uptime_s          1h 1m\n"
        "restart_needed    listen, dns\n"
        "drops.unparsable  3\n"
    );
}

TEST(ForPeople, ReloadNamesTheKeys) {
    EXPECT_EQ(
        for_people("reload", R"({"ok":true,"changed":["inbound"],"restart_needed":["listen"]})"),
        "reloaded, changed: inbound\nrestart needed for: listen\n"
    );
    EXPECT_EQ(
        for_people("reload", R"({"ok":true,"changed":[],"restart_needed":[]})"),
        "reloaded, changed: nothing\n"
    );
}

TEST(ForPeople, TextIsPrintedAsItIs) {
    EXPECT_EQ(for_people("trace_show", R"({"ok":true,"text":"a\nb\n"})"), "a\nb\n");
}

TEST(ErrorOf, TellsAllThatIsWrong) {
    EXPECT_EQ(error_of(R"({"ok":true})"), "");
    EXPECT_EQ(error_of(R"({"ok":false,"error":"no"})"), "no");
    EXPECT_EQ(error_of(R"({"ok":false,"error":"no","errors":["a","b"]})"), "no\na\nb");
    for (const auto* wrong : {"", "x", "[]", "{}", R"({"ok":1})"}) {
        EXPECT_EQ(error_of(wrong), "the answer is not what a sipha node says") << wrong;
    }
}

TEST(CaptureOf, UndoesTheHexadecimal) {
    EXPECT_EQ(
        capture_of(R"({"pcap_hex":"d4c3b2a100ff"})"), std::string("\xd4\xc3\xb2\xa1\0\xff", 6)
    );
    EXPECT_EQ(capture_of(R"({"ok":true})"), "");
}

}  // namespace
}  // namespace sipha::ctl
