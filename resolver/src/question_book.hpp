#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <sipha/resolver/metrics.hpp>
#include <sipha/resolver/records.hpp>
#include <sipha/resolver/target.hpp>

#include "resolver/src/known_answer.hpp"

namespace sipha::resolver::detail {

/// How much is kept, and for how long it may serve after its end.
struct book_limits {
    std::size_t max_entries = 1024;
    std::size_t max_bytes = std::size_t{2} << 20;
    /// Questions open at the same time; more are answered with `errc::too_many_lookups`.
    std::size_t max_open = 16'384;
    /// How long after its end a positive answer may serve while the DNS fails (RFC 8767 5).
    std::chrono::seconds max_stale{86'400};
    /// How long a caller waits for a fresh answer when a stale one is at hand (RFC 8767 5).
    std::chrono::milliseconds stale_delay{1800};
};

/// Who waits for an answer.
using waiter_id = std::uint64_t;

/// An answer for one waiter.
struct delivery {
    waiter_id waiter = 0;
    question asked;
    known_answer known;
};

/// What is known about DNS questions, and who waits for those in flight. Pure.
///
/// Keeps answers for their TTL, failures with a growing pause, and serves answers past their end
/// while the DNS fails (RFC 8767). Equal questions in flight are one question. Answers that are
/// used near their end are asked again before it. What was used longest ago makes room.
class question_book {
  public:
    /// Even TTL 0 is shared for this long: a burst of lookups is one query (and RFC 1035 3.2.1
    /// still holds for what follows).
    static constexpr std::chrono::seconds min_life{1};
    /// RFC 2308 7.1 and RFC 9520 3.2: a failure is remembered, longer each time in a row, but for
    /// less than 5 minutes.
    static constexpr std::chrono::seconds failure_base{5};
    static constexpr std::chrono::seconds failure_cap{60};
    /// A failed question with a stale answer is not asked again before this (RFC 8767 5).
    static constexpr std::chrono::seconds stale_recheck{30};
    /// What a stale answer lives for in the hands of its receiver (RFC 8767 5).
    static constexpr std::chrono::seconds stale_ttl{30};
    /// After a change of network what was known serves this long, as the last resort only.
    static constexpr std::chrono::seconds flushed_stale{60};
    /// The end of an answer's life, when its use asks for the next one: a tenth of it, at least
    /// this. Lives shorter than twice this are not renewed ahead.
    static constexpr std::chrono::seconds prefetch_min{2};

    explicit question_book(const book_limits& limits = {}) : limits_(limits) {}
    question_book(const question_book&) = delete;
    question_book& operator=(const question_book&) = delete;

    /// Looks without waiting. @returns null when the DNS must be asked; valid until the next call.
    const known_answer* find(time_point now, const question& asked);
    /// The same, but on null the waiter will be in one `delivery`, unless it is forgotten first.
    const known_answer* ask(time_point now, const question& asked, waiter_id waiter);
    /// Hands in the answer to a question from `take_questions`; others only fill the cache.
    void answer(time_point now, const question& asked, dns_answer value);
    /// Runs deadlines.
    void advance(time_point now);
    /// The waiter gets nothing any more. Its questions still run and fill the cache.
    void forget(waiter_id waiter);
    /// The network changed: negative answers and failures go, positive ones remain for
    /// `flushed_stale` as the last resort, questions in flight are to be asked again.
    void flush(time_point now);

    /// Questions to ask now; each stays in flight until `answer`.
    std::vector<question> take_questions() { return std::exchange(questions_, {}); }
    bool has_questions() const { return !questions_.empty(); }
    std::vector<delivery> take_deliveries() { return std::exchange(deliveries_, {}); }
    bool has_deliveries() const { return !deliveries_.empty(); }
    time_point next_deadline() const;

    std::size_t size() const { return table_.size(); }
    /// Memory of all entries, estimated from what they hold.
    std::size_t bytes() const { return bytes_; }
    std::size_t in_flight() const { return flights_.size(); }
    const cache_metrics& metrics() const { return metrics_; }

  private:
    struct entry;
    using node = std::pair<const question, entry>;
    struct failure {
        known_answer known;  ///< ends when the question may be asked again
        std::chrono::seconds pause{0};
    };
    struct entry {
        known_answer known;  ///< without an answer when only a failure is remembered
        time_point stale_until{};
        std::unique_ptr<failure> failed;
        node* newer = nullptr;
        node* older = nullptr;
        std::uint32_t life_s = 0;
        std::uint32_t bytes = 0;
        bool is_glue = false;
        bool was_used_late = false;  ///< in the second half of its life
    };
    struct question_hash {
        std::size_t operator()(const question& asked) const;
    };
    struct open_question {
        std::vector<waiter_id> waiters;
        time_point asked_at{};
        time_point stale_at = never;  ///< when waiters get the stale answer
    };
    using open_questions = std::map<question, open_question>;

    void keep(time_point now, const question& asked, answer_ptr answer, bool is_glue);
    known_answer keep_failure(time_point now, const question& asked, answer_ptr answer);
    void keep_glue(time_point now, std::vector<glue_record> glue);
    const known_answer* last_resort(time_point now, node& item);
    const known_answer* serve_stale(time_point now, node& item);
    bool has_stale(time_point now, const node& item) const;
    void note_use(time_point now, node& item);
    open_questions::iterator open(time_point now, const question& asked);
    void deliver(open_questions::iterator flight, const known_answer& known);
    void set_stale_at(open_questions::iterator flight, time_point when);

    node& place(const question& asked);
    void weigh(node& item);
    void touch(node& item);
    void link(node& item);
    void unlink(node& item);
    void erase(node& item);
    void make_room();

    book_limits limits_;
    std::unordered_map<question, entry, question_hash> table_;
    node* newest_ = nullptr;
    node* oldest_ = nullptr;
    std::size_t bytes_ = 0;
    open_questions flights_;
    std::map<waiter_id, std::vector<const question*>> waits_;  ///< keys of `flights_`
    std::set<std::pair<time_point, question>> stale_times_;
    known_answer served_;  ///< what `find` made up: a stale answer
    std::vector<question> questions_;
    std::vector<delivery> deliveries_;
    cache_metrics metrics_;
};

}  // namespace sipha::resolver::detail
