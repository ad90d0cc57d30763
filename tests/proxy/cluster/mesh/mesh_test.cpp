#include "proxy/cluster/mesh/mesh.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/proxy/cluster/support/frames.hpp"

namespace sipha::cluster {
namespace {

using namespace std::chrono_literals;
using kind = link_action::kind;

const timing::time_point t0{1h};

/// A mesh and everything it put out since the last `clear`.
struct end {
    crypto::random random;
    mesh it;
    link_outbox links;
    std::vector<bus_event> bus;
    std::vector<event> events;

    explicit end(std::uint16_t self, std::string secret = "secret")
        : random("mesh" + std::to_string(self)),
          it({{self}, 1, "test", {{3}, {2}, {1}}, std::move(secret), timings{}}, random) {}

    mesh_output out() { return {links, bus, events}; }
    void clear() {
        links.clear();
        bus.clear();
        events.clear();
    }
    std::vector<node_id> dialled() const {
        std::vector<node_id> list;
        for (const auto& action : links.actions()) {
            if (action.what == kind::dial) {
                list.push_back(action.peer);
            }
        }
        return list;
    }
    std::vector<link_id> closed() const {
        std::vector<link_id> list;
        for (const auto& action : links.actions()) {
            if (action.what == kind::close) {
                list.push_back(action.link);
            }
        }
        return list;
    }
    std::string sent(link_id link) const {
        std::string bytes;
        for (const auto& action : links.actions()) {
            if (action.what == kind::send && action.link == link) {
                bytes += links.bytes(action);
            }
        }
        return bytes;
    }
    std::uint64_t refused(refusal reason) const {
        return it.counters().refused[static_cast<std::size_t>(reason)];
    }
};

/// Carries what waits between two ends until both are quiet.
void carry(timing::time_point now, end& left, link_id l, end& right, link_id r) {
    for (;;) {
        const auto to_right = left.sent(l), to_left = right.sent(r);
        left.links.clear();
        right.links.clear();
        if (to_right.empty() && to_left.empty()) {
            return;
        }
        right.it.received(now, r, to_right, right.out());
        left.it.received(now, l, to_left, left.out());
    }
}

void connect(timing::time_point now, end& dialler, link_id d, end& acceptor, link_id a) {
    acceptor.it.opened(now, a, {}, acceptor.out());
    dialler.it.opened(now, d, {1}, dialler.out());
    carry(now, dialler, d, acceptor, a);
}

TEST(Mesh, TheHigherIdDialsTheLower) {
    end one(1), two(2), three(3);
    for (auto* each : {&one, &two, &three}) {
        EXPECT_LE(each->it.next_deadline(), each == &one ? timing::never : t0);
        each->it.advance(t0, each->out());
    }
    EXPECT_TRUE(one.dialled().empty());
    EXPECT_EQ(one.it.next_deadline(), timing::never);
    EXPECT_EQ(two.dialled(), (std::vector<node_id>{{1}}));
    EXPECT_EQ(three.dialled(), (std::vector<node_id>{{1}, {2}}));
    three.clear();
    three.it.advance(t0 + 10s, three.out());
    EXPECT_TRUE(three.dialled().empty()) << "one dial at a time";
}

TEST(Mesh, AnAuthenticatedLinkConnectsBothEndsAndCarriesFrames) {
    end one(1), two(2);
    two.it.advance(t0, two.out());
    connect(t0, two, 20, one, 10);
    ASSERT_EQ(one.bus.size(), 1u);
    EXPECT_EQ(std::get<peer_connected>(one.bus[0]).node, node_id{2});
    EXPECT_EQ(std::get<peer_connected>(two.bus[0]).node, node_id{1});
    EXPECT_EQ(one.it.link_of({2}), 10u);
    bus_outbox frames;
    encode(ack{5}, frames.begin());
    frames.commit({1});
    frames.commit({3});
    two.it.send(frames, two.links);
    EXPECT_EQ(two.it.counters().unsent, 1u);
    carry(t0, two, 20, one, 10);
    EXPECT_EQ(std::get<peer_frame>(one.bus.at(1)).what, frame(ack{5}));
}

TEST(Mesh, RedialsBackOffFrom100MillisecondsToOneSecondWithJitter) {
    end two(2);
    auto now = t0;
    std::set<timing::duration> first_waits;
    for (int i = 0; i < 12; ++i) {
        two.clear();
        two.it.advance(now, two.out());
        ASSERT_EQ(two.dialled().size(), 1u);
        two.it.closed(now, 0, {1}, two.out());
        const auto wait = two.it.next_deadline() - now;
        const auto step = std::min<timing::duration>(100ms * (1 << i), 1s);
        EXPECT_GE(wait, step / 2) << i;
        EXPECT_LE(wait, step) << i;
        if (i >= 4) {
            first_waits.insert(wait);
        }
        now = two.it.next_deadline();
    }
    EXPECT_GT(first_waits.size(), 4u) << "no jitter";
    EXPECT_EQ(two.it.counters().dial_failures, 12u);
}

TEST(Mesh, ALinkThatLivedIsRedialledAtOnceAndAShortOneIsNot) {
    for (const auto lived : {1s, 0s}) {
        end one(1), two(2);
        two.it.advance(t0, two.out());
        connect(t0, two, 20, one, 10);
        two.clear();
        two.it.closed(t0 + lived, 20, {}, two.out());
        EXPECT_EQ(std::get<peer_disconnected>(two.bus.at(0)).node, node_id{1});
        EXPECT_EQ(two.it.next_deadline() <= t0 + lived, lived == 1s);
        EXPECT_EQ(two.it.counters().lost, 1u);
    }
}

TEST(Mesh, TheNewerLinkOfAPeerWins) {
    end one(1), two(2);
    two.it.advance(t0, two.out());
    connect(t0, two, 20, one, 10);
    one.clear();
    end restarted(2);
    restarted.it.advance(t0, restarted.out());
    one.it.opened(t0, 11, {}, one.out());
    restarted.it.opened(t0, 21, {1}, restarted.out());
    std::vector<link_id> closed;
    for (int i = 0; i < 4; ++i) {
        const auto to_one = restarted.sent(21), back = one.sent(11);
        for (const auto link : one.closed()) {
            closed.push_back(link);
        }
        restarted.links.clear();
        one.links.clear();
        one.it.received(t0, 11, to_one, one.out());
        restarted.it.received(t0, 21, back, restarted.out());
    }
    EXPECT_EQ(closed, std::vector<link_id>{10});
    EXPECT_EQ(one.it.link_of({2}), 11u);
    EXPECT_EQ(one.it.counters().replaced, 1u);
    ASSERT_EQ(one.bus.size(), 1u) << "connected again, not disconnected";
    EXPECT_TRUE(std::holds_alternative<peer_connected>(one.bus[0]));
    one.clear();
    one.it.closed(t0, 10, {}, one.out());
    EXPECT_TRUE(one.bus.empty()) << "the end of the old link says nothing about the peer";
}

TEST(Mesh, WrongSecretClosesTheLinkWithItsReason) {
    end one(1), two(2, "guess");
    two.it.advance(t0, two.out());
    one.it.opened(t0, 10, {}, one.out());
    two.it.opened(t0, 20, {1}, two.out());
    one.it.received(t0, 10, two.sent(20), one.out());
    two.links.clear();
    two.it.received(t0, 20, one.sent(10), two.out());
    one.links.clear();
    one.it.received(t0, 10, two.sent(20), one.out());
    EXPECT_EQ(one.closed(), std::vector<link_id>{10});
    EXPECT_EQ(one.refused(refusal::wrong_mac), 1u);
    ASSERT_EQ(one.events.size(), 1u);
    EXPECT_EQ(std::get<link_refused>(one.events[0]).claimed, node_id{2});
    EXPECT_TRUE(one.bus.empty());
    two.clear();
    two.it.closed(t0, 20, {}, two.out());
    EXPECT_EQ(two.it.counters().abandoned, 1u);
    EXPECT_GE(two.it.next_deadline(), t0 + 50ms);
}

TEST(Mesh, AHandshakeEndsAfterTwoSecondsHoweverBusyItIs) {
    end one(1);
    one.it.opened(t0, 10, {}, one.out());
    const auto bytes = test::bytes_of(test::hello_of(2));
    one.it.received(t0 + 1999ms, 10, bytes.substr(0, 10), one.out());
    EXPECT_EQ(one.it.next_deadline(), t0 + 2s);
    one.it.advance(t0 + 2s - 1us, one.out());
    EXPECT_TRUE(one.closed().empty());
    one.it.advance(t0 + 2s, one.out());
    EXPECT_EQ(one.closed(), std::vector<link_id>{10});
    EXPECT_EQ(one.refused(refusal::timeout), 1u);
    one.it.received(t0 + 2s, 10, bytes.substr(10), one.out());
    EXPECT_EQ(one.it.counters().late_inputs, 1u);
}

TEST(Mesh, SixtyFourStrangersMayWaitAndNoMore) {
    end one(1);
    for (link_id link = 1; link <= max_unauthenticated_links; ++link) {
        one.it.opened(t0, link, {}, one.out());
    }
    EXPECT_TRUE(one.closed().empty());
    one.it.opened(t0, 100, {}, one.out());
    EXPECT_EQ(one.closed(), std::vector<link_id>{100});
    EXPECT_EQ(one.refused(refusal::too_many_links), 1u);
    // Room comes back when one leaves, in whatever way.
    one.it.closed(t0, 1, {}, one.out());
    one.it.received(t0, 2, std::string(4, '\xff'), one.out());
    one.clear();
    one.it.opened(t0, 101, {}, one.out());
    one.it.opened(t0, 102, {}, one.out());
    EXPECT_TRUE(one.closed().empty());
    one.it.opened(t0, 103, {}, one.out());
    EXPECT_EQ(one.closed(), std::vector<link_id>{103});
}

TEST(Mesh, StrangersDoNotKeepUsFromDialling) {
    end two(2);
    for (link_id link = 1; link <= max_unauthenticated_links; ++link) {
        two.it.opened(t0, link, {}, two.out());
    }
    two.clear();
    two.it.opened(t0, 100, {1}, two.out());
    EXPECT_TRUE(two.closed().empty());
    EXPECT_FALSE(two.sent(100).empty());
}

TEST(Mesh, BrokenFramesEndAnAuthenticatedLinkToo) {
    end one(1), two(2);
    two.it.advance(t0, two.out());
    connect(t0, two, 20, one, 10);
    one.clear();
    one.it.received(t0, 10, std::string("\0\0\0\x01\xff", 5), one.out());
    EXPECT_EQ(one.closed(), std::vector<link_id>{10});
    EXPECT_EQ(one.refused(refusal::malformed), 1u);
    EXPECT_EQ(std::get<peer_disconnected>(one.bus.at(0)).node, node_id{2});
    EXPECT_EQ(one.it.link_of({2}), 0u);
}

TEST(Mesh, LinksThatWeDidNotAskForAreClosed) {
    end two(2);
    for (const std::uint16_t dialled : {std::uint16_t{9}, std::uint16_t{3}, std::uint16_t{2}}) {
        two.clear();
        two.it.opened(t0, 50u + dialled, {dialled}, two.out());
        EXPECT_EQ(two.closed(), std::vector<link_id>{50u + dialled});
    }
    EXPECT_EQ(two.refused(refusal::unexpected_peer), 3u);
    two.it.closed(t0, 0, {9}, two.out());
    two.it.opened(t0, 60, {}, two.out());
    two.it.opened(t0, 60, {}, two.out());
    EXPECT_EQ(two.it.counters().late_inputs, 1u);
}

TEST(Mesh, ADroppedPeerIsClosedAndDialledAgain) {
    end one(1), two(2);
    two.it.advance(t0, two.out());
    connect(t0, two, 20, one, 10);
    two.clear();
    two.it.drop(t0 + 5s, {1}, two.out());
    EXPECT_EQ(two.closed(), std::vector<link_id>{20});
    ASSERT_EQ(two.bus.size(), 1u);
    two.it.drop(t0 + 5s, {1}, two.out());
    EXPECT_EQ(two.bus.size(), 1u);
    two.it.advance(t0 + 5s, two.out());
    EXPECT_EQ(two.dialled(), (std::vector<node_id>{{1}}));
}

}  // namespace
}  // namespace sipha::cluster
