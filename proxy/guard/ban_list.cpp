#include "proxy/guard/ban_list.hpp"

#include <algorithm>

namespace sipha::guard {

std::string_view to_text(ban_reason why) {
    return why == ban_reason::flood ? "flood" : "passwords";
}

bool ban_list::find(timing::time_point now, source_key source) const {
    const auto found = bans_.find(source);
    return found != bans_.end() && now < found->second.until;
}

void ban_list::make_room(timing::time_point now) {
    std::erase_if(bans_, [&](const auto& each) {
        return now >= each.second.until + options_.longest;
    });
    if (bans_.size() < options_.max_bans) {
        return;
    }
    // The key decides among equals, so that the choice does not depend on the order of hashing.
    const auto first =
        std::min_element(bans_.begin(), bans_.end(), [](const auto& a, const auto& b) {
            return a.second.until != b.second.until ? a.second.until < b.second.until
                                                    : a.first < b.first;
        });
    bans_.erase(first);
}

std::chrono::seconds ban_list::ban(timing::time_point now, source_key source, ban_reason why) {
    if (find(now, source)) {
        return {};
    }
    if (!bans_.contains(source) && bans_.size() >= options_.max_bans) {
        make_room(now);
    }
    auto& record = bans_[source];
    if (record.times != 0 && now >= record.until + options_.longest) {
        record.times = 0;
    }
    auto length = options_.first;
    for (unsigned i = 0; i < record.times && length < options_.longest; ++i) {
        length *= 2;
    }
    length = std::min(length, options_.longest);
    ++record.times;
    record.until = now + length;
    record.why = why;
    return length;
}

bool ban_list::lift(timing::time_point now, source_key source) {
    const bool was_banned = find(now, source);
    bans_.erase(source);
    return was_banned;
}

std::vector<ban_list::view> ban_list::list(timing::time_point now) const {
    std::vector<view> out;
    for (const auto& [source, record] : bans_) {
        if (now < record.until) {
            const auto left = std::chrono::ceil<std::chrono::seconds>(record.until - now);
            out.push_back({source, record.why, left, record.times});
        }
    }
    std::ranges::sort(out, {}, &view::source);
    return out;
}

}  // namespace sipha::guard
