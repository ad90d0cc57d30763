#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "dnsgen/publish/file_ops.hpp"
#include "dnsgen/publish/manifest.hpp"
#include "dnsgen/publish/output_directory.hpp"
#include "dnsgen/publish/sha256.hpp"

namespace sipha::dnsgen {
namespace {

namespace fs = std::filesystem;
using outcome = publish_result::outcome;

class Publish : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "publish.XXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        root_ = pattern;
        out_ = root_ + "/out";
    }
    void TearDown() override { fs::remove_all(root_); }

    publish_result publish(std::string content) {
        output_directory directory(out_);
        file_set set;
        set.files = {{"knot/a.zone", content}, {"manifest", "of " + content}};
        set.run_directories = {"run"};
        return directory.publish(set);
    }
    std::string current(const std::string& file) const {
        std::ifstream stream(out_ + "/current/" + file);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    std::string target() const { return fs::read_symlink(out_ + "/current").string(); }

    std::string root_;
    std::string out_;
};

TEST_F(Publish, FirstSetMakesEverything) {
    const auto result = publish("one");
    EXPECT_EQ(result.problem, "");
    EXPECT_EQ(result.result, outcome::published);
    EXPECT_EQ(result.set_path, "sets/000001");
    EXPECT_EQ(target(), "sets/000001");
    EXPECT_EQ(current("knot/a.zone"), "one");
    EXPECT_TRUE(fs::is_directory(out_ + "/run"));
}

TEST_F(Publish, ChangeSwitchesToANewSetAndKeepsTheOld) {
    publish("one");
    EXPECT_EQ(publish("two").set_path, "sets/000002");
    EXPECT_EQ(current("knot/a.zone"), "two");
    std::ifstream old(out_ + "/sets/000001/knot/a.zone");
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(old), {}), "one");
}

TEST_F(Publish, UnchangedSetIsNotTouched) {
    publish("one");
    struct stat before {};
    struct stat after {};
    ASSERT_EQ(::lstat((out_ + "/current").c_str(), &before), 0);
    EXPECT_EQ(publish("one").result, outcome::unchanged);
    ASSERT_EQ(::lstat((out_ + "/current").c_str(), &after), 0);
    EXPECT_EQ(before.st_ino, after.st_ino);
    EXPECT_EQ(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
    EXPECT_FALSE(fs::exists(out_ + "/sets/000002"));
}

TEST_F(Publish, EditedSetIsWrittenAgain) {
    publish("one");
    std::ofstream(out_ + "/current/knot/a.zone") << "edited";
    EXPECT_EQ(publish("one").result, outcome::published);
    EXPECT_EQ(current("knot/a.zone"), "one");
}

TEST_F(Publish, OldSetsAreRemovedBeyondTheLimit) {
    for (int round = 0; round < 9; ++round) {
        publish(std::to_string(round));
    }
    const auto count = std::distance(fs::directory_iterator(out_ + "/sets"), {});
    EXPECT_EQ(count, static_cast<std::ptrdiff_t>(kept_sets));
    EXPECT_EQ(current("knot/a.zone"), "8");
    EXPECT_TRUE(fs::exists(out_ + "/sets/000005"));
}

TEST_F(Publish, RemainsOfADeadRunAreCleanedUp) {
    publish("one");
    fs::create_directories(out_ + "/sets/.unfinished/knot");
    std::ofstream(out_ + "/sets/.unfinished/knot/a.zone") << "half";
    fs::create_symlink("nowhere", out_ + "/.current.new");
    EXPECT_EQ(publish("two").result, outcome::published);
    EXPECT_EQ(current("knot/a.zone"), "two");
    EXPECT_FALSE(fs::exists(out_ + "/sets/.unfinished"));
}

TEST_F(Publish, LinksAreNotFollowedForWriting) {
    const auto victim = root_ + "/victim";
    fs::create_directory(victim);
    std::ofstream(victim + "/a.zone") << "precious";
    fs::create_directory(out_);
    // The directory of the sets is somebody else's.
    fs::create_directory_symlink(victim, out_ + "/sets");
    const auto result = publish("one");
    EXPECT_EQ(result.result, outcome::failed);
    EXPECT_NE(result.problem.find(out_ + "/sets"), std::string::npos) << result.problem;
    fs::remove(out_ + "/sets");
    // The unfinished directory is a link: it is not entered, neither to clean nor to write.
    fs::create_directory(out_ + "/sets");
    fs::create_directory_symlink(victim, out_ + "/sets/.unfinished");
    EXPECT_EQ(publish("one").result, outcome::failed);
    std::ifstream stream(victim + "/a.zone");
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(stream), {}), "precious");
    EXPECT_EQ(std::distance(fs::directory_iterator(victim), {}), 1);
}

