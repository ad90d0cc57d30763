#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sipha/resolver/target.hpp>

#include "tests/resolver/support/error_word.hpp"

/// The short notation of tests/data/resolver/cases.yaml.
namespace sipha::resolver::test::cases {

/// "h1" for 192.0.2.1, "h1/6" for 2001:db8::1, the address for others.
std::string host_text(const address& ip);
/// "U:h1", "T:h2/6:5070": letters U C T W X; the port only when it is not the transport's default.
std::string place_text(const candidate& place);
/// The words of `list`, with one space between them.
std::string places_text(const std::vector<candidate>& list);
/// "300ms", "1s", "86600s". @throws std::invalid_argument for anything else.
std::chrono::milliseconds parse_duration(const std::string& text);
/// Words between spaces.
std::vector<std::string> words_of(std::string_view text);

/// Compares words in order; "[a|b]" stands for its words in any order, "(a|b)" for one of them.
/// A word of the pattern without time matches "x@900" at any time. @returns nothing when they
/// match, else what differs.
std::optional<std::string> mismatch(std::string_view pattern, std::string_view actual);

}  // namespace sipha::resolver::test::cases
