#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sipha::ctl {

/// Lays out a node's answer for people. @param command its name on the wire.
std::string for_people(std::string_view command, std::string_view answer);

/// The "error" of an answer that says "ok": false, with its "errors" one a line, or what is wrong
/// with the answer; empty when it is fine.
std::string error_of(std::string_view answer);

/// The capture file in an answer to trace_capture; empty when there is none.
std::string capture_of(std::string_view answer);

/// "45s", "12m 3s", "5h 2m", "3d 4h"; "-" and the same for what is past.
std::string readable_duration(std::int64_t seconds);

}  // namespace sipha::ctl
