#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "proxy/auth/credentials.hpp"
#include "proxy/auth/hasher.hpp"
#include "proxy/auth/users.hpp"

/// The other side of digest authentication: what a phone computes.
namespace sipha::test {

/// A phone's answer to a challenge, every part of which a test may change.
struct digest_answer {
    std::string username = "alice";
    std::string password = "secret of alice";
    std::string realm = "example.org";
    std::string nonce{};
    std::string method = "REGISTER";
    std::string uri = "sip:example.org";
    std::string nc = "00000001";
    std::string cnonce = "0a4f113b";
    auth::algorithm algorithm = auth::algorithm::sha256;

    std::string response() const {
        const auth::hasher hash;
        auth::digest_text first{};
        auth::digest_text second{};
        auth::digest_text third{};
        const std::array<std::string_view, 3> a1{username, realm, password};
        const std::array<std::string_view, 2> a2{method, uri};
        const std::array<std::string_view, 6> all{
            hash.hash_text(algorithm, a1, first),
            nonce,
            nc,
            cnonce,
            "auth",
            hash.hash_text(algorithm, a2, second)};
        return std::string(hash.hash_text(algorithm, all, third));
    }
    /// The value of Authorization or Proxy-Authorization.
    std::string value() const {
        return "Digest username=\"" + username + "\", realm=\"" + realm + "\", nonce=\"" + nonce +
               "\", uri=\"" + uri + "\", response=\"" + response() +
               "\", algorithm=" + std::string(auth::to_text(algorithm)) + ", cnonce=\"" + cnonce +
               "\", qop=auth, nc=" + nc;
    }
};

/// The text behind `name="` up to the next quote.
inline std::string quoted_part(std::string_view text, std::string_view name) {
    const auto key = std::string(name) + "=\"";
    const auto at = text.find(key);
    if (at == std::string_view::npos) {
        return {};
    }
    const auto begin = at + key.size();
    return std::string(text.substr(begin, text.find('"', begin) - begin));
}

/// alice and bob of example.org; "secret of NAME" is NAME's password.
inline std::string users_text() {
    const auth::hasher hash;
    std::string text;
    for (const std::string name : {"alice", "bob"}) {
        const auto password = "secret of " + name;
        const auth::user_secret who{name, "example.org", "example.org", password};
        text += *auth::user_line(who, auth::all_algorithms, hash) + '\n';
    }
    return text;
}

inline std::shared_ptr<const auth::user_table> sample_users() {
    auto read = auth::read_users(users_text(), auth::all_algorithms);
    return std::make_shared<const auth::user_table>(std::move(*read.table));
}

}  // namespace sipha::test
