#pragma once

#include <system_error>

#include <sipha/resolver/health.hpp>
#include <sipha/resolver/options.hpp>
#include <sipha/resolver/resolution.hpp>
#include <sipha/resolver/target.hpp>

namespace sipha::resolver::detail {

/// Puts the candidates into the order in which health wants them tried, and leaves out those that
/// asked for it; says so in the steps at `explain_level::full`. Nothing is claimed.
/// @returns `errc::all_backoff`, with `retry_in` set, when none is left of some.
std::error_code overlay_health(
    time_point now, const health& places, explain_level level, lookup_result& result
);

}  // namespace sipha::resolver::detail
