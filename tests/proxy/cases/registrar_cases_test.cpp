// What a registrar must do with a REGISTER (RFC 3261 10.3), seen from outside of a whole node.
#include "tests/proxy/node/phones.hpp"

namespace sipha::proxy {
namespace {

const std::string a = "Contact: <sip:bob@192.0.2.20:5060>";
const std::string b = "Contact: <sip:bob@192.0.2.21:5060>;q=0.5";
const std::string c = "Contact: <sip:bob@192.0.2.22:5060>";
const std::string star = "Contact: *";
const std::string now = "Expires: 0";

/// A REGISTER of bob with these header lines instead of his usual Contact and Expires.
request_text registration(unsigned number, std::vector<std::string> headers) {
    auto out = bob.registration(number);
    out.headers = std::move(headers);
    return out;
}

/// The node's only answer to it.
std::string answer_to(node_world& world, const request_text& request) {
    world.take(1);
    world.receive(1, bob.from, request.text());
    const auto messages = world.take(1);
    EXPECT_EQ(messages.size(), 1u);
    return messages.size() == 1 ? messages[0].text : std::string();
}

int status_of(const std::string& answer) {
    return parsed(answer)->status();
}

/// The Contacts that a query lists.
std::vector<std::string> bindings(node_world& world, unsigned number) {
    return parsed(answer_to(world, registration(number, {}))).values(sip::header_id::contact);
}

TEST(ProxyCases, Case81_ATooBriefExpiresIs423WithMinExpires) {  // RFC 3261 10.3 step 7
    node_world world(1);
    const auto refused = answer_to(world, registration(1, {a, std::string("Expires: 59")}));
    EXPECT_EQ(status_of(refused), 423);
    EXPECT_EQ(parsed(refused).value(sip::header_id::min_expires), "60");
    EXPECT_TRUE(bindings(world, 2).empty());
    EXPECT_EQ(status_of(answer_to(world, registration(3, {a, std::string("Expires: 60")}))), 200);
    EXPECT_EQ(bindings(world, 4).size(), 1u);
}

TEST(ProxyCases, Case82_AStarThatIsNotAloneOrNotZeroChangesNothing) {  // RFC 3261 10.3 step 6
    node_world world(1);
    EXPECT_EQ(status_of(answer_to(world, registration(1, {a, b}))), 200);
    const auto before = bindings(world, 2);
    ASSERT_EQ(before.size(), 2u);
    EXPECT_EQ(
        status_of(answer_to(world, registration(3, {star, std::string("Expires: 60")}))), 400
    );
    EXPECT_EQ(status_of(answer_to(world, registration(4, {star}))), 400);
    EXPECT_EQ(status_of(answer_to(world, registration(5, {star, c, now}))), 400);
    EXPECT_EQ(bindings(world, 6), before);
    EXPECT_EQ(status_of(answer_to(world, registration(7, {star, now}))), 200);
    EXPECT_TRUE(bindings(world, 8).empty());
}

TEST(ProxyCases, Case83_ACseqThatIsNotHigherChangesNothing) {  // RFC 3261 10.3 step 7
    node_world world(1);
    const auto first = registration(5, {a});
    const auto accepted = answer_to(world, first);
    EXPECT_EQ(status_of(accepted), 200);
    // A retransmission is answered by its transaction (17.2.2), not judged again.
    EXPECT_EQ(answer_to(world, first), accepted);
    for (const unsigned cseq : {4u, 5u}) {
        auto late = registration(5, {c, a + ";expires=0"});
        late.cseq = cseq;
        late.from += "-later";  // with the first one's tag it would be a merged request (8.2.2.2)
        late.via += std::to_string(cseq);  // a transaction of its own
        EXPECT_EQ(status_of(answer_to(world, late)), 500) << cseq;
    }
    const auto left = bindings(world, 6);
    ASSERT_EQ(left.size(), 1u) << "no part of it was applied";
    EXPECT_TRUE(left[0].starts_with("<sip:bob@192.0.2.20:5060>"));
}

TEST(ProxyCases, Case84_OneBadContactOfThreeFailsAll) {  // RFC 3261 10.3 step 7
    node_world world(1);
    const auto digest = world.node(1).location().digest();
    const auto refused = registration(1, {a, b, c + ";q=7"});
    EXPECT_EQ(status_of(answer_to(world, refused)), 400);
    EXPECT_TRUE(bindings(world, 2).empty());
    EXPECT_EQ(world.node(1).location().digest(), digest);
    EXPECT_EQ(status_of(answer_to(world, registration(3, {a, b, c}))), 200);
    EXPECT_EQ(bindings(world, 4).size(), 3u);
}

}  // namespace
}  // namespace sipha::proxy
