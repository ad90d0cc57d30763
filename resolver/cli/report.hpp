#pragma once

#include <string>
#include <string_view>
#include <system_error>

#include <sipha/resolver/resolution.hpp>

namespace sipha::resolver::cli {

/// What there is to print about one lookup.
struct report {
    std::string_view uri;
    std::error_code error;
    const lookup_result& result;
    time_point now;  ///< expiry times are printed as seconds from here
};

/// A table, one candidate a line in the order of trial; the explanation first if there is one.
std::string table_of(const report& from);
/// One JSON object: uri, error (null or text), candidates, warnings, steps.
std::string json_of(const report& from);

}  // namespace sipha::resolver::cli
