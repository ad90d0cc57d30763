#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/proxy/shell/client_socket.hpp"
#include "tests/proxy/shell/worker.hpp"

namespace sipha::shell::test {

namespace {

using std::chrono::milliseconds;

constexpr cluster::node_id peer_node{2};

runtime_options mesh_node() {
    runtime_options options;
    options.cluster = link_address{loopback(), 0};
    return options;
}

/// Bytes whose order shows: no two blocks are alike.
std::string numbered_bytes(std::size_t size, unsigned seed) {
    std::string bytes(size, '\0');
    std::uint32_t state = seed;
    for (auto& byte : bytes) {
        state = state * 1664525U + 1013904223U;
        byte = static_cast<char>(state >> 24);
    }
    return bytes;
}

bool has_opened(const journal& seen) {
    return !seen.opened_links.empty();
}
bool has_closed(const journal& seen) {
    return !seen.closed_links.empty();
}

void dial(worker& from) {
    from.act([](timing::instant, proxy::effects& out) { out.links.dial(peer_node); });
}

}  // namespace

TEST(MeshBus, ALinkCarriesFiveMegabytesBothWaysIntact) {
    echo_machine left_machine;
    echo_machine right_machine;
    worker right(right_machine, mesh_node());
    auto options = mesh_node();
    options.peers.push_back({peer_node, {loopback(), right.get().cluster_port()}});
    worker left(left_machine, options);
    left.run();
    right.run();
    dial(left);
    ASSERT_TRUE(left_machine.wait_for(has_opened));
    ASSERT_TRUE(right_machine.wait_for(has_opened));
    const auto dialled = left_machine.snapshot().opened_links.at(0);
    const auto accepted = right_machine.snapshot().opened_links.at(0);
    EXPECT_EQ(dialled.dialled, peer_node);
    EXPECT_EQ(accepted.dialled, cluster::node_id{});

    constexpr std::size_t total = 5'000'000;
    constexpr std::size_t frame = 50'000;
    const auto to_right = numbered_bytes(total, 1);
    const auto to_left = numbered_bytes(total, 2);
    left.act([&](timing::instant, proxy::effects& out) {
        for (std::size_t at = 0; at < total; at += frame) {
            out.links.send(dialled.link, std::string_view(to_right).substr(at, frame));
        }
    });
    right.act([&](timing::instant, proxy::effects& out) { out.links.send(accepted.link, to_left); }
    );
    ASSERT_TRUE(right_machine.wait_for([&](const journal& seen) {
        const auto found = seen.link_bytes.find(accepted.link);
        return found != seen.link_bytes.end() && found->second.size() == total;
    }));
    ASSERT_TRUE(left_machine.wait_for([&](const journal& seen) {
        const auto found = seen.link_bytes.find(dialled.link);
        return found != seen.link_bytes.end() && found->second.size() == total;
    }));
    EXPECT_TRUE(right_machine.snapshot().link_bytes.at(accepted.link) == to_right);
    EXPECT_TRUE(left_machine.snapshot().link_bytes.at(dialled.link) == to_left);
}

TEST(MeshBus, ACloseComesAfterTheBytesBeforeItAndBothEndsLearnOfIt) {
    echo_machine left_machine;
    echo_machine right_machine;
    worker right(right_machine, mesh_node());
    auto options = mesh_node();
    options.peers.push_back({peer_node, {loopback(), right.get().cluster_port()}});
    worker left(left_machine, options);
    left.run();
    right.run();
    dial(left);
    ASSERT_TRUE(left_machine.wait_for(has_opened));
    const auto link = left_machine.snapshot().opened_links.at(0).link;
    const std::string bytes(1'000'000, 'b');
    left.act([&](timing::instant, proxy::effects& out) {
        out.links.send(link, bytes);
        out.links.close(link);
    });
    ASSERT_TRUE(right_machine.wait_for(has_closed));
    ASSERT_TRUE(left_machine.wait_for(has_closed));
    const auto right_seen = right_machine.snapshot();
    EXPECT_EQ(right_seen.link_bytes.at(right_seen.closed_links.at(0).link).size(), bytes.size());
    EXPECT_EQ(left_machine.snapshot().closed_links.size(), 1U);
    EXPECT_EQ(left_machine.snapshot().closed_links.at(0).link, link);
}

TEST(MeshBus, ARefusedDialAndAnUnknownPeerAreReported) {
    echo_machine machine;
    auto options = mesh_node();
    options.peers.push_back({peer_node, {loopback(), closed_tcp_port()}});
    worker node(machine, options);
    node.run();
    dial(node);
    ASSERT_TRUE(machine.wait_for(has_closed));
    node.act([](timing::instant, proxy::effects& out) { out.links.dial(cluster::node_id{9}); });
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return seen.closed_links.size() == 2; })
    );
    const auto seen = machine.snapshot();
    EXPECT_EQ(seen.closed_links[0].link, 0U);
    EXPECT_EQ(seen.closed_links[0].dialled, peer_node);
    EXPECT_EQ(seen.closed_links[1].dialled, cluster::node_id{9});
    EXPECT_EQ(node.counts().links_dial_failed, 2U);
    EXPECT_TRUE(seen.opened_links.empty());
}

