#include "tests/sim/event_log.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

namespace sipha::sim {

namespace {

/// Violations kept; a broken world would otherwise fill the memory with the same sentence.
constexpr std::size_t max_violations = 100;

double seconds(timing::duration elapsed) {
    return std::chrono::duration<double>(elapsed).count();
}

std::string_view first_line(std::string_view bytes) {
    const auto line = bytes.substr(0, std::min(bytes.find_first_of("\r\n"), bytes.size()));
    const bool is_text =
        line.size() > 3 &&
        line.find_first_not_of(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .:;@/=-_"
        ) == std::string_view::npos;
    return is_text ? line : std::string_view();
}

}  // namespace

void event_log::mix(std::string_view text) {
    for (const char c : text) {
        hash_ = (hash_ ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
    }
    hash_ = (hash_ ^ 0xff) * 0x100000001b3;  // so that ("ab","c") and ("a","bc") differ
}

void event_log::note(
    timing::duration elapsed, std::string_view place, std::string_view what, std::string_view bytes
) {
    hash_ = (hash_ ^ static_cast<std::uint64_t>(elapsed.count())) * 0x100000001b3;
    mix(place);
    mix(what);
    mix(bytes);
    if (is_tracing_) {
        const auto line = first_line(bytes);
        std::printf(
            "%12.6f %-12.*s %.*s %.*s\n",
            seconds(elapsed),
            static_cast<int>(place.size()),
            place.data(),
            static_cast<int>(what.size()),
            what.data(),
            static_cast<int>(line.size()),
            line.data()
        );
    }
}

void event_log::violation(timing::duration elapsed, std::string text) {
    note(elapsed, "VIOLATION", text);
    if (violations_.size() < max_violations) {
        violations_.push_back("at " + std::to_string(seconds(elapsed)) + " s: " + std::move(text));
    }
}

}  // namespace sipha::sim
