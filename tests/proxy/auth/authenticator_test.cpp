#include "proxy/auth/authenticator.hpp"

#include <gtest/gtest.h>

#include "tests/proxy/auth/auth_samples.hpp"
#include "tests/support/sip_text.hpp"

namespace sipha::auth {
namespace {

using outcome = verdict::outcome;
constexpr std::int64_t start = 1'700'000'000'000;
const crypto::mac key("a key of the cluster, 32 octets.");
const auto phone = *geo::ip_address::parse("192.0.2.1");

auth_options options() {
    auth_options out;
    out.is_on = true;
    out.algorithms.assign(all_algorithms.begin(), all_algorithms.end());
    out.users = test::sample_users();
    return out;
}

/// A REGISTER with these header lines.
test::request_text registration(std::vector<std::string> headers) {
    test::request_text out;
    out.method = "REGISTER";
    out.uri = "sip:example.org";
    out.to = out.from = "<sip:alice@example.org>";
    out.headers = std::move(headers);
    return out;
}

/// An authenticator and a phone that talks to it.
class desk {
  public:
    explicit desk(auth_options with = options()) : authenticator(std::move(with), key, 1) {}

    std::string challenge(bool is_stale = false, role asked = role::registrar) {
        const test::parsed request(registration({}));
        std::string lines;
        authenticator.append_challenges(
            lines, {*request, asked, "example.org", phone, wall_ms}, is_stale
        );
        return lines;
    }
    test::digest_answer answer() {
        test::digest_answer out;
        out.nonce = test::quoted_part(challenge(), "nonce");
        return out;
    }
    outcome send_lines(std::vector<std::string> headers) {
        const test::parsed request(registration(std::move(headers)));
        last = authenticator.check({*request, role::registrar, "example.org", phone, wall_ms});
        return last.what;
    }
    outcome send(const test::digest_answer& with) {
        return send_lines(std::vector{"Authorization: " + with.value()});
    }

