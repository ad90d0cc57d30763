#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <sipha/resolver/engine.hpp>
#include <sipha/resolver/resolution.hpp>

#include "resolver/src/question_book.hpp"

namespace sipha::resolver::detail {

/// A lookup that ended.
struct finished_lookup {
    lookup_id id = 0;
    std::error_code error;
    lookup_result result;
};

/// All lookups of one engine: feeds them from the cache, joins equal questions in flight. Pure.
class lookups {
  public:
    /// @param seed start of the seeds given to lookups that bring none.
    lookups(std::size_t max_lookups, const book_limits& limits, std::uint64_t seed);

    lookup_id start(time_point now, std::string_view uri, lookup_options options);
    /// Ends one lookup with `errc::cancelled`; unknown ids are ignored.
    void cancel(lookup_id id);
    /// Ends all of them with the given error.
    void cancel_all(errc reason);
    /// Hands in the answer to a question from `take_questions`; others only fill the cache.
    void answer(time_point now, const question& asked, dns_answer value);
    /// Runs deadlines.
    void advance(time_point now);
    /// Another network: `question_book::flush`; questions in flight are to be asked again.
    void flush(time_point now);

    /// Questions to ask now; each stays in flight until `answer`.
    std::vector<question> take_questions() { return book_.take_questions(); }
    /// Lookups that ended, in that order.
    std::vector<finished_lookup> take_finished() { return std::exchange(finished_, {}); }
    bool has_finished() const { return !finished_.empty(); }
    time_point next_deadline() const;
    const question_book& book() const { return book_; }

  private:
    struct entry {
        resolution lookup;
        time_point deadline = never;
    };
    void pump(time_point now, lookup_id id);
    void deliver(time_point now);
    void rearm(lookup_id id, entry& item, time_point deadline);
    void finish(lookup_id id, std::error_code error);

    std::size_t max_lookups_;
    std::uint64_t next_seed_;
    lookup_id next_id_ = 1;
    question_book book_;
    std::map<lookup_id, entry> open_;
    std::set<std::pair<time_point, lookup_id>> deadlines_;
    std::vector<finished_lookup> finished_;
};

}  // namespace sipha::resolver::detail
