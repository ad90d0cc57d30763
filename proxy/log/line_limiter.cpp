#include "proxy/log/line_limiter.hpp"

#include <chrono>
#include <utility>

namespace sipha::log {

namespace {

constexpr std::chrono::seconds window{1};
constexpr std::string_view shared_name = "other";

}  // namespace

std::string_view event_name(std::string_view line) {
    constexpr std::string_view key = "event=";
    if (!line.starts_with(key)) {
        return {};
    }
    line.remove_prefix(key.size());
    return line.substr(0, line.find(' '));
}

line_limiter::allowance& line_limiter::find(timing::time_point now, std::string_view event) {
    auto found = events_.find(event);
    if (found == events_.end() && events_.size() + 1 >= max_events) {
        event = shared_name;
        found = events_.find(event);
    }
    if (found == events_.end()) {
        found = events_.emplace(std::string(event), allowance{now, 0, 0}).first;
    }
    return found->second;
}

bool line_limiter::admit(timing::time_point now, std::string_view event) {
    auto& entry = find(now, event);
    if (now - entry.began >= window) {
        entry.began = now;
        entry.written = 0;
    }
    if (entry.written < limit_) {
        ++entry.written;
        return true;
    }
    ++entry.held_back;
    is_holding_back_ = true;
    return false;
}

std::vector<line_limiter::suppressed> line_limiter::take_suppressed(timing::time_point now) {
    std::vector<suppressed> taken;
    if (!is_holding_back_) {
        return taken;
    }
    is_holding_back_ = false;
    for (auto& [event, entry] : events_) {
        if (entry.held_back == 0) {
            continue;
        }
        if (now - entry.began >= window) {
            taken.push_back({event, std::exchange(entry.held_back, 0)});
        } else {
            is_holding_back_ = true;
        }
    }
    return taken;
}

std::vector<line_limiter::suppressed> line_limiter::take_all() {
    std::vector<suppressed> taken;
    for (auto& [event, entry] : events_) {
        if (entry.held_back > 0) {
            taken.push_back({event, std::exchange(entry.held_back, 0)});
        }
    }
    is_holding_back_ = false;
    return taken;
}

}  // namespace sipha::log
