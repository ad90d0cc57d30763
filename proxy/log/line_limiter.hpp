#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/timing/clock.hpp"

namespace sipha::log {

/// The value of "event=..." at the start of a line; empty when the line has none.
std::string_view event_name(std::string_view line);

/// Keeps a repeated event from filling the log: at most so many lines per second and event name.
/// Pure: time is an argument.
class line_limiter {
  public:
    struct suppressed {
        std::string event;
        std::uint64_t lines = 0;
        friend bool operator==(const suppressed&, const suppressed&) = default;
    };
    /// Names counted apart; further names share one allowance under the name "other".
    static constexpr std::size_t max_events = 256;

    explicit line_limiter(std::uint32_t lines_per_second) : limit_(lines_per_second) {}

    /// @returns whether the line may be written now.
    bool admit(timing::time_point now, std::string_view event);
    /// What was held back in seconds that are over, by name; each count is handed out once.
    std::vector<suppressed> take_suppressed(timing::time_point now);
    /// The same, the current second included; for the end of the process.
    std::vector<suppressed> take_all();
    std::size_t events() const { return events_.size(); }

  private:
    struct allowance {
        timing::time_point began;
        std::uint32_t written = 0;
        std::uint64_t held_back = 0;
    };
    allowance& find(timing::time_point now, std::string_view event);

    std::uint32_t limit_;
    bool is_holding_back_ = false;
    std::map<std::string, allowance, std::less<>> events_;
};

}  // namespace sipha::log
