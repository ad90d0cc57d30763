#include "tests/support/node_world.hpp"

#include <gtest/gtest.h>

namespace sipha::test {
namespace {

using namespace std::chrono_literals;

TEST(NodeWorld, NodesFindEachOtherAndStayTogether) {
    node_world world(3);
    for (unsigned id = 1; id <= 3; ++id) {
        EXPECT_EQ(world.node(id).cluster().ready_members().size(), 3u);
    }
    world.pass(10s);
    EXPECT_EQ(world.node(2).cluster().ready_members().size(), 3u);
}

TEST(NodeWorld, AKilledNodeIsMissed) {
    node_world world(2);
    world.kill(1);
    world.pass(3s);
    EXPECT_EQ(world.node(2).cluster().ready_members().size(), 1u);
}

TEST(NodeWorld, HeldLinksLookLikeSilence) {
    node_world world(2);
    world.hold_links();
    world.pass(500ms);
    EXPECT_EQ(world.node(1).cluster().alive().size(), 2u);
    world.release_links();
    world.pass(5s);
    EXPECT_EQ(world.node(1).cluster().alive().size(), 2u);
}

TEST(NodeWorld, WhatLeavesIsKeptForTheTest) {
    node_world world(1);
    request_text options;
    options.method = "OPTIONS";
    options.uri = "sip:example.org";
    world.receive(1, hop_to("udp:192.0.2.10:5060"), options.text());
    EXPECT_EQ(kinds(world.take(1)), "200");
    EXPECT_EQ(kinds(world.take(1)), "");
    EXPECT_TRUE(world.take_between().empty());
}

}  // namespace
}  // namespace sipha::test