TEST(MeshBus, ADialThatHangsFailsAfterItsLimit) {
    auto server = client_socket::tcp_server();
    server.listen_with_full_backlog();
    echo_machine machine;
    auto options = mesh_node();
    options.mesh.dial_timeout = milliseconds(50);
    options.peers.push_back({peer_node, {loopback(), server.port()}});
    worker node(machine, options);
    node.run();
    dial(node);
    ASSERT_TRUE(machine.wait_for(has_closed));
    EXPECT_EQ(machine.snapshot().closed_links[0].dialled, peer_node);
}

TEST(MeshBus, APeerThatDoesNotReadIsClosedAtTheWriteBound) {
    echo_machine machine;
    auto options = mesh_node();
    options.mesh.max_write_queue_bytes = 100'000;
    worker node(machine, options);
    node.run();
    auto peer = client_socket::narrow_tcp(node.get().cluster_port());
    ASSERT_TRUE(machine.wait_for(has_opened));
    const auto link = machine.snapshot().opened_links.at(0).link;
    const std::string frame(100'000, 'f');
    for (int i = 0; i < 500 && !has_closed(machine.snapshot()); ++i) {
        node.act([&](timing::instant, proxy::effects& out) { out.links.send(link, frame); });
    }
    ASSERT_TRUE(machine.wait_for(has_closed));
    EXPECT_EQ(node.counts().links_closed_queue_full, 1U);
    node.act([&](timing::instant, proxy::effects& out) { out.links.send(link, frame); });
    EXPECT_GE(node.counts().links_dropped_sends, 1U);
}

TEST(MeshBus, LinksAreCapped) {
    echo_machine machine;
    auto options = mesh_node();
    options.mesh.max_links = 1;
    options.peers.push_back({peer_node, {loopback(), closed_tcp_port()}});
    worker node(machine, options);
    node.run();
    auto first = client_socket::tcp(node.get().cluster_port());
    ASSERT_TRUE(machine.wait_for(has_opened));
    auto second = client_socket::tcp(node.get().cluster_port());
    EXPECT_TRUE(second.wait_for_end());
    dial(node);
    ASSERT_TRUE(machine.wait_for(has_closed));
    EXPECT_EQ(machine.snapshot().closed_links[0].link, 0U);
    EXPECT_EQ(node.counts().links_refused_cap, 2U);
    EXPECT_EQ(machine.snapshot().opened_links.size(), 1U);
}

TEST(MeshBus, AResetLinkIsReportedOnce) {
    echo_machine machine;
    worker node(machine, mesh_node());
    node.run();
    auto peer = client_socket::tcp(node.get().cluster_port());
    peer.send("bytes");
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return !seen.link_bytes.empty(); }));
    peer.reset();
    ASSERT_TRUE(machine.wait_for(has_closed));
    EXPECT_EQ(machine.snapshot().closed_links.size(), 1U);
    EXPECT_EQ(machine.snapshot().link_bytes.at(1), "bytes");
}

}  // namespace sipha::shell::test
