#include "proxy/auth/credentials.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/proxy/auth/auth_samples.hpp"

namespace sipha::auth {
namespace {

std::string good() {
    test::digest_answer answer;
    answer.nonce = "n";
    return answer.value();
}

std::string without(std::string text, std::string_view piece) {
    text.erase(text.find(piece), piece.size());
    return text;
}

TEST(Credentials, WhatAPhoneSendsIsRead) {
    credentials out;
    const auto text = good();
    ASSERT_EQ(parse_credentials(text, out), credentials_form::complete);
    EXPECT_EQ(out.username, "alice");
    EXPECT_EQ(out.realm, "example.org");
    EXPECT_EQ(out.nonce, "n");
    EXPECT_EQ(out.uri, "sip:example.org");
    EXPECT_EQ(out.response.size(), 64u);
    EXPECT_EQ(out.cnonce, "0a4f113b");
    EXPECT_EQ(out.nc, "00000001");
    EXPECT_EQ(out.count, 1u);
    EXPECT_EQ(out.algorithm, algorithm::sha256);
}

TEST(Credentials, CaseQuotesFoldsAndOrderDoNotMatter) {
    credentials out;
    const std::string md5(32, 'A');
    const auto text =
        "  dIgEsT\r\n  QOP=\"auth\" ,NC = 0000000a,cnonce=\"c\\\"d\",URI=\"sip:x\",\t"
        "response=\"" +
        md5 + "\",nonce=\"n\",realm=\"r, \\\"s\\\"\",username=\"u\",other=token";
    ASSERT_EQ(parse_credentials(text, out), credentials_form::complete);
    EXPECT_EQ(out.count, 10u);
    EXPECT_EQ(out.cnonce, "c\\\"d");
    EXPECT_EQ(out.realm, "r, \\\"s\\\"");
    EXPECT_EQ(out.algorithm, algorithm::md5) << "RFC 7616 3.4: MD5 when it is not said";
}

TEST(Credentials, AnAlgorithmThatIsNotOfferedIsReadAndNamesNone) {
    credentials out;
    auto text = good();
    text.replace(text.find("algorithm=SHA-256"), 17, "algorithm=MD5-sess");
    EXPECT_EQ(parse_credentials(text, out), credentials_form::complete);
    EXPECT_FALSE(out.algorithm);
}

TEST(Credentials, OtherSchemesAreNotOurs) {
    credentials out;
    for (const auto* text :
         {"", "Basic YWxpY2U6c2VjcmV0", "Bearer x", "Digestive a=\"b\"", "=", ","}) {
        EXPECT_EQ(parse_credentials(text, out), credentials_form::other) << text;
    }
}

TEST(Credentials, EveryKindOfBrokenDigestIsMalformed) {
    const auto text = good();
    const std::string rows[] = {
        "Digest",
        "Digest ",
        "Digest\"x\"",
        "Digest ,",
        "Digest username",
        "Digest username=",
        "Digest username=\"alice",
        "Digest =\"alice\"",
        text + ",",
        text + ", x",
        text + " y=z",
        text + ", realm=\"example.org\"",
        text + ", REALM=\"example.net\"",
        text + ", userhash=true",
        text + ", username*=UTF-8''alice",
        without(text, "username=\"alice\", "),
        without(text, "realm=\"example.org\", "),
        without(text, "nonce=\"n\", "),
        without(text, "uri=\"sip:example.org\", "),
        without(text, "cnonce=\"0a4f113b\", "),
        without(text, ", qop=auth"),
        without(text, ", nc=00000001"),
        without(text, "00000001"),
        without(text, "0000000"),
    };
    credentials out;
    for (const auto& each : rows) {
        EXPECT_EQ(parse_credentials(each, out), credentials_form::malformed) << each;
    }
    const std::pair<std::string, std::string> changes[] = {
        {"qop=auth", "qop=auth-int"},
        {"qop=auth", "qop=\"\""},
        {"nc=00000001", "nc=00000000"},
        {"nc=00000001", "nc=0000000g"},
        {"nc=00000001", "nc=000000001"},
        {"nc=00000001", "nc=-0000001"},
        {"response=\"", "response=\"0"},
        {"response=\"", "response=\"g"},
        {"username=\"alice\"", "username=\"al\nice\""},
        {"username=\"alice\"", std::string("username=\"al\0ice\"", 17)},
        {"algorithm=SHA-256", "algorithm=MD5"},
        {"nonce=\"n\"", "nonce=\"\""},
    };
    for (const auto& [from, to] : changes) {
        auto changed = text;
        changed.replace(changed.find(from), from.size(), to);
        EXPECT_EQ(parse_credentials(changed, out), credentials_form::malformed) << to;
    }
}

TEST(Credentials, LengthAndParametersHaveLimits) {
    credentials out;
    const auto text = good();
    const auto of_size = [&](std::size_t size) {
        return text + ", x=" + std::string(size - text.size() - 4, 'y');
    };
    EXPECT_EQ(parse_credentials(of_size(max_credentials_octets), out), credentials_form::complete);
    EXPECT_EQ(
        parse_credentials(of_size(max_credentials_octets + 1), out), credentials_form::malformed
    );
    auto many = text;
    for (std::size_t i = 9; i < max_credentials_parameters; ++i) {
        many += ", x=y";
    }
    EXPECT_EQ(parse_credentials(many, out), credentials_form::complete);
    EXPECT_EQ(parse_credentials(many + ", x=y, x=y", out), credentials_form::malformed);
}

TEST(Credentials, AnyBytesEndInAForm) {
    std::mt19937 draw(7);
    const auto text = good();
    for (int round = 0; round < 20'000; ++round) {
        auto changed = text;
        for (int i = 0; i < 3; ++i) {
            changed[draw() % changed.size()] = static_cast<char>(draw());
        }
        changed.resize(draw() % (changed.size() + 1));
        credentials out;
        const auto form = parse_credentials(changed, out);
        if (form == credentials_form::complete) {
            EXPECT_NE(out.count, 0u);
            EXPECT_FALSE(out.realm.empty());
        }
        realm_of(changed);
    }
}

TEST(Credentials, TheRealmIsFoundInAnyScheme) {
    EXPECT_EQ(realm_of(good()), "example.org");
    EXPECT_EQ(realm_of("Other a=b, Realm=\"x y\", c=d"), "x y");
    EXPECT_EQ(realm_of("Basic YWxpY2U6c2VjcmV0"), "");
    EXPECT_EQ(realm_of(""), "");
}

}  // namespace
}  // namespace sipha::auth
