#include "proxy/sip/ws_frames.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace sipha::sip {

namespace {

using namespace std::string_literals;
using event = ws_reader::event;

constexpr std::size_t limit = 70'000;

/// A client's frame; `first` is the first octet.
std::string frame(unsigned first, std::string_view payload) {
    const std::string mask = "\x37\xfa\x21\x3d";
    std::string out(ws_header(ws_opcode::text, payload.size()).bytes());
    out[0] = static_cast<char>(first);
    out[1] = static_cast<char>(out[1] | '\x80');
    out += mask;
    for (std::size_t i = 0; i < payload.size(); ++i) {
        out += static_cast<char>(payload[i] ^ mask[i % 4]);
    }
    return out;
}

using events = std::vector<std::pair<event, std::string>>;

events read(std::string_view bytes, std::size_t chunk = 1'000'000, std::size_t most = limit) {
    ws_reader reader(most);
    events out;
    while (!bytes.empty()) {
        reader.push(bytes.substr(0, chunk));
        bytes.remove_prefix(std::min(chunk, bytes.size()));
        for (;;) {
            std::string_view payload;
            const auto what = reader.next(payload);
            if (what == event::need_more) {
                break;
            }
            if (what == event::error) {
                out.emplace_back(what, std::to_string(static_cast<int>(reader.error_code())));
                return out;
            }
            out.emplace_back(what, std::string(payload));
        }
    }
    return out;
}

const events protocol_error{{event::error, "1002"}};

}  // namespace

TEST(WsFrames, TheMaskedHelloOfTheRfcIsRead) {
    // RFC 6455 5.7
    EXPECT_EQ(
        read("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"s), (events{{event::message, "Hello"}})
    );
}

TEST(WsFrames, TheHeadersOfTheRfcAreWritten) {
    EXPECT_EQ(ws_header(ws_opcode::text, 5).bytes(), "\x81\x05"s);
    EXPECT_EQ(ws_header(ws_opcode::text, 125).bytes(), "\x81\x7d"s);
    EXPECT_EQ(ws_header(ws_opcode::text, 126).bytes(), "\x81\x7e\x00\x7e"s);
    EXPECT_EQ(ws_header(ws_opcode::binary, 256).bytes(), "\x82\x7e\x01\x00"s);
    EXPECT_EQ(ws_header(ws_opcode::binary, 65535).bytes(), "\x82\x7e\xff\xff"s);
    EXPECT_EQ(
        ws_header(ws_opcode::binary, 65536).bytes(), "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s
    );
    EXPECT_EQ(ws_close_frame(ws_close::protocol_error), "\x88\x02\x03\xea"s);
}

TEST(WsFrames, FragmentsAreJoinedAndControlFramesStandBetween) {
    const auto bytes = frame(0x01, "Hel") + frame(0x89, "are you there") + frame(0x00, "l") +
                       frame(0x80, "o") + frame(0x8a, "yes") + frame(0x82, "\xff\x00"s) +
                       frame(0x88, "\x03\xe8"s + "bye");
    const events expected{
        {event::ping, "are you there"},
        {event::message, "Hello"},
        {event::pong, "yes"},
        {event::message, "\xff\x00"s},
        {event::close, "\x03\xe8"s + "bye"}};
    EXPECT_EQ(read(bytes), expected);
    for (std::size_t chunk = 1; chunk < 20; ++chunk) {
        EXPECT_EQ(read(bytes, chunk), expected);
    }
}

TEST(WsFrames, AMessageOfEveryLengthFormIsRead) {
    for (const std::size_t size : {0, 1, 125, 126, 127, 65535, 65536}) {
        const std::string text(size, 'a');
        EXPECT_EQ(read(frame(0x81, text), 1000), (events{{event::message, text}})) << size;
    }
}

