#include "examples/resolver/softphone/affinity.hpp"

#include <algorithm>
#include <utility>

namespace softphone {

affinity::key affinity::key_of(const candidate& place) {
    return {place.transport, place.ip, place.port};
}

void affinity::update(std::vector<candidate> candidates) {
    std::optional<key> kept;
    if (current_) {
        kept = key_of(candidates_[*current_]);
    }
    candidates_ = std::move(candidates);
    current_.reset();
    for (std::size_t index = 0; kept && index < candidates_.size(); ++index) {
        if (key_of(candidates_[index]) == *kept) {
            current_ = index;
            break;
        }
    }
}

bool affinity::is_marked(const candidate& place, time_point now) const {
    const auto found = marks_.find(key_of(place));
    return found != marks_.end() && found->second.until > now;
}

const candidate* affinity::choose(time_point now) {
    if (candidates_.empty()) {
        return nullptr;
    }
    if (current_ && is_marked(candidates_[*current_], now)) {
        current_.reset();  // chosen for want of a better one; there may be one by now
    }
    if (!current_) {
        const auto usable = std::find_if(
            candidates_.begin(),
            candidates_.end(),
            [this, now](const candidate& place) { return !is_marked(place, now); }
        );
        const auto chosen =
            usable != candidates_.end()
                ? usable
                : std::min_element(
                      candidates_.begin(),
                      candidates_.end(),
                      [this](const candidate& left, const candidate& right) {
                          return marks_.at(key_of(left)).until < marks_.at(key_of(right)).until;
                      }
                  );
        current_ = static_cast<std::size_t>(chosen - candidates_.begin());
    }
    return &candidates_[*current_];
}

void affinity::report_failure(time_point now) {
    if (!current_) {
        return;
    }
    const auto failed = key_of(candidates_[*current_]);
    current_.reset();
    auto& entry = marks_[failed];
    entry.length = entry.length.count() == 0 ? down_base : std::min(entry.length * 2, down_cap);
    entry.until = now + entry.length;
    if (marks_.size() > max_marks) {
        marks_.erase(std::min_element(
            marks_.begin(),
            marks_.end(),
            [](const auto& left, const auto& right) {
                return left.second.until < right.second.until;
            }
        ));
    }
}

void affinity::report_success() {
    if (current_) {
        marks_.erase(key_of(candidates_[*current_]));
    }
}

}  // namespace softphone
