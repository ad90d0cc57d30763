#include "proxy/ctl/command_line.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "proxy/auth/users.hpp"
#include "proxy/ctl/user_hash.hpp"

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

TEST(CommandLine, UserHashAsksNoNode) {
    const auto parsed = parse({"user-hash", "alice@example.com", "--realm", "sip"});
    ASSERT_TRUE(parsed.go_on);
    EXPECT_EQ(parsed.go_on->user, "alice@example.com");
    EXPECT_EQ(parsed.go_on->realm, "sip");
    EXPECT_EQ(request({"user-hash"}), "exit 2");
}

TEST(UserHash, MakesALineThatIsRead) {
    const auto hashed = hash_user("alice@example.com", "", "secret");
    EXPECT_EQ(hashed.error, "");
    EXPECT_EQ(hashed.line.substr(0, 18), "alice@example.com:");
    EXPECT_EQ(hashed.line.find("secret"), std::string::npos);
    const auto read = auth::read_users(hashed.line + '\n', auth::all_algorithms);
    ASSERT_TRUE(read.table);
    EXPECT_TRUE(read.table->find("alice", "example.com"));
    EXPECT_NE(hash_user("alice@example.com", "sip", "secret").line, hashed.line);
}

TEST(UserHash, TellsWhatIsWrong) {
    for (const auto* wrong : {"", "alice", "@example.com", "alice@", "al:ice@example.com"}) {
        EXPECT_NE(hash_user(wrong, "", "secret").error, "") << wrong;
    }
    EXPECT_NE(hash_user("alice@example.com", "", "").error, "");
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
          "trace start",
          "bans",
          "user-hash"}) {
        EXPECT_NE(text.find("| `" + name), std::string::npos) << name;
    }
}

}  // namespace
}  // namespace sipha::ctl
