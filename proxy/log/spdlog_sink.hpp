#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "proxy/log/log_sink.hpp"

namespace sipha::log {

enum class line_form : std::uint8_t {
    text,  ///< "2026-01-02T03:04:05.678901Z info event=... key=value"
    json,  ///< one JSON object, see json_line
};

struct log_options {
    proxy::log_level least = proxy::log_level::info;  ///< lines below it are not written
    line_form form = line_form::text;
    std::string file;                      ///< to append to; empty: standard error
    std::uint32_t lines_per_second = 100;  ///< per event name
    /// Takes each finished line, with its line end, instead of the file or standard error.
    std::function<void(std::string_view)> output;
};

/// A sink that writes "2026-01-02T03:04:05.678901Z info event=... key=value" lines, escaped, cut
/// and rate limited per event; what was held back is told by an event=log_suppressed line within
/// the next lines, at the latest when the last copy of the sink is destroyed. Safe to call from
/// several threads.
log_sink make_log_sink(log_options options = {});

/// A sink and what can be changed about it while it is in use.
struct adjustable_log {
    log_sink sink;
    std::function<void(proxy::log_level)> set_least;
    /// Opens the file anew, after it was renamed. @returns false when it cannot be opened; then
    /// lines go on into the old one.
    std::function<bool()> reopen;
};
/// Throws std::system_error naming the path when the file cannot be opened.
adjustable_log make_log(log_options options);

}  // namespace sipha::log