TEST(WsFrames, TheLimitHoldsForOneFrameAndForManyFragments) {
    EXPECT_EQ(read(frame(0x81, "12345"), 3, 5).at(0).first, event::message);
    EXPECT_EQ(read(frame(0x81, "123456"), 3, 5), (events{{event::error, "1009"}}));
    const auto fragments = frame(0x01, "123") + frame(0x00, "45");
    EXPECT_EQ(read(fragments + frame(0x80, ""), 3, 5), (events{{event::message, "12345"}}));
    EXPECT_EQ(read(fragments + frame(0x80, "6"), 3, 5), (events{{event::error, "1009"}}));
    // The announced length is enough; nothing of the message needs to come.
    EXPECT_EQ(read("\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff"s), (events{{event::error, "1009"}}));
}

TEST(WsFrames, WrongFramesFailTheConnection) {
    EXPECT_EQ(read("\x81\x05Hello"s), protocol_error);  // not masked
    EXPECT_EQ(read(frame(0xc1, "a")), protocol_error);  // RSV1
    EXPECT_EQ(read(frame(0x83, "a")), protocol_error);  // unknown opcode
    EXPECT_EQ(read(frame(0x8b, "a")), protocol_error);
    EXPECT_EQ(read(frame(0x80, "a")), protocol_error);  // nothing to continue
    EXPECT_EQ(read(frame(0x01, "a") + frame(0x81, "b")), protocol_error);
    EXPECT_EQ(read(frame(0x09, "a")), protocol_error);  // fragmented ping
    EXPECT_EQ(read(frame(0x89, std::string(126, 'a'))), protocol_error);
    EXPECT_EQ(read("\x81\xfe\x00\x7d"s), protocol_error);  // not the shortest length
    EXPECT_EQ(read("\x81\xff\x00\x00\x00\x00\x00\x00\xff\xff"s), protocol_error);
    EXPECT_EQ(read(frame(0x88, "\x03"s)), protocol_error);
    EXPECT_EQ(read(frame(0x88, "\x03\xed"s)), protocol_error);  // 1005 is never sent
    EXPECT_EQ(read(frame(0x88, "\x03\xe8\xff"s)), (events{{event::error, "1007"}}));
}

TEST(WsFrames, TextMustBeUtf8AndBinaryNeedNot) {
    EXPECT_EQ(read(frame(0x81, "\xc3\xa4")), (events{{event::message, "\xc3\xa4"}}));
    EXPECT_EQ(read(frame(0x81, "\xc3")), (events{{event::error, "1007"}}));
    // A sequence may be cut between fragments.
    EXPECT_EQ(
        read(frame(0x01, "\xc3") + frame(0x80, "\xa4")), (events{{event::message, "\xc3\xa4"}})
    );
    EXPECT_EQ(ws_opcode_for("INVITE"), ws_opcode::text);
    EXPECT_EQ(ws_opcode_for("\xff"), ws_opcode::binary);
}

TEST(WsFrames, Utf8HasOneFormForEachCharacter) {
    for (const auto good :
         {"", "a", "\xc2\x80", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"}) {
        EXPECT_TRUE(is_utf8(good));
    }
    for (const auto bad :
         {"\x80",
          "\xc0\x80",
          "\xc1\xbf",
          "\xe0\x9f\xbf",
          "\xed\xa0\x80",
          "\xf0\x8f\xbf\xbf",
          "\xf4\x90\x80\x80",
          "\xf5\x80\x80\x80",
          "\xe2\x82",
          "\xff"}) {
        EXPECT_FALSE(is_utf8(bad));
    }
}

TEST(WsFrames, TheReaderKnowsWhetherAMessageHasBegun) {
    ws_reader reader(limit);
    std::string_view payload;
    EXPECT_FALSE(reader.is_inside_message());
    reader.push(frame(0x01, "a"));
    EXPECT_EQ(reader.next(payload), event::need_more);
    EXPECT_TRUE(reader.is_inside_message());
    reader.push(frame(0x80, "b"));
    EXPECT_EQ(reader.next(payload), event::message);
    EXPECT_EQ(reader.next(payload), event::need_more);
    EXPECT_FALSE(reader.is_inside_message());
    reader.push("\x81");
    EXPECT_EQ(reader.next(payload), event::need_more);
    EXPECT_TRUE(reader.is_inside_message());
}

}  // namespace sipha::sip
