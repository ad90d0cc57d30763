#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include <sipha/resolver/engine.hpp>
#include <sipha/resolver/health.hpp>
#include <sipha/resolver/metrics.hpp>
#include <sipha/resolver/resolution.hpp>

#include "resolver/src/question_book.hpp"
#include "resolver/src/route.hpp"
#include "resolver/src/table_cache.hpp"

namespace sipha::resolver::detail {

/// A lookup that ended.
struct finished_lookup {
    lookup_id id = 0;
    std::error_code error;
    lookup_result result;
};

/// Sizes of what the lookups of one engine keep.
struct lookup_limits {
    std::size_t max_lookups = 10'000;  ///< open at the same time, routes included
    std::size_t max_tables = 1024;     ///< finished lookups kept to draw from again
    book_limits book;
    health_options health;
};

/// All lookups of one engine: feeds them from the cache, joins equal questions in flight, applies
/// what is known of the places. Pure.
class lookups {
  public:
    /// @param seed start of the seeds given to lookups that bring none.
    lookups(const lookup_limits& limits, std::uint64_t seed);

    /// Starts a lookup of the complete list; it is among `take_finished` once.
    lookup_id start(time_point now, std::string_view uri, const lookup_options& options);
    /// Starts to locate where a response goes (RFC 3263 5).
    lookup_id start(time_point now, const via_target& via, const lookup_options& options);
    /// The result of an equal lookup, from what is known, or nothing; asks nothing.
    std::optional<lookup_result> try_now(
        time_point now, std::string_view uri, const lookup_options& options
    );
    /// Opens a route; it is among `take_ready` when it first has a candidate or none at all.
    lookup_id open(time_point now, std::string_view uri, const lookup_options& options);
    /// Ends a lookup with `errc::cancelled`; a route is closed. Unknown ids are ignored.
    void cancel(lookup_id id);
    /// Ends all of them with the given error; routes are closed.
    void cancel_all(errc reason);

    /// The next candidate of an open route; nothing for unknown ids.
    std::optional<candidate> next(time_point now, lookup_id id);
    /// Puts the route among `take_ready` once, when `next` has something to say.
    void await(time_point now, lookup_id id);
    /// @returns null when no such route is open; valid until the next call.
    const route* find_route(lookup_id id) const;

    /// What happened at a place.
    void report(time_point now, const candidate& target, const outcome& what);
    health& places() { return places_; }
    const health& places() const { return places_; }

    /// Hands in the answer to a question from `take_questions`; others only fill the cache.
    void answer(time_point now, const question& asked, dns_answer value);
    /// Runs deadlines.
    void advance(time_point now);
    /// Another network: `question_book::flush`; nothing is thought of any place any more.
    void flush(time_point now);

    /// Questions to ask now; each stays in flight until `answer`.
    std::vector<question> take_questions() { return book_.take_questions(); }
    bool has_questions() const { return book_.has_questions(); }
    /// Lookups that ended, in that order.
    std::vector<finished_lookup> take_finished() { return std::exchange(finished_, {}); }
    /// The same, into memory that the caller keeps.
    void take_finished(std::vector<finished_lookup>& into) {
        into.clear();
        into.swap(finished_);
    }
    /// Routes that have something to say, in that order.
    std::vector<lookup_id> take_ready() { return std::exchange(ready_, {}); }
    bool has_news() const { return !finished_.empty() || !ready_.empty(); }
    time_point next_deadline() const;
    const question_book& book() const { return book_; }
    const lookup_metrics& metrics() const { return metrics_; }
    /// Routes open, those included that nobody was told of yet.
    std::size_t open_routes() const;
    std::size_t tables() const { return tables_.size(); }

  private:
    struct list_lookup {
        resolution lookup;
        std::string uri;  ///< empty when its table is not kept
        lookup_options options;
    };
    struct entry {
        std::variant<list_lookup, route> lookup;
        time_point deadline = never;
        bool is_awaited = false;
    };
    /// What a lookup is asked for.
    struct wish {
        std::string_view uri;
        const lookup_options& options;
        std::uint64_t seed;
    };
    lookup_id begin(time_point now, entry item);
    lookup_id refuse();
    std::uint64_t seed_for(const lookup_options& options);
    std::optional<lookup_result> from_table(time_point now, const wish& wanted);
    std::optional<lookup_result> from_cache(time_point now, const wish& wanted);
    void pump(time_point now, lookup_id id);
    void pump(time_point now, lookup_id id, list_lookup& item);
    void pump(time_point now, lookup_id id, route& item);
    void keep_table(const list_lookup& item);
    void finish_list(time_point now, lookup_id id, list_lookup& item);
    void end(lookup_id id, errc reason);
    void finish(lookup_id id, std::error_code error, lookup_result result);
    void close(lookup_id id);
    void deliver(time_point now);
    void rearm(lookup_id id, time_point deadline);

    std::size_t max_lookups_;
    std::uint64_t next_seed_;
    lookup_id next_id_ = 1;
    question_book book_;
    health places_;
    table_cache tables_;
    std::map<lookup_id, entry> open_;
    std::set<lookup_id> explained_;  ///< open routes that tell their story
    std::set<std::pair<time_point, lookup_id>> deadlines_;
    std::vector<finished_lookup> finished_;
    std::vector<lookup_id> ready_;
    lookup_metrics metrics_;
};

}  // namespace sipha::resolver::detail
