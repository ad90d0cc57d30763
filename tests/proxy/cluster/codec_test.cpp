#include "proxy/cluster/codec.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "proxy/cluster/peer.pb.h"
#include "tests/proxy/cluster/support/frames.hpp"

namespace sipha::cluster {
namespace {

using test::bytes_of;
using test::message_of;

/// One frame of each type with every field set.
std::vector<frame> all_frames() {
    heartbeat beat;
    beat.epoch = 1;
    beat.published = 2;
    beat.applied = 3;
    beat.digests = {{record_kind::registration, 4}, {record_kind{99}, UINT64_MAX}};
    beat.is_ready = true;
    beat.load = 5;
    beat.wall_ms = -6;
    beat.stamp_us = 7;
    beat.echo_us = 8;
    beat.held_us = 9;
    auto greeting = test::hello_of(65535);
    greeting.version_max = 7;
    return {
        greeting,
        auth{std::string(32, '\xfe')},
        beat,
        records{10, {{record_kind::registration, "one"}, {record_kind{12345}, ""}}},
        ack{11},
        sync_request{12, record_kind::dialog, "cursor"},
        sync_chunk{13, record_kind::tag, {"a", std::string("\0b", 2)}, "next"},
    };
}

TEST(Codec, EveryFrameComesBackAsItWas) {
    for (const auto& what : all_frames()) {
        const auto back = decode(message_of(what));
        ASSERT_TRUE(back) << what.index();
        EXPECT_EQ(back->what, what) << what.index();
        EXPECT_FALSE(back->has_unknown_fields) << what.index();
    }
}

TEST(Codec, TheLengthIsInNetworkOrderAndFramesAreAppended) {
    std::string bytes = "before";
    ASSERT_TRUE(encode(ack{1}, bytes));
    EXPECT_EQ(bytes.substr(0, 10), std::string("before\0\0\0\x04", 10));
    EXPECT_EQ(bytes.size(), 14u);
}

TEST(Codec, AFrameOfTheLargestSizeIsEncodedAndALargerOneIsNot) {
    records what{1, std::vector<record>(17, {record_kind::tag, std::string(max_record_size, 'x')})};
    const auto left = [&] { return max_frame_size - message_of(what).size(); };
    ASSERT_LE(message_of(what).size(), max_frame_size);
    what.list.front().payload.clear();
    what.list.front().payload.resize(1000);
    // Fill up to the limit: payload lengths from 128 to 16383 take two octets.
    while (left() > 14000) {
        what.list.push_back({record_kind::tag, std::string(15000, 'x')});
    }
    what.list.push_back({record_kind::tag, std::string(200, 'x')});
    what.list.front().payload.resize(1000 + left());
    ASSERT_EQ(left(), 0u);
    EXPECT_TRUE(decode(message_of(what)));
    what.list.front().payload += 'x';
    std::string bytes = "kept";
    EXPECT_FALSE(encode(what, bytes));
    EXPECT_EQ(bytes, "kept");
}

TEST(Codec, LimitsHoldExactly) {
    auto greeting = test::hello_of(1);
    greeting.cluster_name.assign(max_cluster_name, 'c');
    EXPECT_TRUE(decode(message_of(greeting)));
    greeting.cluster_name += 'c';
    EXPECT_FALSE(decode(message_of(greeting)));

    greeting = test::hello_of(1);
    greeting.nonce += 'n';
    EXPECT_FALSE(decode(message_of(greeting)));
    greeting.nonce.resize(nonce_size - 1);
    EXPECT_FALSE(decode(message_of(greeting)));
    EXPECT_FALSE(decode(message_of(test::hello_of(0))));

    heartbeat beat;
    beat.digests.resize(max_digests);
    EXPECT_TRUE(decode(message_of(beat)));
    beat.digests.emplace_back();
    EXPECT_FALSE(decode(message_of(beat)));

    EXPECT_TRUE(decode(message_of(sync_request{1, {}, std::string(max_cursor_size, 'c')})));
    EXPECT_FALSE(decode(message_of(sync_request{1, {}, std::string(max_cursor_size + 1, 'c')})));
    EXPECT_FALSE(decode(message_of(sync_chunk{1, {}, {}, std::string(max_cursor_size + 1, 'c')})));
    EXPECT_TRUE(decode(message_of(sync_chunk{1, {}, {std::string(max_record_size, 'x')}, ""})));
    EXPECT_FALSE(decode(message_of(sync_chunk{1, {}, {std::string(max_record_size + 1, 'x')}, ""}))
    );
    EXPECT_TRUE(decode(message_of(records{1, {{{}, std::string(max_record_size, 'x')}}})));
    EXPECT_FALSE(decode(message_of(records{1, {{{}, std::string(max_record_size + 1, 'x')}}})));
}

TEST(Codec, SequencesThatAreNoneAreRefused) {
    const std::vector<record> two(2);
    EXPECT_FALSE(decode(message_of(records{0, two})));
    EXPECT_FALSE(decode(message_of(records{1, {}})));
    EXPECT_FALSE(decode(message_of(records{UINT64_MAX, two})));
    EXPECT_FALSE(decode(message_of(records{UINT64_MAX - 1, two})));
    EXPECT_TRUE(decode(message_of(records{UINT64_MAX - 2, two})));
}

TEST(Codec, ANodeNumberBeyondSixteenBitsIsRefused) {
    wire::frame message;
    auto& greeting = *message.mutable_hello();
    greeting.set_nonce(std::string(nonce_size, 'n'));
    greeting.set_node(65535);
    EXPECT_TRUE(decode(message.SerializeAsString()));
    greeting.set_node(65536 + 1);
    EXPECT_FALSE(decode(message.SerializeAsString()));
}

TEST(Codec, AnUnknownFrameTypeIsToldAsSuch) {
    for (const auto* bytes :
         {"",
          "\x42\x00",
          "\xfa\x01\x03"
          "abc"}) {
        const auto size = bytes[0] == '\0' ? 0u : bytes[0] == '\x42' ? 2u : 6u;
        const auto back = decode({bytes, size});
        ASSERT_TRUE(back) << size;
        EXPECT_TRUE(std::holds_alternative<unknown_frame>(back->what));
    }
}

TEST(Codec, UnknownFieldsAreSkippedAndToldAtEveryDepth) {
    // Field 100, a varint, of a newer version.
    const std::string newer("\xa0\x06\x01", 3);
    const auto wrap = [](char tag, const std::string& inner) {
        return std::string{tag, static_cast<char>(inner.size())} + inner;
    };
    const auto known = wrap('\x2a', "\x08\x07");
    ASSERT_EQ(decode(known)->what, frame(ack{7}));
    for (const auto& message :
         {known + newer,
          wrap('\x2a', "\x08\x07" + newer),
          wrap('\x22', std::string("\x08\x01") + wrap('\x12', "\x08\x01" + newer)),
          wrap('\x1a', wrap('\x22', "\x08\x01" + newer))}) {
        const auto back = decode(message);
        ASSERT_TRUE(back);
        EXPECT_TRUE(back->has_unknown_fields);
        EXPECT_FALSE(std::holds_alternative<unknown_frame>(back->what));
    }
}

TEST(Codec, AnyCutAndAnyFlippedOctetEndsInAResult) {
    for (const auto& what : all_frames()) {
        const auto message = message_of(what);
        for (std::size_t size = 0; size < message.size(); ++size) {
            decode(std::string_view(message).substr(0, size));
        }
        for (std::size_t at = 0; at < message.size(); ++at) {
            for (const int flip : {0x01, 0x80, 0xff}) {
                auto broken = message;
                broken[at] = static_cast<char>(broken[at] ^ flip);
                if (const auto back = decode(broken)) {
                    // What is understood can be said again.
                    EXPECT_FALSE(bytes_of(back->what).empty());
                }
            }
        }
    }
    EXPECT_FALSE(decode(std::string(max_frame_size + 1, '\0')));
    EXPECT_FALSE(decode("\x0a\xff\xff\xff\xff\x0f"));
}

}  // namespace
}  // namespace sipha::cluster
