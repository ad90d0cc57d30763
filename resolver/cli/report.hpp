#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <sipha/resolver/resolution.hpp>

namespace sipha::resolver::cli {

/// What a probe found out about one candidate.
struct probe_result {
    enum class verdict : std::uint8_t { alive, dead, unknown };
    verdict found = verdict::unknown;
    std::chrono::microseconds rtt{0};  ///< when alive
    std::string cause;                 ///< when not: refused, silence, status-503, ...
};

/// What there is to print about one lookup.
struct report {
    std::string_view uri;
    std::error_code error;
    const lookup_result& result;
    time_point now;  ///< expiry times are printed as seconds from here
    /// One for each candidate, or none without --probe.
    std::vector<probe_result> probes;
};

/// `terminal` may use control sequences for colour; `plain` is for pipes and files.
enum class text_style : std::uint8_t { plain, terminal };

/// A table, one candidate a line in the order of trial; the explanation first if there is one.
std::string table_of(const report& from, text_style style);
/// One JSON object: uri, error (null or text), candidates, warnings, steps.
std::string json_of(const report& from);

}  // namespace sipha::resolver::cli
