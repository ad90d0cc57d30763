#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <sipha/resolver/explain.hpp>
#include <sipha/resolver/health.hpp>
#include <sipha/resolver/options.hpp>
#include <sipha/resolver/resolution.hpp>
#include <sipha/resolver/target.hpp>

#include "resolver/src/inquiry.hpp"
#include "resolver/src/stored_route.hpp"

namespace sipha::resolver::detail {

/// A lookup that hands out one candidate after the other and looks up no more than it needs: the
/// next group of targets when fewer than two usable candidates are left. Pure.
class route {
  public:
    /// Candidates in good standing kept at hand; fewer make the next group wanted.
    static constexpr std::size_t usable_at_hand = 2;

    /// Attempts and decisions of health kept for `steps`; later ones are left out.
    static constexpr std::size_t max_story = 4 * max_candidates;

    route(std::string_view uri, lookup_options options, time_point now);
    /// Draws from a lookup that is finished already.
    route(stored_route_ptr stored, const lookup_options& options);

    void answer(const question& asked, known_answer value);
    /// Applies the rules. @returns questions to ask at once.
    std::vector<question> advance(time_point now, const health& places);
    /// The best candidate not handed out before, health taken into account; what is on probation
    /// is claimed. @returns nothing while the route waits, and when it is exhausted.
    std::optional<candidate> next(time_point now, health& places);
    /// `next` has something to say: a candidate, or that there is none any more.
    bool is_ready(time_point now, const health& places) const;
    bool is_exhausted(time_point now, const health& places) const;
    /// Why it is exhausted; success while it is not.
    std::error_code error(time_point now, const health& places) const;
    /// With `errc::all_backoff`: until the first of them may be tried.
    std::optional<std::chrono::seconds> retry_in(time_point now, const health& places) const;
    /// When `advance` must run although no answer came.
    time_point next_deadline() const;

    /// What happened at a place; only this route's own candidates count.
    void note_outcome(const candidate& target, const outcome& what);
    std::vector<warning> warnings() const;
    explanation steps() const;

  private:
    const route_table& table() const;
    bool is_waiting() const;
    bool has_more() const;
    bool was_handed_out(const candidate& place) const;
    bool is_shut(const candidate& place) const;
    std::size_t at_hand() const;
    std::vector<std::size_t> untried(std::size_t among) const;
    std::vector<candidate> places_at(const std::vector<std::size_t>& indexes) const;
    bool is_shown() const { return questions_.options().explain == explain_level::full; }
    void tell(step_kind kind, const candidate& place, std::string text);
    void tell_passed_over(time_point now, const candidate& chosen, const health& places);
    std::optional<std::size_t> choose(time_point now, const health& places) const;
    std::size_t usable_left(time_point now, const health& places) const;
    bool is_indifferent(const health& places) const;
    void redraw();
    void set_deadlines(time_point now, const health& places);

    inquiry questions_;
    stored_route_ptr stored_;  ///< set when nothing is asked at all
    drawn_route drawn_;
    std::uint64_t drawn_revision_ = 0;
    demand wanted_ = usable_at_hand;
    std::vector<candidate> handed_out_;
    std::error_code fixed_error_;
    time_point deadline_;            ///< when waiting for the next candidate ends
    time_point grace_ends_ = never;  ///< when candidates are taken that others may precede
    time_point retry_at_ = never;    ///< when what failed is asked again
    bool is_grace_over_ = false;
    bool is_given_up_ = false;     ///< the deadline passed
    bool is_secure_only_ = false;  ///< a certificate was not for the name
    explanation story_;            ///< attempts and what health did
};

}  // namespace sipha::resolver::detail
