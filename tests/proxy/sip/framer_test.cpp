#include "proxy/sip/framer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "proxy/sip/message.hpp"

namespace sipha::sip {
namespace {

using event = framer::event;

/// What a framer reports for some pushes, as text: "message:...", "ping", "error:...".
struct observed {
    explicit observed(framer_limits limits = {}) : stream(limits) {}

    void push(std::string_view bytes) {
        const bool was_broken = !stream.error_text().empty();
        stream.push(bytes);
        std::string_view message;
        if (was_broken) {
            EXPECT_EQ(stream.next(message), event::error);
            return;
        }
        for (;;) {
            const auto what = stream.next(message);
            if (what == event::need_more) {
                return;
            }
            if (what == event::error) {
                events.push_back("error:" + std::string(stream.error_text()));
                EXPECT_EQ(stream.next(message), event::error);
                return;
            }
            events.push_back(what == event::ping ? "ping" : "message:" + std::string(message));
        }
    }

    framer stream;
    std::vector<std::string> events;
};

using texts = std::vector<std::string>;

const std::string empty_message = "A sip:b SIP/2.0\r\nl: 0\r\n\r\n";
const std::string full_message =
    "A sip:b SIP/2.0\r\nTo: x\r\nContent-Length :\r\n 5\r\n\r\n1\r\n\r\n";

TEST(Framer, CutsByContentLength) {
    observed seen;
    seen.push(full_message + empty_message + full_message);
    EXPECT_EQ(
        seen.events,
        (texts{"message:" + full_message, "message:" + empty_message, "message:" + full_message})
    );
}

TEST(Framer, DoubleLineEndBetweenMessagesIsAPing) {
    observed seen;
    seen.push("\r\n\r\n" + empty_message + "\r\n" + empty_message + "\r\n\r\n\r\n\r\n\r\n");
    EXPECT_EQ(
        seen.events,
        (texts{"ping", "message:" + empty_message, "message:" + empty_message, "ping", "ping"})
    );
    seen.push(empty_message);
    EXPECT_EQ(seen.events.size(), 6u);
}

TEST(Framer, EverySplitIntoThreePushesGivesTheSameEvents) {
    const std::string sample = "\r\n\r\n" + full_message + "\r\n" + empty_message + "\r\n\r\n" +
                               full_message + "\r\nB sip:b SIP/2.0\r\nTo: no length\r\n\r\n" +
                               empty_message;
    observed whole;
    whole.push(sample);
    ASSERT_EQ(whole.events.size(), 6u);
    ASSERT_TRUE(whole.events.back().starts_with("error:"));
    for (std::size_t first = 0; first <= sample.size(); ++first) {
        for (std::size_t second = first; second <= sample.size(); ++second) {
            observed cut;
            cut.push(sample.substr(0, first));
            cut.push(sample.substr(first, second - first));
            cut.push(sample.substr(second));
            ASSERT_EQ(cut.events, whole.events) << first << ' ' << second;
        }
    }
}

TEST(Framer, OctetByOctetGivesTheSameEvents) {
    const auto sample = full_message + "\r\n\r\n" + empty_message;
    observed cut;
    for (const char c : sample) {
        cut.push(std::string(1, c));
    }
    EXPECT_EQ(cut.events, (texts{"message:" + full_message, "ping", "message:" + empty_message}));
}

std::string error_for(std::string_view headers) {
    observed seen;
    seen.push("A sip:b SIP/2.0\r\n" + std::string(headers) + "\r\n12345");
    return seen.events.size() == 1 && seen.events[0].starts_with("error:") ? seen.events[0]
                                                                           : "no error";
}

TEST(Framer, LengthThatDoesNotFrameIsAnError) {
    EXPECT_NE(error_for("To: x\r\n").find("missing"), std::string::npos);
    for (const auto* length : {"-1", "x", "", "5 5", "5,5", "0x5", "+5", "4294967296", "5;a"}) {
        EXPECT_NE(
            error_for("Content-Length: " + std::string(length) + "\r\n").find("not a number"),
            std::string::npos
        ) << length;
    }
    EXPECT_NE(error_for("l: 5\r\nl: 4\r\n").find("contradict"), std::string::npos);
    EXPECT_NE(error_for("Content-Length: 5\r\nl: 4\r\n").find("contradict"), std::string::npos);
    EXPECT_NE(error_for("l: 5\r\nl: 4\r\nl: 5\r\n").find("contradict"), std::string::npos);
    EXPECT_EQ(error_for("l: 5\r\nContent-Length: 5\r\n"), "no error");  // validate answers it
}

TEST(Framer, HeadersThatAreNoHeadersAreAnError) {
    EXPECT_EQ(
        error_for("l: 5\r\nFoo bar\r\n"),
        "error:" + std::string(to_text(parse_error::malformed_header_name))
    );
    EXPECT_EQ(
        error_for("l: 5\nX: y\r\n"), "error:" + std::string(to_text(parse_error::stray_line_end))
    );
    observed seen;
    seen.push("GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(
        seen.events, texts{"error:" + std::string(to_text(parse_error::malformed_start_line))}
    );
}

TEST(Framer, WhatFollowsAnErrorIsIgnored) {
    observed seen;
    seen.push(full_message + "A sip:b SIP/2.0\r\n\r\n" + empty_message);
    seen.push(empty_message);
    ASSERT_EQ(seen.events.size(), 2u);
    EXPECT_TRUE(seen.events[0].starts_with("message:"));
    EXPECT_TRUE(seen.events[1].starts_with("error:"));
}

TEST(Framer, BodyLimitIsExact) {
    const framer_limits limits{1000, 5};
    observed fits(limits), exceeds(limits);
    fits.push("A sip:b SIP/2.0\r\nl: 5\r\n\r\n12345");
    EXPECT_EQ(fits.events.size(), 1u);
    EXPECT_TRUE(fits.events[0].starts_with("message:"));
    exceeds.push("A sip:b SIP/2.0\r\nl: 6\r\n\r\n");
    ASSERT_EQ(exceeds.events.size(), 1u);
    EXPECT_TRUE(exceeds.events[0].starts_with("error:"));
}

TEST(Framer, HeaderLimitIsExactHoweverTheBytesArrive) {
    const auto size = empty_message.size();
    for (const std::size_t chunk : {std::size_t{1}, size}) {
        observed fits({size, 0}), exceeds({size - 1, 0});
        for (std::size_t at = 0; at < size; at += chunk) {
            fits.push(empty_message.substr(at, chunk));
            exceeds.push(empty_message.substr(at, chunk));
        }
        EXPECT_EQ(fits.events, texts{"message:" + empty_message}) << chunk;
        ASSERT_EQ(exceeds.events.size(), 1u) << chunk;
        EXPECT_EQ(exceeds.events[0], "error:the headers are longer than the limit");
    }
}

TEST(Framer, EndlessHeadersAreCutOffAtTheLimit) {
    observed seen({1000, 1000});
    std::size_t pushed = 0;
    while (seen.events.empty() && pushed < 5000) {
        seen.push("garbage without an end ");
        pushed += 23;
    }
    EXPECT_LE(pushed, 1000u + 23);
    EXPECT_EQ(seen.events.size(), 1u);
}

TEST(Framer, PushingWithoutReadingIsRefused) {
    framer stream({100, 100});
    const std::string bytes(250, '\r');
    stream.push(bytes);
    EXPECT_EQ(stream.error_text(), "");
    stream.push(bytes);
    EXPECT_NE(stream.error_text(), "");
    std::string_view message;
    EXPECT_EQ(stream.next(message), event::error);
}

TEST(Framer, BytewiseLongHeadersTakeLinearTime) {
    // Some 10^5 steps when each push looks at new octets only, more than 10^9 otherwise.
    framer stream;
    std::string_view message;
    const std::string start = "A sip:b SIP/2.0\r\nX: ";
    stream.push(start);
    for (std::size_t i = start.size(); i + 1 < framer_limits{}.max_header_bytes; ++i) {
        stream.push("x");
        ASSERT_EQ(stream.next(message), event::need_more);
    }
    stream.push("x");
    EXPECT_EQ(stream.next(message), event::error);
}

}  // namespace
}  // namespace sipha::sip
