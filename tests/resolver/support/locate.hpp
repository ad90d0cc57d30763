#pragma once

#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <sipha/resolver/resolution.hpp>

#include "tests/resolver/support/zone.hpp"

namespace sipha::resolver::test {

/// What one lookup did and gave.
struct located {
    std::error_code error;
    lookup_result result;
    std::vector<question> asked;
    std::chrono::milliseconds took{0};  ///< of virtual time; DNS answers take none

    /// "T:h1:5061 U:h2/6:5060": letters U C T W X for UDP TCP TLS WS WSS; hN is 192.0.2.N, hN/6
    /// is 2001:db8::N.
    std::string text() const;
    bool has_asked(std::string_view name, record_type type) const;
    bool has_warning(warning_kind kind) const;
};

/// Runs the plan over the zone, with a clock that jumps to the next deadline when nothing moves.
located locate(const zone& content, std::string_view uri, const lookup_options& options = {});

}  // namespace sipha::resolver::test
