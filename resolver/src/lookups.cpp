#include "resolver/src/lookups.hpp"

#include <algorithm>
#include <memory>

#include "resolver/src/draw.hpp"
#include "resolver/src/resolution_access.hpp"
#include "resolver/src/result_overlay.hpp"
#include "resolver/src/warnings.hpp"

namespace sipha::resolver::detail {
namespace {

freshness freshness_of(const known_answer& known) {
    return known.is_stale ? freshness::stale : freshness::fresh;
}

std::error_code overlay(
    time_point now, const health& places, const lookup_options& options, lookup_result& result
) {
    return options.health == health_use::overlay
               ? overlay_health(now, places, options.explain, result)
               : std::error_code{};
}

}  // namespace

lookups::lookups(const lookup_limits& limits, std::uint64_t seed)
    : max_lookups_(limits.max_lookups),
      next_seed_(seed),
      book_(limits.book),
      places_(limits.health, seed),
      tables_(limits.max_tables) {}

std::uint64_t lookups::seed_for(const lookup_options& options) {
    return options.seed ? *options.seed : keyed_draw(next_seed_++, draw_key("lookup")).next();
}

lookup_id lookups::refuse() {
    const auto id = next_id_++;
    ++metrics_.refused;
    finished_.push_back({id, errc::too_many_lookups, {}});
    return id;
}

lookup_id lookups::begin(time_point now, entry item) {
    const auto id = next_id_++;
    open_.try_emplace(id, std::move(item));
    pump(now, id);
    return id;
}

lookup_id lookups::start(time_point now, std::string_view uri, const lookup_options& options) {
    ++metrics_.started;
    if (open_.size() >= max_lookups_) {
        return refuse();
    }
    const auto seed = seed_for(options);
    if (auto drawn = from_table(now, {uri, options, seed})) {
        const auto id = next_id_++;
        const auto error = overlay(now, places_, options, *drawn);
        finish(id, error, std::move(*drawn));
        return id;
    }
    auto own = options;
    own.seed = seed;
    resolution lookup(uri, own, now);
    return begin(now, {list_lookup{std::move(lookup), std::string(uri), std::move(own)}});
}

lookup_id lookups::start(time_point now, const via_target& via, const lookup_options& options) {
    ++metrics_.started;
    if (open_.size() >= max_lookups_) {
        return refuse();
    }
    auto own = options;
    own.seed = seed_for(options);
    resolution lookup(via, own, now);
    return begin(now, {list_lookup{std::move(lookup), {}, std::move(own)}});
}

lookup_id lookups::open(time_point now, std::string_view uri, const lookup_options& options) {
    ++metrics_.routes;
    if (open_.size() >= max_lookups_) {
        return refuse();
    }
    auto own = options;
    own.seed = seed_for(options);
    const bool is_told = options.explain == explain_level::full;
    const auto* known = is_told ? nullptr : tables_.find(now, uri, options);
    metrics_.from_tables += known ? 1 : 0;
    entry item{known ? route(*known, own) : route(uri, std::move(own), now)};
    item.is_awaited = true;
    if (is_told) {
        explained_.insert(next_id_);
    }
    return begin(now, std::move(item));
}

std::optional<lookup_result> lookups::from_table(time_point now, const wish& wanted) {
    if (wanted.options.explain == explain_level::full) {
        return std::nullopt;  // the story is in the answers
    }
    const auto* known = tables_.find(now, wanted.uri, wanted.options);
    if (!known) {
        return std::nullopt;
    }
    ++metrics_.from_tables;
    const auto& stored = **known;
    auto drawn = draw_route(
        stored.table, {wanted.seed, wanted.options.srv_draw, wanted.options.tls_identity}
    );
    std::optional<lookup_result> result(std::in_place);
    result->candidates = std::move(drawn.candidates);
    result->warnings = stored.warnings;
    if (drawn.is_truncated) {
        add_warning(result->warnings, warning_kind::truncated, stored.table.tls_name);
    }
    return result;
}

std::optional<lookup_result> lookups::from_cache(time_point now, const wish& wanted) {
    auto own = wanted.options;
    own.seed = wanted.seed;
    list_lookup item{resolution(wanted.uri, own, now), std::string(wanted.uri), std::move(own)};
    for (bool has_news = true; has_news;) {
        has_news = false;
        for (auto& asked : item.lookup.advance(now)) {
            if (const auto* known = book_.find(now, asked)) {
                item.lookup.answer(asked, known->answer, known->expires, freshness_of(*known));
                has_news = true;
            }
        }
    }
    if (!item.lookup.is_done() || item.lookup.error()) {
        return std::nullopt;
    }
    keep_table(item);
    return item.lookup.take_result();
}

std::optional<lookup_result> lookups::try_now(
    time_point now, std::string_view uri, const lookup_options& options
) {
    const wish wanted{uri, options, seed_for(options)};
    auto result = from_table(now, wanted);
    if (!result) {
        result = from_cache(now, wanted);
    }
    if (result && overlay(now, places_, options, *result)) {
        result.reset();
    }
    return result;
}

void lookups::pump(time_point now, lookup_id id) {
    auto& item = open_.at(id);
    if (auto* list = std::get_if<list_lookup>(&item.lookup)) {
        pump(now, id, *list);
    } else {
        pump(now, id, std::get<route>(item.lookup));
    }
}

void lookups::pump(time_point now, lookup_id id, list_lookup& item) {
    for (bool has_news = true; has_news;) {
        has_news = false;
        for (auto& asked : item.lookup.advance(now)) {
            if (const auto* known = book_.ask(now, asked, id)) {
                item.lookup.answer(asked, known->answer, known->expires, freshness_of(*known));
                has_news = true;
            }
        }
    }
    if (item.lookup.is_done()) {
        finish_list(now, id, item);
    } else {
        rearm(id, item.lookup.next_deadline());
    }
}

void lookups::pump(time_point now, lookup_id id, route& item) {
    for (bool has_news = true; has_news;) {
        has_news = false;
        for (auto& asked : item.advance(now, places_)) {
            if (const auto* known = book_.ask(now, asked, id)) {
                item.answer(asked, *known);
                has_news = true;
            }
        }
    }
    auto& kept = open_.at(id);
    if (kept.is_awaited && item.is_ready(now, places_)) {
        kept.is_awaited = false;
        ready_.push_back(id);
    }
    rearm(id, item.next_deadline());
}

void lookups::keep_table(const list_lookup& item) {
    const auto* done = resolution_access::complete(item.lookup);
    if (!done || item.uri.empty() || !done->is_undisturbed() ||
        done->current().table.is_seed_bound) {
        return;
    }
    auto kept = std::make_shared<stored_route>();
    kept->table = done->current().table;
    kept->warnings = done->current().warnings;
    // Whether two places are the same depends on no draw: one tells for all.
    kept->table.has_duplicates = draw_route(kept->table, {}).has_duplicates;
    tables_.store(item.uri, item.options, std::move(kept), done->current().fresh_until);
}

void lookups::finish_list(time_point now, lookup_id id, list_lookup& item) {
    auto error = item.lookup.error();
    if (!error) {
        keep_table(item);
    }
    auto result = item.lookup.take_result();
    if (!error) {
        error = overlay(now, places_, item.options, result);
    }
    finish(id, error, std::move(result));
}

void lookups::finish(lookup_id id, std::error_code error, lookup_result result) {
    ++(error ? metrics_.failed : metrics_.succeeded);
    close(id);
    finished_.push_back({id, error, std::move(result)});
}

void lookups::close(lookup_id id) {
    if (const auto found = open_.find(id); found != open_.end()) {
        rearm(id, never);
        open_.erase(found);
        explained_.erase(id);
        book_.forget(id);
    }
    std::erase(ready_, id);
}

void lookups::cancel(lookup_id id) {
    if (const auto found = open_.find(id); found != open_.end()) {
        end(id, errc::cancelled);
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

/// Ends an open lookup early; one of a list is told of it, a route has nobody to tell.
void lookups::end(lookup_id id, errc reason) {
    auto* list = std::get_if<list_lookup>(&open_.at(id).lookup);
    if (list) {
        finish(id, reason, list->lookup.take_result());
    } else {
        close(id);
    }
}

void lookups::cancel_all(errc reason) {
    while (!open_.empty()) {
        end(open_.begin()->first, reason);
    }
}

std::optional<candidate> lookups::next(time_point now, lookup_id id) {
    const auto found = open_.find(id);
    auto* item = found == open_.end() ? nullptr : std::get_if<route>(&found->second.lookup);
    if (!item) {
        return std::nullopt;
    }
    pump(now, id);
    auto chosen = item->next(now, places_);
    pump(now, id);  // one less at hand may make the next group wanted
    return chosen;
}

void lookups::await(time_point now, lookup_id id) {
    if (find_route(id)) {
        open_.at(id).is_awaited = true;
        pump(now, id);
    }
}

const route* lookups::find_route(lookup_id id) const {
    const auto found = open_.find(id);
    return found == open_.end() ? nullptr : std::get_if<route>(&found->second.lookup);
}

void lookups::report(time_point now, const candidate& target, const outcome& what) {
    places_.report(now, target, what);
    // Only a wrong certificate changes routes; of anything else only those that tell take note.
    if (what.kind == outcome_kind::tls_identity) {
        for (auto& [id, item] : open_) {
            if (auto* way = std::get_if<route>(&item.lookup)) {
                way->note_outcome(target, what);
            }
        }
        return;
    }
    for (const auto id : explained_) {
        std::get<route>(open_.at(id).lookup).note_outcome(target, what);
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
            const auto found = open_.find(item.waiter);
            if (found == open_.end()) {
                continue;
            }
            const auto& known = item.known;
            if (auto* list = std::get_if<list_lookup>(&found->second.lookup)) {
                list->lookup.answer(item.asked, known.answer, known.expires, freshness_of(known));
            } else {
                std::get<route>(found->second.lookup).answer(item.asked, known);
            }
            pump(now, item.waiter);
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
    tables_.clear();
    places_.clear();
    book_.flush(now);
}

void lookups::rearm(lookup_id id, time_point deadline) {
    auto& item = open_.at(id);
    if (item.deadline != deadline) {
        deadlines_.erase({item.deadline, id});
        item.deadline = deadline;
        if (deadline != never) {
            deadlines_.emplace(deadline, id);
        }
    }
}

std::size_t lookups::open_routes() const {
    const auto count = std::count_if(open_.begin(), open_.end(), [](const auto& item) {
        return std::holds_alternative<route>(item.second.lookup);
    });
    return static_cast<std::size_t>(count);
}

time_point lookups::next_deadline() const {
    const auto first = deadlines_.empty() ? never : deadlines_.begin()->first;
    return std::min(first, book_.next_deadline());
}

}  // namespace sipha::resolver::detail
