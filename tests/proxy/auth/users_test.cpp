#include "proxy/auth/users.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

#include "tests/proxy/auth/auth_samples.hpp"

namespace sipha::auth {
namespace {

constexpr std::array both{algorithm::sha256, algorithm::md5};
constexpr std::array only_md5{algorithm::md5};
const std::string md5_hex(32, 'a');
const std::string sha_hex(64, 'b');

/// "line: text" of the first error; "" when there is none.
std::string first_error(std::string_view text, std::span<const algorithm> wanted = only_md5) {
    const auto read = read_users(text, wanted);
    EXPECT_EQ(read.table.has_value(), read.errors.empty());
    return read.errors.empty() ? ""
                               : std::to_string(read.errors[0].line) + ": " + read.errors[0].text;
}

TEST(Users, AreFoundByNameAndDomain) {
    const auto read = read_users(
        "# people\n\nalice@Example.ORG:MD5:" + md5_hex + ",SHA-256:" + sha_hex +
            ":groups=office+sales\r\nbob@example.org:sha-256:" + sha_hex + ",md5:" + md5_hex,
        both
    );
    ASSERT_TRUE(read.table);
    EXPECT_EQ(read.table->size(), 2u);
    const auto alice = read.table->find("alice", "EXAMPLE.org");
    ASSERT_TRUE(alice);
    EXPECT_EQ(alice->identity.user, "alice");
    EXPECT_EQ(alice->identity.domain, "example.org");
    EXPECT_TRUE(alice->identity.is_in("sales"));
    EXPECT_FALSE(alice->identity.is_in("sale"));
    EXPECT_FALSE(alice->identity.is_in(""));
    const auto bob = read.table->find("bob", "example.org");
    ASSERT_TRUE(bob);
    EXPECT_EQ(read.table->secret(*bob, algorithm::md5)[0], 0xaa);
    EXPECT_EQ(read.table->secret(*bob, algorithm::sha256)[31], 0xbb);
    EXPECT_TRUE(read.table->secret(*bob, algorithm::sha512_256).empty());
    EXPECT_FALSE(read.table->find("Alice", "example.org")) << "RFC 3261 19.1.4: users have case";
    EXPECT_FALSE(read.table->find("alice", "example.net"));
    EXPECT_FALSE(read.table->find("", ""));
}

TEST(Users, AnEmptyFileHasNobody) {
    const auto read = read_users("", only_md5);
    ASSERT_TRUE(read.table);
    EXPECT_FALSE(read.table->find("alice", "example.org"));
}

TEST(Users, EveryMistakeIsReportedWithItsLineAndWithoutSecrets) {
    const std::string rows[] = {
        "alice",
        "alice:MD5:" + md5_hex,
        "@example.org:MD5:" + md5_hex,
        "al ice@example.org:MD5:" + md5_hex,
        "alice@:MD5:" + md5_hex,
        "alice@exam/ple:MD5:" + md5_hex,
        "alice@example.org",
        "alice@example.org:" + md5_hex,
        "alice@example.org:MD5",
        "alice@example.org:MD5:" + md5_hex + "a",
        "alice@example.org:MD5:" + md5_hex.substr(1) + "g",
        "alice@example.org:SHA-1:" + md5_hex,
        "alice@example.org:MD5:" + md5_hex + ",",
        "alice@example.org:MD5:" + md5_hex + ",MD5:" + md5_hex,
        "alice@example.org:SHA-256:" + sha_hex,
        "alice@example.org:MD5:" + md5_hex + ":",
        "alice@example.org:MD5:" + md5_hex + ":admin=yes",
        "alice@example.org:MD5:" + md5_hex + ":groups=",
        "alice@example.org:MD5:" + md5_hex + ":groups=a b",
        "bob@example.org:MD5:" + md5_hex,
    };
    for (const auto& row : rows) {
        const auto text = "bob@example.org:MD5:" + md5_hex + "\n\n" + row + "\n";
        const auto error = first_error(text);
        EXPECT_TRUE(error.starts_with("3: ")) << row << " -> " << error;
        EXPECT_EQ(error.find("aaaaaaa"), std::string::npos) << error;
    }
    EXPECT_EQ(first_error("bob@example.org:MD5:" + md5_hex), "");
}

TEST(Users, ALineHasALimitedLength) {
    const auto line = "alice@example.org:MD5:" + md5_hex + ":groups=";
    EXPECT_EQ(first_error(line + std::string(512, 'g')), "");
    EXPECT_NE(first_error(line + std::string(513, 'g')), "");
    EXPECT_NE(first_error(std::string(max_user_line_octets + 1, 'x')), "");
}

TEST(Users, ErrorsOfOneFileAreCountedAndNotAllKept) {
    std::string text;
    for (int i = 0; i < 1000; ++i) {
        text += "nobody\n";
    }
    const auto read = read_users(text, only_md5);
    EXPECT_EQ(read.error_count, 1000u);
    EXPECT_EQ(read.errors.size(), max_user_errors);
    EXPECT_FALSE(read.table);
}

TEST(Users, ManyUsersAreAllFound) {
    std::string text;
    for (int i = 0; i < 20'000; ++i) {
        text += "user" + std::to_string(i) + "@example.org:MD5:" + md5_hex + '\n';
    }
    const auto read = read_users(text, only_md5);
    ASSERT_TRUE(read.table);
    for (int i = 0; i < 20'000; ++i) {
        const auto name = "user" + std::to_string(i);
        const auto found = read.table->find(name, "example.org");
        ASSERT_TRUE(found);
        ASSERT_EQ(found->identity.user, name);
    }
    EXPECT_FALSE(read.table->find("user20000", "example.org"));
}

TEST(Users, AMadeLineIsReadAgain) {
    const hasher hash;
    const auto line =
        user_line({"alice", "Example.org", "example.org", "pass:word"}, all_algorithms, hash);
    ASSERT_TRUE(line);
    const auto read = read_users(*line, all_algorithms);
    ASSERT_TRUE(read.table);
    const auto alice = read.table->find("alice", "example.org");
    ASSERT_TRUE(alice);
    const std::array<std::string_view, 3> a1{"alice", "example.org", "pass:word"};
    for (const auto each : all_algorithms) {
        const auto wanted = hash.hash(each, a1);
        const auto stored = read.table->secret(*alice, each);
        EXPECT_TRUE(std::ranges::equal(stored, std::span(wanted).first(stored.size())));
    }
    for (const auto* name : {"", "a b", "a:b", "a@b", "a\"b", "a\nb"}) {
        EXPECT_FALSE(user_line({name, "example.org", "example.org", "x"}, all_algorithms, hash));
    }
    EXPECT_FALSE(user_line({"alice", "exa mple", "x", "x"}, all_algorithms, hash));
}

TEST(Identity, OwnsItsOwnAddressOnly) {
    const identity alice{"al ice", "example.org", ""};
    const auto owns = [&](const char* text) {
        return alice.owns(*sip::parse_uri(text), sip::parse_uri(text)->host);
    };
    EXPECT_TRUE(owns("sip:al%20ice@example.org"));
    EXPECT_TRUE(owns("sips:%61l%20ice@EXAMPLE.org:5061;transport=tcp"));
    EXPECT_FALSE(owns("sip:Al%20ice@example.org"));
    EXPECT_FALSE(owns("sip:al%20ice2@example.org"));
    EXPECT_FALSE(owns("sip:al%20ic@example.org"));
    EXPECT_FALSE(owns("sip:al%20ice@example.net"));
    EXPECT_FALSE(owns("sip:example.org"));
    EXPECT_FALSE(owns("tel:alice"));
}

}  // namespace
}  // namespace sipha::auth
