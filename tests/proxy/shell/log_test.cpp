#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

#include "proxy/log/escape.hpp"
#include "proxy/log/line_limiter.hpp"
#include "proxy/log/spdlog_sink.hpp"

namespace sipha::log {

namespace {

timing::time_point at(int milliseconds) {
    return timing::time_point(std::chrono::hours(1) + std::chrono::milliseconds(milliseconds));
}

}  // namespace

TEST(LogEscape, ControlBytesBecomeText) {
    EXPECT_EQ(escape("a\r\nb\x1b[31m\x7f"), "a\\x0d\\x0ab\\x1b[31m\\x7f");
    EXPECT_EQ(escape(std::string_view("\0", 1)), "\\x00");
    EXPECT_EQ(escape("caf\xc3\xa9 %s {}"), "caf\xc3\xa9 %s {}");
    EXPECT_EQ(escape("\xc2\x9b"), "\xc2\\x9b");
}

TEST(LogEscape, ALongLineIsCutAtTheLimit) {
    EXPECT_EQ(escape(std::string(max_line_bytes, 'x')).size(), max_line_bytes);
    const auto cut = escape(std::string(max_line_bytes + 1, 'x'));
    EXPECT_EQ(cut.size(), max_line_bytes + 3);
    EXPECT_TRUE(cut.ends_with("x..."));
}

TEST(LineLimiter, TakesTheEventsNameFromTheLine) {
    EXPECT_EQ(event_name("event=role_changed group=vip1"), "role_changed");
    EXPECT_EQ(event_name("event=alone"), "alone");
    EXPECT_EQ(event_name("no name"), "");
}

TEST(LineLimiter, AdmitsSoManyLinesASecondForEachEvent) {
    line_limiter limiter(3);
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(limiter.admit(at(i), "a"));
    }
    EXPECT_FALSE(limiter.admit(at(10), "a"));
    EXPECT_FALSE(limiter.admit(at(999), "a"));
    EXPECT_TRUE(limiter.admit(at(999), "b"));
    EXPECT_TRUE(limiter.admit(at(1000), "a"));
}

TEST(LineLimiter, TellsOnceWhatItHeldBack) {
    line_limiter limiter(1);
    limiter.admit(at(0), "a");
    limiter.admit(at(1), "a");
    limiter.admit(at(2), "a");
    EXPECT_TRUE(limiter.take_suppressed(at(999)).empty());
    const std::vector<line_limiter::suppressed> expected{{"a", 2}};
    EXPECT_EQ(limiter.take_suppressed(at(1000)), expected);
    EXPECT_TRUE(limiter.take_suppressed(at(3000)).empty());
    limiter.admit(at(3000), "a");
    limiter.admit(at(3000), "a");
    EXPECT_EQ(limiter.take_all(), (std::vector<line_limiter::suppressed>{{"a", 1}}));
}

TEST(LineLimiter, ManyNamesShareOneAllowance) {
    line_limiter limiter(1);
    for (std::size_t i = 0; i < 10 * line_limiter::max_events; ++i) {
        limiter.admit(at(0), "event" + std::to_string(i));
    }
    EXPECT_EQ(limiter.events(), line_limiter::max_events);
    EXPECT_FALSE(limiter.admit(at(0), "yet another"));
}

TEST(LogSink, WritesOneEscapedLineWithTimeAndLevel) {
    std::string out;
    log_options options;
    options.output = [&](std::string_view line) { out += line; };
    const auto sink = make_log_sink(options);
    sink({proxy::log_level::warn, "event=test text=\"a\nb {} %s\""});
    sink({proxy::log_level::debug, "event=invisible"});
    ASSERT_GT(out.size(), 28U);
    EXPECT_EQ(out[4], '-');
    EXPECT_EQ(out[10], 'T');
    EXPECT_EQ(out[26], 'Z');
    EXPECT_EQ(out.substr(27), " warn event=test text=\"a\\x0ab {} %s\"\n");
}