TEST_F(Publish, ExistingFileOrLinkIsNeverWrittenThrough) {
    const auto victim = root_ + "/victim";
    std::ofstream(victim) << "precious";
    fs::create_symlink(victim, root_ + "/link");
    const owned_fd root(open_directory_at(AT_FDCWD, root_));
    ASSERT_TRUE(root.is_open());
    EXPECT_EQ(write_new_file(root.get(), "link", "x"), EEXIST);
    EXPECT_EQ(write_new_file(root.get(), "victim", "x"), EEXIST);
    EXPECT_EQ(write_new_file(root.get(), "fresh", "x"), 0);
    EXPECT_EQ(read_file_at(root.get(), "fresh", 1), "x");
    EXPECT_EQ(read_file_at(root.get(), "fresh", 0), std::nullopt);
    EXPECT_EQ(read_file_at(root.get(), "link", 100), std::nullopt);
}

TEST_F(Publish, CurrentThatIsNotOursIsRefused) {
    for (const auto* elsewhere : {"/etc", "sets/../../x", "sets/1", "sets/00000a"}) {
        fs::remove_all(out_);
        fs::create_directory(out_);
        fs::create_symlink(elsewhere, out_ + "/current");
        const auto result = publish("one");
        EXPECT_EQ(result.result, outcome::failed) << elsewhere;
        EXPECT_EQ(
            result.problem, out_ + "/current is not a link to a published set; remove it by hand"
        );
    }
    fs::remove_all(out_);
    fs::create_directories(out_ + "/current/precious");
    EXPECT_EQ(publish("one").result, outcome::failed);
    EXPECT_TRUE(fs::exists(out_ + "/current/precious"));
}

TEST_F(Publish, PlacesThatCannotBeWrittenAreNamed) {
    std::ofstream(root_ + "/file") << "";
    EXPECT_EQ(
        output_directory(root_ + "/file/out").problem(),
        "cannot make " + root_ + "/file/out: Not a directory; check the output directory"
    );
    EXPECT_EQ(
        output_directory(root_ + "/no/out").problem(),
        "cannot make " + root_ +
            "/no/out: No such file or directory; make the parent directory "
            "first"
    );
    EXPECT_NE(output_directory(root_ + "/file").problem(), "");
    fs::create_directory(out_);
    std::ofstream(out_ + "/sets") << "";
    const auto result = publish("one");
    EXPECT_EQ(result.result, outcome::failed);
    EXPECT_EQ(
        result.problem,
        "cannot make or open " + out_ + "/sets: Not a directory; check the output directory"
    );
}

TEST_F(Publish, FailureKeepsTheOldSetInPlace) {
    publish("one");
    // A file in the way of the set's own directory stands for any failing write.
    output_directory directory(out_);
    file_set set;
    set.files = {{"knot", "a file"}, {"knot/a.zone", "two"}};
    const auto result = directory.publish(set);
    EXPECT_EQ(result.result, outcome::failed);
    EXPECT_NE(result.problem.find("knot/a.zone"), std::string::npos) << result.problem;
    EXPECT_EQ(target(), "sets/000001");
    EXPECT_EQ(current("knot/a.zone"), "one");
}

TEST_F(Publish, OnlyOnePublisherAtATime) {
    const output_directory first(out_);
    EXPECT_EQ(first.problem(), "");
    EXPECT_EQ(
        output_directory(out_).problem(),
        "another process is publishing to " + out_ + "; wait for it to end"
    );
}

TEST(Manifest, RoundTripsSerialAndDigest) {
    file_set set;
    set.files = {{"b", "2"}, {"a", "1"}};
    const auto digest = content_digest(set);
    const auto text = make_manifest(set, 0xffffffff, digest);
    const auto read = read_manifest(text);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->serial, 0xffffffff);
    EXPECT_EQ(read->content_digest, digest);
    EXPECT_LT(text.find(" a\n"), text.find(" b\n"));
    set.files["a"] = "3";
    EXPECT_NE(content_digest(set), digest);
}

TEST(Manifest, AnyOtherTextIsNone) {
    const auto digest = std::string(64, '0');
    const std::vector<std::string> texts{
        "",
        "serial 1\n",
        "serial 4294967296\ncontent " + digest + "\n",
        "serial -1\ncontent " + digest + "\n",
        "serial \ncontent " + digest + "\n",
        "serial 1x\ncontent " + digest + "\n",
        "serial 1\ncontent 00\n",
        "content " + digest + "\nserial 1\n",
    };
    for (const auto& text : texts) {
        EXPECT_FALSE(read_manifest(text)) << text;
    }
    EXPECT_TRUE(read_manifest("serial 1\ncontent " + digest + "\n"));
}

TEST(Sha256, KnownVector) {
    // FIPS 180-4, "abc".
    EXPECT_EQ(
        sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}

}  // namespace
}  // namespace sipha::dnsgen
