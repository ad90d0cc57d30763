#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "proxy/log/log_sink.hpp"

namespace sipha::log {

struct log_options {
    proxy::log_level least = proxy::log_level::info;  ///< lines below it are not written
    std::uint32_t lines_per_second = 100;             ///< per event name
    /// Takes each finished line, with its line end; empty means standard error.
    std::function<void(std::string_view)> output;
};

/// A sink that writes "2026-01-02T03:04:05.678901Z info event=... key=value" lines, escaped, cut
/// and rate limited per event; what was held back is told by an event=log_suppressed line within
/// the next lines, at the latest when the last copy of the sink is destroyed. Safe to call from
/// several threads.
log_sink make_log_sink(log_options options = {});

}  // namespace sipha::log
