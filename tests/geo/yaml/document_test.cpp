#include "geo/yaml/document.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <random>

#include "tests/geo/yaml/findings.hpp"

namespace sipha::geo::yaml {
namespace {

using strings = std::vector<std::string>;

strings found(std::string_view text) {
    return places(parse(text, "t.yaml").diag());
}

TEST(YamlDocument, EveryValueKnowsItsPlace) {
    const auto doc = parse("a:\n  - b: 1\n    c: \"2\"\n", "t.yaml");
    EXPECT_EQ(found("a:\n  - b: 1\n    c: \"2\"\n"), strings{});
    const auto item = doc.root().find("a").item(0);
    EXPECT_EQ(item.find("b").at(), (position{2, 8}));
    EXPECT_FALSE(item.find("b").is_quoted());
    EXPECT_EQ(item.find("c").at(), (position{3, 8}));
    EXPECT_TRUE(item.find("c").is_quoted());
    EXPECT_EQ(item.find("c").text(), "2");
    EXPECT_EQ(doc.root().find("d").type(), kind::absent);
}

TEST(YamlDocument, MissingValueIsPlacedAtItsKey) {
    const auto doc = parse("a:\nb: ~\n", "t.yaml");
    EXPECT_EQ(doc.root().find("a").type(), kind::null);
    EXPECT_EQ(doc.root().find("a").at(), (position{1, 1}));
    EXPECT_EQ(doc.root().find("b").at(), (position{2, 1}));
}

TEST(YamlDocument, DuplicateKeysAreFoundInEveryMapping) {
    EXPECT_EQ(found("a: 1\nb: {c: 1, c: 2}\na: 3\n"), (strings{"2:11 L001", "3:1 L001"}));
    // Quoting does not make another key of it.
    EXPECT_EQ(found("a: 1\n'a': 2\n"), strings{"2:1 L001"});
}

TEST(YamlDocument, DuplicateKeyNamesTheFirstOne) {
    const auto doc = parse("ams: 1\nnyc: 2\nams: 3\n", "sites.yaml");
    EXPECT_EQ(
        lines(doc.diag()),
        strings{"sites.yaml:3:1: error[L001]: duplicate key 'ams', first given at line 1 column 1; "
                "remove one"}
    );
}

TEST(YamlDocument, AnchorsAliasesMergeKeysAndTagsAreRefused) {
    EXPECT_EQ(found("a: &x 1\n"), strings{"1:4 L005"});
    EXPECT_EQ(found("a: &x [1]\nb: *x\n"), (strings{"1:4 L005", "2:4 L005"}));
    EXPECT_EQ(found("a: *x\n"), strings{"1:4 L005"});
    EXPECT_EQ(found("<<: {a: 1}\n"), strings{"1:1 L004"});
    EXPECT_EQ(found("a: !!str 5\n"), strings{"1:4 L093"});
    EXPECT_EQ(found("a: ! 5\n"), strings{"1:4 L093"});
    EXPECT_EQ(found("a: !!map {b: 1}\n"), strings{"1:4 L093"});
    // A quoted "<<" is a key like any other.
    EXPECT_EQ(found("\"<<\": 1\n"), strings{});
}

TEST(YamlDocument, SelfContainingAnchorAndAliasBombEndAtOnce) {
    EXPECT_EQ(found("a: &a [*a]\n"), (strings{"1:4 L005", "1:8 L005"}));
    std::string bomb = "a0: &a0 [x, x]\n";
    for (int level = 1; level < 40; ++level) {
        const auto last = "*a" + std::to_string(level - 1);
        const auto name = "a" + std::to_string(level);
        bomb += name + ": &" + name + " [" + last + ", " + last + "]\n";
    }
    EXPECT_EQ(parse(bomb, "t.yaml").diag().error_count(), 40U + 2U * 39U);
}

TEST(YamlDocument, ExactlyOneDocument) {
    EXPECT_EQ(found("---\na: 1\n...\n"), strings{});
    EXPECT_EQ(found("a: 1\n---\nb: 2\n"), strings{"2:1 L006"});
    EXPECT_EQ(found("a: 1\n---\n"), strings{"2:1 L006"});
    EXPECT_EQ(found(""), strings{"0:0 L006"});
    EXPECT_EQ(found("# only a comment\n"), strings{"0:0 L006"});
}

TEST(YamlDocument, BytesThatAreNotPlainTextAreRefused) {
    EXPECT_EQ(found(std::string_view("a: \0\n", 5)), strings{"1:4 L007"});
    EXPECT_EQ(found("a: 1\nb: \xff\n"), strings{"2:4 L007"});
    EXPECT_EQ(found("a: \xc0\xaf\n"), strings{"1:4 L007"});          // overlong '/'
    EXPECT_EQ(found("a: \xe0\x80\xaf\n"), strings{"1:4 L007"});      // overlong in three bytes
    EXPECT_EQ(found("a: \xf0\x80\x80\xaf\n"), strings{"1:4 L007"});  // overlong in four bytes
    EXPECT_EQ(found("a: \xed\xa0\x80\n"), strings{"1:4 L007"});      // surrogate
    EXPECT_EQ(found("a: \xf4\x90\x80\x80\n"), strings{"1:4 L007"});  // above U+10FFFF
    EXPECT_EQ(found("a: \xe2\x82"), strings{"1:4 L007"});            // cut short
    EXPECT_EQ(found("a: \xe2\x80\xae\n"), strings{"1:4 L007"});      // right-to-left override
    EXPECT_EQ(found("a: \xc2\x85\n"), strings{"1:4 L007"});          // C1 control
    EXPECT_EQ(found("a: 1\r\n"), strings{"1:5 L007"});
    EXPECT_EQ(found("a: \x1b[0m\n"), strings{"1:4 L007"});
    EXPECT_EQ(found("a: \"\\0\"\n"), strings{"1:4 L007"});  // made by an escape
    EXPECT_EQ(found("a: \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\n"), strings{});
    EXPECT_EQ(
        found("\xef\xbb\xbf"
              "a: 1\n"),
        strings{}
    );  // byte order mark at the start
    EXPECT_EQ(found("a: \xef\xbb\xbf\n"), strings{"1:4 L007"});
}

TEST(YamlDocument, DepthEndsAtItsLimit) {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    EXPECT_EQ(found(nested(max_depth)), strings{});
    EXPECT_EQ(found(nested(max_depth + 1)), strings{"1:33 L092"});
    EXPECT_EQ(parse(nested(200'000), "t").diag().error_count(), 1U);
    EXPECT_EQ(parse(std::string(200'000, '{'), "t").diag().error_count(), 1U);
    std::string block;
    for (int level = 0; level < 400; ++level) {
        block += "- ";
    }
    EXPECT_EQ(parse(block, "t").diag().error_count(), 1U);
}

TEST(YamlDocument, SizeEndsAtItsLimit) {
    const std::string head = "a: 1\n#";
    EXPECT_EQ(found(head + std::string(max_file_size - head.size(), 'x')), strings{});
    EXPECT_EQ(found(head + std::string(max_file_size - head.size() + 1, 'x')), strings{"0:0 L092"});
}

TEST(YamlDocument, NumberOfValuesEndsAtItsLimit) {
    const auto flat = [](std::size_t items) {
        std::string text = "[";
        for (std::size_t index = 0; index < items; ++index) {
            text += "1,";
            text += index % 100 == 99 ? "\n" : "";
        }
        return text + "]";
    };
    EXPECT_EQ(found(flat(max_nodes - 1)), strings{});
    EXPECT_EQ(parse(flat(max_nodes), "t").diag().sorted().at(0).rule, "L092");
}

TEST(YamlDocument, SyntaxErrorsSayWhatToDo) {
    EXPECT_EQ(
        lines(parse("a: b: c\n", "t.yaml").diag()),
        strings{"t.yaml:1:5: error[L091]: illegal map value; quote a text that contains ': ', and "
                "indent with spaces"}
    );
    EXPECT_EQ(found("a: [1\nb: 2"), strings{"2:2 L091"});
    EXPECT_EQ(found("a: 'x\n"), strings{"1:4 L091"});
    EXPECT_EQ(found("a: \"x\\\"\nb: 2\n"), strings{"1:4 L091"});
    EXPECT_EQ(found("a: 'it''s'\nb: \"\\\"\"\n"), strings{});
    EXPECT_EQ(found("[a]: 1\n"), strings{"1:1 L003"});
}

TEST(YamlDocument, RandomBytesAlwaysEndInAResult) {
    std::mt19937 random(7);
    const std::string_view letters = "ab:-,[]{}&*!|>'\"%@#?~<\n\n  \t\\01\xc3\xa9";
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        for (auto left = random() % 40; left > 0; --left) {
            text += letters[random() % letters.size()];
        }
        const auto doc = parse(text, "t");
        EXPECT_TRUE(doc.root().is_present() || doc.diag().has_errors()) << text;
    }
}

TEST(YamlLoad, SaysWhyAFileCannotBeRead) {
    const auto missing = load("/nonexistent/x.yaml");
    EXPECT_FALSE(missing.was_read());
    EXPECT_EQ(
        lines(missing.diag()),
        strings{"/nonexistent/x.yaml: error[L095]: cannot read: No such file or directory; check "
                "the path and its permissions"}
    );
    EXPECT_FALSE(load("/").was_read());
    EXPECT_FALSE(load("/dev/zero").was_read());
}

TEST(YamlLoad, FifoDoesNotBlock) {
    const auto path = testing::TempDir() + "yaml_fifo." + std::to_string(::getpid());
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    EXPECT_FALSE(load(path).was_read());
    std::remove(path.c_str());
}

TEST(YamlLoad, ReadsAFileUpToTheLimit) {
    const auto path = testing::TempDir() + "yaml_load." + std::to_string(::getpid());
    std::ofstream(path) << "a: 1\n";
    EXPECT_EQ(load(path).root().find("a").text(), "1");
    std::ofstream(path) << std::string(max_file_size + 1, '#');
    EXPECT_EQ(load(path).diag().sorted().at(0).rule, "L092");
    std::remove(path.c_str());
}

}  // namespace
}  // namespace sipha::geo::yaml
