#include "proxy/route/dialog_token.hpp"

#include <gtest/gtest.h>

#include <string>

#include "proxy/sip/uri.hpp"
#include "tests/support/sip_text.hpp"

namespace sipha::route {
namespace {

using test::at;

const crypto::mac key("0123456789abcdef");
const dialog_tokens tokens(key, cluster::node_id{7});
constexpr dialog_tags call{"call-1", "caller-tag", {}};

std::string token_of(const dialog_path& path) {
    std::string out;
    tokens.append(out, path, call);
    return out;
}

dialog_path both_ends(std::string_view caller, std::string_view callee) {
    dialog_path path;
    path.caller = sip::hop{1, at(caller), 3};
    path.callee = sip::hop{65535, at(callee), 1ULL << 63};
    return path;
}

TEST(DialogToken, EveryPathComesBack) {
    struct row {
        const char* claim;
        dialog_path path;
    };
    dialog_path caller_only;
    caller_only.caller = sip::hop{2, at("udp:192.0.2.1:1025"), 0};
    dialog_path callee_only;
    callee_only.callee = sip::hop{0, at("wss:[2001:db8::1]:65535"), 9};
    const row rows[] = {
        {"no end", {}},
        {"caller on UDP", caller_only},
        {"callee on a stream", callee_only},
        {"both IPv4 streams", both_ends("tcp:192.0.2.1:1", "tls:192.0.2.2:2")},
        {"both IPv6 streams", both_ends("ws:[2001:db8::1]:1", "wss:[2001:db8::2]:2")},
    };
    for (const auto& [claim, path] : rows) {
        SCOPED_TRACE(claim);
        const auto text = token_of(path);
        const auto decoded = tokens.decode(text, call);
        ASSERT_TRUE(decoded);
        EXPECT_EQ(decoded->path.caller, path.caller);
        EXPECT_EQ(decoded->path.callee, path.callee);
        EXPECT_EQ(decoded->owner.value, 7);
        EXPECT_TRUE(sip::parse_uri("sip:" + text + "@10.0.0.1")) << "fits into a user part";
    }
}

TEST(DialogToken, UdpHopsHaveNoFlow) {
    dialog_path path;
    path.caller = sip::hop{0, at("udp:192.0.2.1:1"), 99};
    EXPECT_EQ(tokens.decode(token_of(path), call)->path.caller->flow, 0u);
}

TEST(DialogToken, TheTagsTellWhoSent) {
    const auto text = token_of(both_ends("tcp:192.0.2.1:1", "tcp:192.0.2.2:2"));
    struct row {
        const char* claim;
        dialog_tags tags;
        std::optional<dialog_side> sender;
    };
    const row rows[] = {
        {"first request", {"call-1", "caller-tag", {}}, dialog_side::caller},
        {"caller in the dialog", {"call-1", "caller-tag", "callee-tag"}, dialog_side::caller},
        {"callee in the dialog", {"call-1", "callee-tag", "caller-tag"}, dialog_side::callee},
        {"another call", {"call-2", "caller-tag", "callee-tag"}, std::nullopt},
        {"other tags", {"call-1", "x", "y"}, std::nullopt},
        {"no tags", {"call-1", {}, {}}, std::nullopt},
        {"a shifted border", {"call-1caller-", "tag", {}}, std::nullopt},
    };
    for (const auto& [claim, tags, sender] : rows) {
        const auto decoded = tokens.decode(text, tags);
        EXPECT_EQ(decoded ? std::optional(decoded->sender) : std::nullopt, sender) << claim;
    }
}

TEST(DialogToken, ACallWithoutTagsOpensNothing) {
    // RFC 2543 callers have no tag: their empty one must not match every request's empty To tag.
    std::string text;
    tokens.append(text, {}, {"call-1", {}, {}});
    EXPECT_FALSE(tokens.decode(text, {"call-1", "x", {}}));
}

TEST(DialogToken, AnyChangedCharacterSpoilsIt) {
    for (const auto& path :
         {both_ends("udp:192.0.2.1:1", "udp:192.0.2.2:2"),
          both_ends("tcp:192.0.2.1:1", "udp:192.0.2.2:2"),
          both_ends("udp:[2001:db8::1]:1", "tcp:192.0.2.2:2")}) {
        const auto good = token_of(path);
        for (std::size_t i = 0; i < good.size(); ++i) {
            for (int bit = 0; bit < 8; ++bit) {
                auto bad = good;
                bad[i] = static_cast<char>(bad[i] ^ 1 << bit);
                EXPECT_FALSE(tokens.decode(bad, call)) << "character " << i << ", bit " << bit;
            }
            EXPECT_FALSE(tokens.decode(good.substr(0, i), call));
        }
        for (const char c : {'A', '-', '=', '\0'}) {
            EXPECT_FALSE(tokens.decode(good + c, call));
        }
    }
}

TEST(DialogToken, OtherKeysAndLongTextsAreRefused) {
    const crypto::mac other_key("another key, as long");
    const dialog_tokens others(other_key, cluster::node_id{7});
    EXPECT_FALSE(others.decode(token_of({}), call));
    EXPECT_LE(token_of(both_ends("tls:[2001:db8::1]:1", "tls:[2001:db8::2]:2")).size(), 160u);
    EXPECT_FALSE(tokens.decode(std::string(160, 'A'), call));
    EXPECT_FALSE(tokens.decode(std::string(161, 'A'), call));
    EXPECT_FALSE(tokens.decode(std::string(1'000'000, 'A'), call));
    EXPECT_FALSE(tokens.decode({}, call));
}

TEST(DialogToken, AnotherNodesConnectionKeepsItsOwner) {
    std::string text;
    tokens.append_for(
        cluster::node_id{300}, text, both_ends("tcp:192.0.2.1:1", "tcp:192.0.2.2:2"), call
    );
    EXPECT_EQ(tokens.decode(text, call)->owner.value, 300);
}

}  // namespace
}  // namespace sipha::route
