#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include <sipha/resolver/records.hpp>
#include <sipha/resolver/target.hpp>

#include "resolver/src/known_answer.hpp"

namespace sipha::resolver::detail {

enum class question_state : std::uint8_t {
    open,      ///< asked, nothing came yet
    silent,    ///< nothing came for so long that the rules go on without; it still may come
    answered,  ///< `known` holds what the DNS said, be it a failure
};

/// A question of one lookup and what became of it.
struct asked_question {
    question asked;
    question_state state = question_state::open;
    known_answer known;
    time_point asked_at{};
    time_point answered_at = never;  ///< when the rules first saw the answer
    unsigned retries = 0;            ///< times it was asked again after a failure
    std::uint32_t hash = 0;
};

/// All questions of one lookup, found by name and type without building a `question`.
class asked_questions {
  public:
    /// @param name normalised. @returns null for what was not asked; valid until the next `add`.
    const asked_question* find(std::string_view name, record_type type) const;
    asked_question* find(std::string_view name, record_type type);
    /// @param asked not asked before.
    void add(question asked, time_point now);
    std::size_t size() const { return list_.size(); }
    std::vector<asked_question>& list() { return list_; }
    const std::vector<asked_question>& list() const { return list_; }

  private:
    std::vector<asked_question> list_;  ///< at most `max_questions`: searched, not indexed
};

}  // namespace sipha::resolver::detail