    auth::authenticator authenticator;
    std::int64_t wall_ms = start;
    verdict last;
};

TEST(Authenticator, ChallengesOnceForEachAlgorithmTheStrongestFirst) {
    desk here;
    const auto lines = here.challenge();
    const auto nonce = test::quoted_part(lines, "nonce");
    std::string wanted;
    for (const auto* name : {"SHA-512-256", "SHA-256", "MD5"}) {
        wanted += "WWW-Authenticate: Digest realm=\"example.org\",nonce=\"" + nonce +
                  "\",algorithm=" + name + ",qop=\"auth\"\r\n";
    }
    EXPECT_EQ(lines, wanted);
    const auto stale = here.challenge(true, role::proxy);
    EXPECT_TRUE(stale.starts_with("Proxy-Authenticate: Digest "));
    EXPECT_NE(stale.find(",stale=true\r\n"), std::string::npos);
}

TEST(Authenticator, TheRightPasswordGetsInWithEveryAlgorithm) {
    for (const auto each : all_algorithms) {
        desk here;
        auto with = here.answer();
        with.algorithm = each;
        EXPECT_EQ(here.send(with), outcome::accepted) << to_text(each);
        ASSERT_TRUE(here.last.who);
        EXPECT_EQ(here.last.who->user, "alice");
        EXPECT_TRUE(here.last.is_of_source);
    }
}

TEST(Authenticator, EveryWrongPartKeepsOut) {
    const auto refused = [](auto change, outcome expected) {
        desk here;
        auto with = here.answer();
        change(with);
        EXPECT_EQ(here.send(with), expected);
        EXPECT_FALSE(here.last.who);
    };
    using a = test::digest_answer;
    refused([](a& x) { x.password = "secret of bob"; }, outcome::refused);
    refused([](a& x) { x.username = "nobody"; }, outcome::refused);
    refused([](a& x) { x.username = ""; }, outcome::malformed);
    refused([](a& x) { x.username = "ALICE"; }, outcome::refused);
    refused([](a& x) { x.method = "INVITE"; }, outcome::refused);
    refused([](a& x) { x.realm = "example.net"; }, outcome::challenge);
    refused([](a& x) { x.uri = "sip:example.net"; }, outcome::wrong_uri);
    refused([](a& x) { x.uri = "sip:alice@example.org"; }, outcome::wrong_uri);
    refused([](a& x) { x.uri = "sips:example.org"; }, outcome::wrong_uri);
    refused([](a& x) { x.uri = "*"; }, outcome::wrong_uri);
    refused([](a& x) { x.nonce = "made up"; }, outcome::stale);
    refused([](a& x) { x.nonce.back() = x.nonce.back() == 'A' ? 'B' : 'A'; }, outcome::stale);
}

TEST(Authenticator, NobodyGetsInWithoutUsers) {
    auto without = options();
    without.users = nullptr;
    desk here(without);
    EXPECT_EQ(here.send(here.answer()), outcome::refused);
    here.authenticator.set_users(test::sample_users());
    EXPECT_EQ(here.send(here.answer()), outcome::accepted) << "a reload is in force at once";
    here.authenticator.set_users(nullptr);
    EXPECT_EQ(here.send(here.answer()), outcome::refused);
}

TEST(Authenticator, AnAlgorithmThatIsNotOfferedIsChallengedAgain) {
    auto strong = options();
    strong.algorithms = {algorithm::sha256};
    desk here(strong);
    auto with = here.answer();
    with.algorithm = algorithm::md5;
    EXPECT_EQ(here.send(with), outcome::challenge);
}

TEST(Authenticator, AReplayIsRefusedAndTheNextCountIsNot) {
    desk here;
    auto with = here.answer();
    EXPECT_EQ(here.send(with), outcome::accepted);
    EXPECT_EQ(here.send(with), outcome::stale);
    with.nc = "00000002";
    EXPECT_EQ(here.send(with), outcome::accepted);
    EXPECT_EQ(here.authenticator.counters().refused_replay, 1u);
}

TEST(Authenticator, AFailureUsesUpNoCount) {
    desk here;
    auto with = here.answer();
    with.password = "wrong";
    EXPECT_EQ(here.send(with), outcome::refused);
    with.password = "secret of alice";
    EXPECT_EQ(here.send(with), outcome::accepted);
}

TEST(Authenticator, OutstandingNoncesCostNoMemory) {
    desk here;
    for (int i = 0; i < 10'000; ++i) {
        here.challenge();
    }
    EXPECT_EQ(here.authenticator.nonces_in_use(), 0u);
    EXPECT_EQ(here.send(here.answer()), outcome::accepted);
    EXPECT_EQ(here.authenticator.nonces_in_use(), 1u);
}

TEST(Authenticator, AnOldNonceIsStale) {
    desk here;
    const auto with = here.answer();
    here.wall_ms += 301'000;
    EXPECT_EQ(here.send(with), outcome::stale);
}

TEST(Authenticator, OurCredentialsAreFoundAmongOthers) {
    desk here;
    auto foreign = here.answer();
    foreign.realm = "example.net";
    const auto ours = here.answer();
    EXPECT_EQ(
        here.send_lines(
            {"Authorization: Basic YWxpY2U6c2VjcmV0",
             "Authorization: " + foreign.value(),
             "Authorization: Digest realm=\"example.net\", broken",
             "Authorization: " + ours.value()}
        ),
        outcome::accepted
    );
}

TEST(Authenticator, BrokenCredentialsForUsOrForNobodyAreMalformed) {
    desk here;
    EXPECT_EQ(
        here.send_lines({"Authorization: Digest realm=\"example.org\", x"}), outcome::malformed
    );
    EXPECT_EQ(here.send_lines({"Authorization: Digest"}), outcome::malformed);
    EXPECT_EQ(here.send_lines({"Authorization:"}), outcome::challenge);
    EXPECT_EQ(here.send_lines({"Authorization: Basic x"}), outcome::challenge);
}

TEST(Authenticator, TheUriMayBeWrittenInOtherWays) {
    EXPECT_TRUE(is_same_target("sip:Example.ORG", "sip:example.org"));
    EXPECT_TRUE(is_same_target("sip:example.org:5060", "sip:example.org"));
    EXPECT_TRUE(is_same_target("sip:%62ob@example.org", "sip:bob@example.org;transport=udp"));
    EXPECT_FALSE(is_same_target("sip:example.org:5070", "sip:example.org"));
    EXPECT_FALSE(is_same_target("sip:bob@example.org", "sip:Bob@example.org"));
    EXPECT_FALSE(is_same_target("sip:bob@example.org", "sip:example.org"));
    EXPECT_FALSE(is_same_target("", "sip:example.org"));
    EXPECT_FALSE(is_same_target("tel:1", "sip:example.org"));
}

}  // namespace
}  // namespace sipha::auth
