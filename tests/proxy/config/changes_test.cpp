#include "proxy/config/changes.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "proxy/config/config.hpp"
#include "tests/proxy/config/sample.hpp"
#include "tests/support/documented_keys.hpp"

namespace sipha::config {
namespace {

using strings = std::vector<std::string>;

changed_keys after(std::string_view from, std::string_view to) {
    const auto before = parse(full_sample, "p.yaml");
    const auto text = changed(full_sample, from, to);
    EXPECT_NE(text, full_sample) << from;
    return compare(before.values, parse(text, "p.yaml").values);
}

TEST(Changes, EqualTextHasNone) {
    const auto same = after("version: 1", "# a comment\nversion:   1");
    EXPECT_EQ(same.live, strings{});
    EXPECT_EQ(same.restart, strings{});
}

TEST(Changes, LiveKeysAreToldApartFromThoseThatNeedARestart) {
    EXPECT_EQ(after("min_expires: 30s", "min_expires: 31s").live, strings{"registrar.min_expires"});
    EXPECT_EQ(after("inbound: trusted", "inbound: anyone").live, strings{"inbound"});
    EXPECT_EQ(after("level: warn", "level: info").live, strings{"log.level"});
    EXPECT_EQ(after("level: warn", "level: info").restart, strings{});
    EXPECT_EQ(after("port: 5070", "port: 5071").restart, strings{"listen"});
    EXPECT_EQ(after("name: west", "name: east").restart, strings{"cluster.name"});
    EXPECT_EQ(after("format: json", "format: text").restart, strings{"log.format"});
    EXPECT_EQ(after("port: 5070", "port: 5071").live, strings{});
}

TEST(Changes, KeysThatComeOrGoAreChanges) {
    EXPECT_EQ(after("  max_contacts: 5\n", "").live, strings{"registrar.max_contacts"});
    const auto gone =
        compare(parse(full_sample, "p.yaml").values, parse(least_sample, "p.yaml").values);
    EXPECT_EQ(gone.live.size() + gone.restart.size() > 20, true) << gone.live.size();
    const auto come =
        compare(parse(least_sample, "p.yaml").values, parse(full_sample, "p.yaml").values);
    EXPECT_EQ(come.live, gone.live);
    EXPECT_EQ(come.restart, gone.restart);
}

TEST(Changes, UsersFileIsReplacedLiveButNotIntroduced) {
    EXPECT_EQ(after("users_file: users.txt", "users_file: u.txt").live, strings{"auth.users_file"});
    const auto came = compare({}, {{"auth.users_file", "x"}});
    EXPECT_EQ(came.live, strings{});
    EXPECT_EQ(came.restart, strings{"auth.users_file"});
}

TEST(Changes, DifferentTreesNeverReadAlike) {
    const auto values = [](std::string_view text) { return parse(text, "p.yaml").values; };
    EXPECT_NE(values("a: [b, c]"), values("a: [\"b,c\"]"));
    EXPECT_NE(values("a: [[b], c]"), values("a: [[b, c]]"));
    EXPECT_NE(values("a: [{b: c}]"), values("a: [\"{b:c}\"]"));
    EXPECT_EQ(values(""), key_values{});
    EXPECT_EQ(values("- a"), key_values{});
}

TEST(Changes, DocumentationNamesTheLiveKeys) {
    const auto documented =
        test::documented_keys(SIPHA_SOURCE_DIR "/docs/config.md", "What a reload changes");
    const std::set<std::string> known(live_keys().begin(), live_keys().end());
    EXPECT_EQ(test::missing_keys(known, documented), "") << "add these to docs/config.md";
    EXPECT_EQ(test::missing_keys(documented, known), "") << "these are not live in the code";
}

}  // namespace
}  // namespace sipha::config
