#include "resolver/src/lookups.hpp"

#include <algorithm>
#include <memory>

#include "resolver/src/draw.hpp"

namespace sipha::resolver::detail {
namespace {

freshness freshness_of(const known_answer& known) {
    return known.is_stale ? freshness::stale : freshness::fresh;
}

}  // namespace

lookups::lookups(std::size_t max_lookups, const book_limits& limits, std::uint64_t seed)
    : max_lookups_(max_lookups), next_seed_(seed), book_(limits) {}

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
            if (const auto* known = book_.ask(now, asked, id)) {
                item.lookup.answer(asked, known->answer, known->expires, freshness_of(*known));
                has_news = true;
            }
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
    book_.forget(id);
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
    book_.answer(now, asked, std::move(value));
    deliver(now);
}

void lookups::deliver(time_point now) {
    // A lookup that ends asks nothing more, but one that goes on may bring more deliveries.
    while (book_.has_deliveries()) {
        for (const auto& item : book_.take_deliveries()) {
            // It may have ended by an earlier delivery of this batch.
            if (const auto found = open_.find(item.waiter); found != open_.end()) {
                const auto& known = item.known;
                found->second.lookup.answer(
                    item.asked, known.answer, known.expires, freshness_of(known)
                );
                pump(now, item.waiter);
            }
        }
    }
}

void lookups::advance(time_point now) {
    book_.advance(now);
    deliver(now);
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        pump(now, deadlines_.begin()->second);
    }
}

void lookups::flush(time_point now) {
    book_.flush(now);
}

time_point lookups::next_deadline() const {
    const auto first = deadlines_.empty() ? never : deadlines_.begin()->first;
    return std::min(first, book_.next_deadline());
}

}  // namespace sipha::resolver::detail
