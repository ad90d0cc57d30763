#include "proxy/ctl/command_line.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

namespace sipha::ctl {
namespace {

using words = std::vector<std::string>;

parsed_order parse(words line) {
    line.insert(line.begin(), "sipha-ctl");
    std::vector<char*> arguments;
    for (auto& word : line) {
        arguments.push_back(word.data());
    }
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    auto out = parse_order(static_cast<int>(arguments.size()), arguments.data());
    testing::internal::GetCapturedStdout();
    testing::internal::GetCapturedStderr();
    return out;
}

std::string request(const words& line) {
    const auto parsed = parse(line);
    return parsed.go_on ? parsed.go_on->request : "exit " + std::to_string(parsed.exit_code);
}

TEST(CommandLine, EachCommandIsARequest) {
    EXPECT_EQ(request({"status"}), R"({"command":"status"})");
    EXPECT_EQ(
        request({"contacts", "sip:a@b", "--limit", "5"}),
        R"({"aor":"sip:a@b","limit":5,"command":"contacts"})"
    );
    EXPECT_EQ(
        request({"contact", "remove", "sip:a@b", "sip:a@192.0.2.1"}),
        R"({"aor":"sip:a@b","contact":"sip:a@192.0.2.1","command":"contact_remove"})"
    );
    EXPECT_EQ(
        request({"drain", "--spread", "60", "--exit"}),
        R"({"spread_s":60,"exit":true,"command":"drain"})"
    );
    EXPECT_EQ(request({"drain", "--undo"}), R"({"command":"undrain"})");
    EXPECT_EQ(request({"log", "level", "debug"}), R"({"level":"debug","command":"log_level"})");
    EXPECT_EQ(
        request({"trace", "start", "--user", "al\"ice"}),
        R"({"user":"al\"ice","command":"trace_start"})"
    );
    EXPECT_EQ(request({"trace", "show"}), R"({"command":"trace_show"})");
}

TEST(CommandLine, CaptureIsAskedForByItsFile) {
    const auto parsed = parse({"--json", "-s", "/x", "trace", "show", "--pcap", "a.pcap"});
    ASSERT_TRUE(parsed.go_on);
    EXPECT_EQ(parsed.go_on->request, R"({"command":"trace_capture"})");
    EXPECT_EQ(parsed.go_on->file, "a.pcap");
    EXPECT_EQ(parsed.go_on->socket, "/x");
    EXPECT_TRUE(parsed.go_on->is_json);
}

TEST(CommandLine, WrongUsageIsTwoAndHelpIsZero) {
    for (const words& wrong : std::vector<words>{
             {},
             {"reboot"},
             {"contact"},
             {"trace"},
             {"status", "--loud"},
             {"contacts", "--limit", "many"},
             {"status", "nodes"}}) {
        EXPECT_EQ(request(wrong), "exit 2") << testing::PrintToString(wrong);
    }
    EXPECT_EQ(request({"--help"}), "exit 0");
    EXPECT_EQ(request({"trace", "start", "--help"}), "exit 0");
    EXPECT_EQ(request({"--version"}), "exit 0");
}

TEST(CommandLine, DocumentationNamesEveryCommand) {
    std::ifstream file(SIPHA_SOURCE_DIR "/docs/operations.md");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    for (const std::string name :
         {"status",
          "nodes",
          "contacts",
          "contact remove",
          "ready",
          "version",
          "transactions",
          "limits",
          "metrics",
          "certificates",
          "reload",
          "drain",
          "upgrade",
          "log level",
          "trace start"}) {
        EXPECT_NE(text.find("| `" + name), std::string::npos) << name;
    }
}

}  // namespace
}  // namespace sipha::ctl
