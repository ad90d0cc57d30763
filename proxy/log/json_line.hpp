#pragma once

#include <string>
#include <string_view>

namespace sipha::log {

/// A line "event=NAME key=value key=\"a value\"" as one JSON object (RFC 8259) with the members
/// `time`, `level`, `event`, `key` ...; values are strings. What is no pair goes into `text`.
/// @param time, level ASCII. @param text any octets; what is not UTF-8 becomes U+FFFD.
std::string json_line(std::string_view time, std::string_view level, std::string_view text);

}  // namespace sipha::log
