#include "proxy/config/secret.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "proxy/config/config.hpp"
#include "tests/geo/yaml/findings.hpp"
#include "tests/proxy/config/sample.hpp"

namespace sipha::config {
namespace {

/// A directory of its own for each test, with a configuration beside the secret.
class secret_test : public testing::Test {
  protected:
    secret_test() {
        std::string pattern = testing::TempDir() + "sipha-secret-XXXXXX";
        directory_ = ::mkdtemp(pattern.data());
        config_ = directory_ + "/proxy.yaml";
        secret_ = directory_ + "/cluster.secret";
        write(directory_ + "/http.token", "fedcba9876543210\n", 0600);
        write(directory_ + "/users.txt", "", 0600);  // what the sample names too
    }
    ~secret_test() override { std::filesystem::remove_all(directory_); }

    static void write(const std::string& path, std::string_view text, mode_t mode) {
        std::ofstream(path) << text;
        ::chmod(path.c_str(), mode);
    }
    secret read() const { return read_secret(config_, "cluster.secret"); }

    std::string directory_;
    std::string config_;
    std::string secret_;
};

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

TEST_F(secret_test, IsReadWithoutItsLineEnd) {
    write(secret_, "0123456789abcdef\n", 0600);
    EXPECT_EQ(read().text, "0123456789abcdef");
    write(secret_, "0123456789abcdef\r\n", 0400);
    EXPECT_EQ(read().text, "0123456789abcdef");
    EXPECT_EQ(read().error, "");
}

TEST_F(secret_test, AbsoluteNameIsTakenAsItIs) {
    write(secret_, "0123456789abcdef", 0600);
    EXPECT_EQ(read_secret("/elsewhere/proxy.yaml", secret_).text, "0123456789abcdef");
}

TEST_F(secret_test, MissingFileNamesThePathAndTheRule) {
    const auto error = read().error;
    EXPECT_TRUE(contains(error, secret_)) << error;
    EXPECT_TRUE(contains(error, "No such file")) << error;
    EXPECT_TRUE(contains(error, "directory of the configuration file")) << error;
}

TEST_F(secret_test, NobodyElseMayReadIt) {
    for (const mode_t mode : {0640U, 0604U, 0620U, 0602U, 0610U, 0601U, 0777U}) {
        write(secret_, "0123456789abcdef", mode);
        const auto error = read().error;
        EXPECT_TRUE(contains(error, "chmod 600 " + secret_)) << mode << ' ' << error;
        EXPECT_EQ(read().text, "");
    }
}

TEST_F(secret_test, LengthHasLimits) {
    write(secret_, std::string(min_secret_bytes, 'x'), 0600);
    EXPECT_EQ(read().error, "");
    write(secret_, std::string(min_secret_bytes - 1, 'x').append("\n\n"), 0600);
    EXPECT_TRUE(contains(read().error, "holds 15 octets; 16 to 4096 are needed")) << read().error;
    write(secret_, std::string(max_secret_bytes, 'x').append("\n"), 0600);
    EXPECT_EQ(read().text.size(), max_secret_bytes);
    write(secret_, std::string(max_secret_bytes + 1, 'x'), 0600);
    EXPECT_TRUE(contains(read().error, "holds more than 4096 octets")) << read().error;
    write(secret_, std::string(max_secret_bytes, 'x').append("\n\n\nand more"), 0600);
    EXPECT_TRUE(contains(read().error, "holds more than 4096 octets")) << read().error;
}

TEST_F(secret_test, OnlyARegularFileIsRead) {
    ASSERT_EQ(::mkfifo(secret_.c_str(), 0600), 0);
    EXPECT_TRUE(contains(read().error, "is not a regular file")) << read().error;
    std::filesystem::remove(secret_);
    std::filesystem::create_directory(secret_);
    EXPECT_TRUE(contains(read().error, "is not a regular file")) << read().error;
}

TEST_F(secret_test, ReachesTheClusterOptions) {
    write(config_, full_sample, 0600);
    write(secret_, "0123456789abcdef\n", 0600);
    const auto loaded = load(config_);
    ASSERT_TRUE(loaded.options);
    EXPECT_EQ(loaded.options->node.cluster.secret, "0123456789abcdef");
    ASSERT_TRUE(loaded.options->http);
    EXPECT_EQ(loaded.options->http->token, "fedcba9876543210");
}

TEST_F(secret_test, ErrorStandsAtItsKeyBesideAllOthers) {
    write(config_, changed(full_sample, "level: warn", "level: loud"), 0600);
    write(secret_, "short", 0600);
    const auto loaded = load(config_);
    EXPECT_FALSE(loaded.options);
    EXPECT_EQ(
        geo::yaml::places(loaded.diag), (std::vector<std::string>{"21:16 P006", "29:14 L094"})
    );
    EXPECT_TRUE(contains(geo::yaml::lines(loaded.diag)[0], "cluster.secret_file: " + secret_));
}

TEST_F(secret_test, MissingTokenOfTheHttpServerStandsAtItsKey) {
    write(config_, full_sample, 0600);
    write(secret_, "0123456789abcdef\n", 0600);
    std::filesystem::remove(directory_ + "/http.token");
    const auto loaded = load(config_);
    EXPECT_FALSE(loaded.options);
    const auto said = geo::yaml::lines(loaded.diag);
    ASSERT_EQ(said.size(), 1U);
    EXPECT_TRUE(contains(said[0], "error[P009]: admin.http.token_file: " + directory_)) << said[0];
}

TEST_F(secret_test, ConfigurationThatCannotBeReadIsToldApart) {
    const auto loaded = load(config_);
    EXPECT_FALSE(loaded.options);
    EXPECT_FALSE(loaded.was_read);
    EXPECT_TRUE(loaded.diag.has_errors());
}

}  // namespace
}  // namespace sipha::config
