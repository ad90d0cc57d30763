#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "proxy/config/config.hpp"
#include "proxy/config/users_file.hpp"
#include "tests/proxy/config/sample.hpp"

namespace sipha::config {
namespace {

using namespace std::chrono_literals;

TEST(ConfigGuard, EveryKeyArrives) {
    const auto read = parse(full_sample, "p.yaml");
    ASSERT_TRUE(read.options);
    const auto& auth = read.options->node.auth;
    EXPECT_TRUE(auth.is_on);
    EXPECT_EQ(auth.realm, "example.com");
    EXPECT_EQ(auth.algorithms.size(), 3u);
    EXPECT_EQ(auth.nonce_lifetime, 2min);
    EXPECT_EQ(auth.max_nonces, 1000u);
    EXPECT_EQ(read.options->users_file.value, "users.txt");
    const auto& gate = read.options->node.gate;
    EXPECT_EQ(gate.messages.per_second, 500);
    EXPECT_EQ(gate.messages.burst, 1000);
    EXPECT_EQ(gate.registers_per_aor.per_second, 5);
    EXPECT_EQ(gate.invites_per_aor.burst, 30);
    EXPECT_EQ(gate.max_sources, 1000u);
    EXPECT_EQ(gate.max_known, 2000u);
    EXPECT_EQ(gate.flood_time, 5s);
    EXPECT_EQ(gate.max_wrong_passwords, 20u);
    EXPECT_EQ(gate.password_time, 2min);
    EXPECT_EQ(gate.bans.first, 30s);
    EXPECT_EQ(gate.bans.longest, 2h);
    EXPECT_TRUE(gate.limits_reflection);
    ASSERT_EQ(gate.access.size(), 1u);
    EXPECT_EQ(gate.access[0].then, guard::access_rule::effect::deny);
    EXPECT_EQ(gate.access[0].socket, sip::listener_id{1});
    EXPECT_DOUBLE_EQ(gate.overload.queue, 0.4);
    EXPECT_DOUBLE_EQ(gate.overload.busy, 0.95);
    EXPECT_DOUBLE_EQ(gate.overload.transactions, 0.8);
}

TEST(ConfigGuard, WithoutTheSectionsNobodyIsAskedAndTheGuardIsOn) {
    const auto read = parse(least_sample, "p.yaml");
    ASSERT_TRUE(read.options);
    EXPECT_FALSE(read.options->node.auth.is_on);
    EXPECT_TRUE(read.options->node.gate.is_on);
    EXPECT_TRUE(read.options->node.gate.limits_reflection);
}

TEST(ConfigGuard, MistakesAreRefused) {
    const std::pair<const char*, const char*> rows[] = {
        {"algorithms: [SHA-512-256, SHA-256, MD5]", "algorithms: [MD5, SHA-256]"},
        {"algorithms: [SHA-512-256, SHA-256, MD5]", "algorithms: [MD5, MD5]"},
        {"algorithms: [SHA-512-256, SHA-256, MD5]", "algorithms: [SHA-1]"},
        {"algorithms: [SHA-512-256, SHA-256, MD5]", "algorithms: []"},
        {"realm: example.com", "realm: 'a\"b'"},
        {"  users_file: users.txt\n", ""},
        {"nonce_lifetime: 2m", "nonce_lifetime: 9s"},
        {"longest_ban: 2h", "longest_ban: 29s"},
        {"{then: deny, ", "{"},
        {"methods: [INVITE]", "methods: []"},
        {"listener: 2", "listener: 3"},
        {"listener: 2", "listener: 0"},
        {"queue: 40", "queue: 0"},
        {"queue: 40", "queue: 101"},
        {"{per_second: 500, burst: 1000}", "{per_second: 500}"},
    };
    for (const auto& [from, to] : rows) {
        const auto text = changed(full_sample, from, to);
        const auto read = parse(text, "p.yaml");
        EXPECT_EQ(read.diag.error_count(), 1u) << to;
    }
}

/// A file beside a configuration that is not there.
class users_file : public ::testing::Test {
  protected:
    users_file()
        : directory_(
              std::filesystem::path(::testing::TempDir()) /
              ("sipha_users_" + std::to_string(::getpid()))
          ) {
        std::filesystem::create_directories(directory_);
    }
    ~users_file() override { std::filesystem::remove_all(directory_); }

    loaded_users read(const std::string& text, mode_t mode = 0600) {
        const auto path = directory_ / "users.txt";
        std::ofstream(path) << text;
        EXPECT_EQ(::chmod(path.c_str(), mode), 0);
        return load_users((directory_ / "p.yaml").string(), "users.txt", algorithms_);
    }
    std::filesystem::path directory_;
    std::vector<auth::algorithm> algorithms_{auth::algorithm::md5};
    const std::string alice_ = "alice@example.com:MD5:" + std::string(32, '0') + "\n";
};

TEST_F(users_file, IsReadBesideTheConfiguration) {
    const auto loaded = read(alice_);
    ASSERT_TRUE(loaded.users);
    EXPECT_TRUE(loaded.users->find("alice", "example.com"));
}

TEST_F(users_file, OpenToOthersItIsRefused) {
    for (const mode_t mode : {0640, 0604, 0660, 0666, 0620}) {
        const auto loaded = read(alice_, mode);
        EXPECT_FALSE(loaded.users);
        ASSERT_EQ(loaded.errors.size(), 1u);
        EXPECT_NE(loaded.errors[0].find("chmod 600"), std::string::npos);
    }
}

TEST_F(users_file, OneBadLineRefusesAllAndIsNamed) {
    const auto loaded = read(alice_ + "bob\n");
    EXPECT_FALSE(loaded.users);
    ASSERT_EQ(loaded.errors.size(), 1u);
    EXPECT_NE(loaded.errors[0].find("users.txt:2: "), std::string::npos) << loaded.errors[0];
}

TEST_F(users_file, MissingOrNoFileItIsRefused) {
    EXPECT_FALSE(load_users((directory_ / "p.yaml").string(), "none.txt", algorithms_).users);
    EXPECT_FALSE(load_users((directory_ / "p.yaml").string(), ".", algorithms_).users);
}

}  // namespace
}  // namespace sipha::config
