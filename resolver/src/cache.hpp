#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include <sipha/resolver/records.hpp>
#include <sipha/resolver/target.hpp>

#include "resolver/src/known_answer.hpp"

namespace sipha::resolver::detail {

/// Answers with the time they end; bounded, the one that ends first makes room. Pure.
class cache {
  public:
    /// Even TTL 0 is shared for this long: a burst of lookups is one query (and RFC 1035 3.2.1
    /// still holds for what follows).
    static constexpr std::chrono::seconds min_life{1};
    /// RFC 2308 7.1 and RFC 9520 3.2: failures are remembered, but for less than 5 minutes.
    static constexpr std::chrono::seconds failure_life{5};

    explicit cache(std::size_t max_entries) : max_entries_(max_entries) {}

    /// @returns null when nothing is known any more at `now`; valid until the next call.
    const known_answer* find(time_point now, const question& asked) const;
    /// Keeps the answer and, where nothing better is known, the glue it brought.
    /// @returns the entry, even when `max_entries` is 0.
    known_answer store(time_point now, const question& asked, answer_ptr answer);
    std::size_t size() const { return entries_.size(); }

  private:
    using by_end = std::set<std::pair<time_point, question>>;

    void insert(const question& asked, known_answer entry);

    std::size_t max_entries_;
    std::map<question, known_answer> entries_;
    by_end ends_;
};

}  // namespace sipha::resolver::detail
