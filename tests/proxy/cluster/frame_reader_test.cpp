#include "proxy/cluster/frame_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sipha::cluster {
namespace {

using status = frame_reader::status;

std::string framed(const std::string& message) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) {
        bytes += static_cast<char>(message.size() >> shift & 0xff);
    }
    return bytes + message;
}

TEST(FrameReader, AnyCutOfTheStreamGivesTheSameMessages) {
    const std::vector<std::string> messages = {"one", "", std::string(300, 'x'), "four"};
    std::string stream;
    for (const auto& message : messages) {
        stream += framed(message);
    }
    for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
        frame_reader reader;
        std::vector<std::string> got;
        for (std::size_t at = 0; at < stream.size(); at += piece) {
            auto input = std::string_view(stream).substr(at, piece);
            std::string_view message;
            while (reader.next(input, message) == status::message) {
                got.emplace_back(message);
            }
            EXPECT_TRUE(input.empty());
        }
        EXPECT_EQ(got, messages) << piece;
        EXPECT_EQ(reader.buffered(), 0u);
    }
}

TEST(FrameReader, AWholeFrameIsNotCopied) {
    const auto stream = framed("whole");
    frame_reader reader;
    std::string_view input = stream, message;
    ASSERT_EQ(reader.next(input, message), status::message);
    EXPECT_EQ(message.data(), stream.data() + 4);
}

TEST(FrameReader, LimitsHoldExactlyBeforeAndAfterAuthentication) {
    for (const bool is_split : {false, true}) {
        for (const auto limit : {max_unauthenticated_frame_size, max_frame_size}) {
            for (const auto over : {0u, 1u}) {
                frame_reader reader;
                if (limit == max_frame_size) {
                    reader.authenticated();
                }
                const auto stream = framed(std::string(limit + over, 'x'));
                std::string_view message;
                auto first = std::string_view(stream).substr(0, is_split ? 3 : 0);
                EXPECT_EQ(reader.next(first, message), status::need_more);
                auto rest = std::string_view(stream).substr(is_split ? 3 : 0);
                EXPECT_EQ(
                    reader.next(rest, message), over == 0 ? status::message : status::too_long
                );
            }
        }
    }
}

TEST(FrameReader, AClaimedLengthTakesNoMemory) {
    frame_reader reader;
    std::string_view input(
        "\x00\x01\x00\x00"
        "abc",
        7
    ),
        message;
    EXPECT_EQ(reader.next(input, message), status::need_more);
    EXPECT_EQ(reader.buffered(), 7u);
}

TEST(FrameReader, AStreamThatWentWrongStaysWrong) {
    frame_reader reader;
    std::string_view message, prefix("\xff", 1), rest("\xff\xff\xff", 3);
    EXPECT_EQ(reader.next(prefix, message), status::need_more);
    EXPECT_EQ(reader.next(rest, message), status::too_long);
    std::string_view more("\0\0\0\0", 4);
    EXPECT_EQ(reader.next(more, message), status::too_long);
    EXPECT_EQ(reader.buffered(), 4u);
}

}  // namespace
}  // namespace sipha::cluster
