#include "resolver/src/lookups.hpp"

#include <memory>

#include "resolver/src/draw.hpp"

namespace sipha::resolver::detail {

lookups::lookups(std::size_t max_lookups, std::size_t max_cache_entries, std::uint64_t seed)
    : max_lookups_(max_lookups), next_seed_(seed), cache_(max_cache_entries) {}

lookup_id lookups::start(time_point now, std::string_view uri, lookup_options options) {
    const auto id = next_id_++;
    if (open_.size() >= max_lookups_) {
        finished_.push_back({id, errc::too_many_lookups, {}});
        return id;
    }
    if (!options.seed) {
        options.seed = keyed_draw(next_seed_++, "lookup").next();
    }
    open_.try_emplace(id, entry{resolution(uri, std::move(options), now), never});
    pump(now, id);
    return id;
}

void lookups::pump(time_point now, lookup_id id) {
    auto& item = open_.at(id);
    bool has_news = true;
    while (has_news) {
        has_news = false;
        for (auto& asked : item.lookup.advance(now)) {
            if (const auto* known = cache_.find(now, asked)) {
                item.lookup.answer(asked, known->answer, known->expires);
                has_news = true;
                continue;
            }
            auto& waiters = in_flight_[asked];
            if (waiters.empty()) {
                questions_.push_back(asked);
            }
            waiters.push_back(id);
        }
    }
    if (item.lookup.is_done()) {
        finish(id, item.lookup.error());
    } else {
        rearm(id, item, item.lookup.next_deadline());
    }
}

void lookups::rearm(lookup_id id, entry& item, time_point deadline) {
    if (item.deadline != deadline) {
        deadlines_.erase({item.deadline, id});
        item.deadline = deadline;
        if (deadline != never) {
            deadlines_.emplace(deadline, id);
        }
    }
}

void lookups::finish(lookup_id id, std::error_code error) {
    auto& item = open_.at(id);
    rearm(id, item, never);
    finished_.push_back({id, error, item.lookup.take_result()});
    open_.erase(id);
}

void lookups::cancel(lookup_id id) {
    if (open_.contains(id)) {
        finish(id, errc::cancelled);
        return;
    }
    // Ended, but not reported yet: the caller that cancels must not see a success afterwards.
    for (auto& done : finished_) {
        if (done.id == id) {
            done.error = errc::cancelled;
            done.result = {};
        }
    }
}

void lookups::cancel_all(errc reason) {
    while (!open_.empty()) {
        finish(open_.begin()->first, reason);
    }
}

void lookups::answer(time_point now, const question& asked, dns_answer value) {
    const auto known = cache_.store(now, asked, std::make_shared<dns_answer>(std::move(value)));
    const auto waiting = in_flight_.extract(asked);
    if (waiting.empty()) {
        return;
    }
    for (const auto id : waiting.mapped()) {
        // A lookup that ended meanwhile leaves its id here; the answer still filled the cache.
        if (const auto found = open_.find(id); found != open_.end()) {
            found->second.lookup.answer(asked, known.answer, known.expires);
            pump(now, id);
        }
    }
}

void lookups::advance(time_point now) {
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        pump(now, deadlines_.begin()->second);
    }
}

time_point lookups::next_deadline() const {
    return deadlines_.empty() ? never : deadlines_.begin()->first;
}

}  // namespace sipha::resolver::detail
