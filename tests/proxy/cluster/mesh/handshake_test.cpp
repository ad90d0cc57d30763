#include "proxy/cluster/mesh/handshake.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/proxy/cluster/support/frames.hpp"

namespace sipha::cluster {
namespace {

using outcome = handshake::outcome;
using test::hello_of;
using test::message_of;

const std::vector<node_id> all_nodes = {{1}, {2}, {3}};

struct side {
    crypto::mac secret;
    handshake_context context;
    crypto::random random;
    handshake shaking;

    side(std::uint16_t self, std::uint16_t dialled, std::string_view key = "secret")
        : secret(key),
          context{{self}, 100u + self, "test", all_nodes, secret},
          random(std::to_string(self)),
          shaking(context, {dialled}, random) {}

    outcome take(const std::string& bytes, std::string& out) {
        return shaking.take(std::string_view(bytes).substr(frame_prefix_size), out);
    }
};

/// Node 3 dials node 1 and both play by the rules, up to the dialler's proof.
struct dialogue {
    side dialler{3, 1};
    side acceptor{1, 0};
    std::string hello_1, hello_2, auth_1, auth_2;

    void greet() {
        dialler.shaking.start(hello_1);
        std::string nothing;
        acceptor.shaking.start(nothing);
        ASSERT_TRUE(nothing.empty());
        ASSERT_EQ(acceptor.take(hello_1, hello_2), outcome::pending);
        ASSERT_EQ(dialler.take(hello_2, auth_1), outcome::pending);
    }
};

TEST(Handshake, TwoNodesWithTheSameSecretLetEachOtherIn) {
    dialogue d;
    d.greet();
    EXPECT_EQ(d.acceptor.take(d.auth_1, d.auth_2), outcome::authenticated);
    std::string nothing;
    EXPECT_EQ(d.dialler.take(d.auth_2, nothing), outcome::authenticated);
    EXPECT_TRUE(nothing.empty());
    EXPECT_EQ(d.acceptor.shaking.peer(), node_id{3});
    EXPECT_EQ(d.acceptor.shaking.peer_epoch(), 103u);
    EXPECT_EQ(d.dialler.shaking.peer(), node_id{1});
    EXPECT_EQ(d.dialler.shaking.peer_epoch(), 101u);
}

TEST(Handshake, AnotherSecretIsRefusedBeforeAnythingIsProvedToIt) {
    side stranger(3, 1, "guess"), acceptor(1, 0);
    std::string hello_1, hello_2, auth_1, answer;
    stranger.shaking.start(hello_1);
    ASSERT_EQ(acceptor.take(hello_1, hello_2), outcome::pending);
    ASSERT_EQ(stranger.take(hello_2, auth_1), outcome::pending);
    EXPECT_EQ(acceptor.take(auth_1, answer), outcome::refused);
    EXPECT_EQ(acceptor.shaking.reason(), refusal::wrong_mac);
    EXPECT_TRUE(answer.empty());
}

TEST(Handshake, AFalseAcceptorIsRefused) {
    side dialler(3, 1), impostor(1, 0, "guess");
    std::string hello_1, hello_2, auth_1, answer;
    dialler.shaking.start(hello_1);
    ASSERT_EQ(impostor.take(hello_1, hello_2), outcome::pending);
    ASSERT_EQ(dialler.take(hello_2, auth_1), outcome::pending);
    for (const auto size : {0u, 31u, 32u, 33u}) {
        std::string nothing;
        EXPECT_EQ(
            dialler.shaking.take(message_of(auth{std::string(size, 'x')}), nothing),
            outcome::refused
        );
        EXPECT_EQ(dialler.shaking.reason(), refusal::wrong_mac);
    }
}

TEST(Handshake, AReflectedProofIsWorthless) {
    dialogue d;
    d.greet();
    std::string nothing;
    EXPECT_EQ(d.dialler.take(d.auth_1, nothing), outcome::refused);
    EXPECT_EQ(d.dialler.shaking.reason(), refusal::wrong_mac);
}

TEST(Handshake, ARecordedHandshakeFailsOnTheFreshNonce) {
    dialogue d;
    d.greet();
    side later(1, 0);
    later.random.next();
    crypto::random other("other");
    handshake fresh(later.context, {}, other);
    std::string answer, proof;
    ASSERT_EQ(fresh.take(d.hello_1.substr(frame_prefix_size), answer), outcome::pending);
    EXPECT_NE(answer, d.hello_2);
    EXPECT_EQ(fresh.take(d.auth_1.substr(frame_prefix_size), proof), outcome::refused);
    EXPECT_EQ(fresh.reason(), refusal::wrong_mac);
    EXPECT_TRUE(proof.empty());
}

TEST(Handshake, AnyChangedOctetOfTheHelloBreaksTheProof) {
    // The epoch is what a man in the middle would change without being noticed otherwise.
    dialogue d;
    d.dialler.shaking.start(d.hello_1);
    auto changed = decode(d.hello_1.substr(frame_prefix_size))->what;
    std::get<hello>(changed).epoch = 999;
    ASSERT_EQ(d.acceptor.shaking.take(message_of(changed), d.hello_2), outcome::pending);
    ASSERT_EQ(d.dialler.take(d.hello_2, d.auth_1), outcome::pending);
    std::string nothing;
    EXPECT_EQ(d.acceptor.take(d.auth_1, nothing), outcome::refused);
    EXPECT_EQ(d.acceptor.shaking.reason(), refusal::wrong_mac);
}

TEST(Handshake, OurOwnHelloIsAReflection) {
    side dialler(3, 1);
    std::string ours, nothing;
    dialler.shaking.start(ours);
    EXPECT_EQ(dialler.take(ours, nothing), outcome::refused);
    EXPECT_EQ(dialler.shaking.reason(), refusal::reflection);
    EXPECT_TRUE(nothing.empty());
}

struct refused_hello {
    const char* name;
    std::uint16_t self;
    std::uint16_t dialled;
    hello theirs;
    refusal reason;
};

TEST(Handshake, HellosThatDoNotFitAreRefusedInSilence) {
    auto other_cluster = hello_of(3);
    other_cluster.cluster_name = "production";
    auto too_new = hello_of(3);
    too_new.version_min = protocol_version_max + 1;
    too_new.version_max = protocol_version_max + 2;
    auto too_old = hello_of(3);
    too_old.version_min = too_old.version_max = protocol_version_min - 1;
    auto reversed = hello_of(3);
    reversed.version_min = 5;
    reversed.version_max = 1;
    const refused_hello table[] = {
        {"another cluster", 1, 0, other_cluster, refusal::wrong_cluster},
        {"newer", 1, 0, too_new, refusal::wrong_version},
        {"older", 1, 0, too_old, refusal::wrong_version},
        {"reversed range", 1, 0, reversed, refusal::wrong_version},
        {"our id", 1, 0, hello_of(1), refusal::own_id},
        {"unknown id", 1, 0, hello_of(4), refusal::unknown_peer},
        {"a lower id that dials", 2, 0, hello_of(1), refusal::unexpected_peer},
        {"not the one we dialled", 3, 1, hello_of(2), refusal::unexpected_peer},
    };
    for (const auto& row : table) {
        side one(row.self, row.dialled);
        std::string out;
        EXPECT_EQ(one.shaking.take(message_of(row.theirs), out), outcome::refused) << row.name;
        EXPECT_EQ(one.shaking.reason(), row.reason) << row.name;
        EXPECT_EQ(one.shaking.peer(), row.theirs.node) << row.name;
        EXPECT_TRUE(out.empty()) << row.name;
    }
}

TEST(Handshake, AVersionRangeThatOverlapsIsTaken) {
    auto theirs = hello_of(3);
    theirs.version_max = protocol_version_max + 5;
    side one(1, 0);
    std::string out;
    EXPECT_EQ(one.shaking.take(message_of(theirs), out), outcome::pending);
}

TEST(Handshake, NothingButHelloAndAuthInTheirPlacesIsTaken) {
    for (const frame& what : std::initializer_list<frame>{
             auth{"x"},
             heartbeat{},
             records{1, {{}}},
             ack{1},
             sync_request{},
             sync_chunk{},
             unknown_frame{}}) {
        side one(1, 0);
        std::string out;
        EXPECT_EQ(one.shaking.take(message_of(what), out), outcome::refused);
        EXPECT_EQ(one.shaking.reason(), refusal::unexpected_frame);
    }
    side one(1, 0);
    std::string out;
    ASSERT_EQ(one.shaking.take(message_of(hello_of(3)), out), outcome::pending);
    EXPECT_EQ(one.shaking.take(message_of(hello_of(3)), out), outcome::refused);
    EXPECT_EQ(one.shaking.reason(), refusal::unexpected_frame);
    side other(1, 0);
    EXPECT_EQ(other.shaking.take("\xff\xff", out), outcome::refused);
    EXPECT_EQ(other.shaking.reason(), refusal::malformed);
}

TEST(Handshake, EveryLinkGetsItsOwnNonce) {
    side one(3, 1);
    handshake second(one.context, {1}, one.random);
    std::string first_hello, second_hello;
    one.shaking.start(first_hello);
    second.start(second_hello);
    EXPECT_NE(first_hello, second_hello);
}

}  // namespace
}  // namespace sipha::cluster