TEST(LogSink, ReportsSuppressedLinesAtTheEnd) {
    std::vector<std::string> lines;
    {
        log_options options;
        options.lines_per_second = 2;
        options.output = [&](std::string_view line) { lines.emplace_back(line.substr(28)); };
        const auto sink = make_log_sink(options);
        for (int i = 0; i < 2000; ++i) {
            sink({proxy::log_level::info, "event=flood"});
        }
    }
    std::size_t written = 0;
    std::size_t told = 0;
    for (const auto& line : lines) {
        if (line == "info event=flood\n") {
            ++written;
        } else {
            const auto at_count = line.find("lines=");
            ASSERT_NE(at_count, std::string::npos) << line;
            told += std::stoul(line.substr(at_count + 6));
        }
    }
    EXPECT_GE(written, 2U);
    EXPECT_LT(written, 100U);
    EXPECT_EQ(written + told, 2000U);
}

TEST(LogSink, WritesJsonWithTheSameTime) {
    std::string out;
    log_options options;
    options.form = line_form::json;
    options.output = [&](std::string_view line) { out += line; };
    make_log_sink(options)({proxy::log_level::info, "event=test n=1"});
    ASSERT_GT(out.size(), 40U);
    EXPECT_EQ(out.substr(0, 9), "{\"time\":\"");
    EXPECT_EQ(out[19], 'T');
    EXPECT_EQ(out.substr(36), "\",\"level\":\"info\",\"event\":\"test\",\"n\":\"1\"}\n");
}

TEST(LogSink, LeastLevelCanBeChanged) {
    std::string out;
    log_options options;
    options.output = [&](std::string_view line) { out += line; };
    const auto log = make_log(options);
    log.sink({proxy::log_level::debug, "event=one"});
    log.set_least(proxy::log_level::debug);
    log.sink({proxy::log_level::debug, "event=two"});
    log.set_least(proxy::log_level::error);
    log.sink({proxy::log_level::warn, "event=three"});
    EXPECT_EQ(out.find("one"), std::string::npos);
    EXPECT_NE(out.find("debug event=two"), std::string::npos);
    EXPECT_EQ(out.find("three"), std::string::npos);
}

TEST(LogSink, FileIsOpenedAnewAfterItWasRenamed) {
    std::string pattern = testing::TempDir() + "sipha-log-XXXXXX";
    const std::string directory = ::mkdtemp(pattern.data());
    log_options options;
    options.file = directory + "/proxy.log";
    const auto log = make_log(options);
    log.sink({proxy::log_level::info, "event=first"});
    std::filesystem::rename(options.file, options.file + ".1");
    log.sink({proxy::log_level::info, "event=second"});
    EXPECT_TRUE(log.reopen());
    log.sink({proxy::log_level::info, "event=third"});
    const auto text_of = [](const std::string& path) {
        std::ifstream file(path);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    const auto old = text_of(options.file + ".1");
    EXPECT_NE(old.find("first"), std::string::npos);
    EXPECT_NE(old.find("second"), std::string::npos) << "until it is told, it writes on";
    const auto fresh = text_of(options.file);
    EXPECT_NE(fresh.find("third"), std::string::npos);
    EXPECT_EQ(fresh.find("second"), std::string::npos);
    std::filesystem::remove_all(directory);
    EXPECT_FALSE(log.reopen()) << "the directory is gone";
    log.sink({proxy::log_level::info, "event=fourth"});
}

TEST(LogSink, FileThatCannotBeOpenedIsNamed) {
    log_options options;
    options.file = "/nowhere/proxy.log";
    try {
        make_log(options);
        FAIL() << "no such directory";
    } catch (const std::system_error& error) {
        EXPECT_NE(std::string(error.what()).find("/nowhere/proxy.log"), std::string::npos);
    }
}

}  // namespace sipha::log
