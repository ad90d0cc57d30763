#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sipha/resolver/session.hpp>

#include "resolver/cli/arguments.hpp"

namespace sipha::resolver::cli {

/// One event of --watch.
struct watched_event {
    std::int64_t unix_ms = 0;  ///< wall time, milliseconds since 1970
    session_event event;
    std::vector<place_status> places;  ///< after the event
};

/// "TIME state=pinned reason=alive target=udp:192.0.2.1:5060 ..." or the same as one JSON object,
/// with a line end.
std::string line_of(const watched_event& happened, output_format format);

}  // namespace sipha::resolver::cli
