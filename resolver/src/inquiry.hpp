#pragma once

#include <cstdint>
#include <vector>

#include <sipha/resolver/options.hpp>
#include <sipha/resolver/records.hpp>
#include <sipha/resolver/target.hpp>

#include "resolver/src/asked_questions.hpp"
#include "resolver/src/plan.hpp"
#include "resolver/src/uri.hpp"

namespace sipha::resolver::detail {

/// The questions and answers of one lookup, and the plan they make. Pure.
class inquiry {
  public:
    inquiry(sip_uri uri, lookup_options options);

    /// Hands in an answer; one to a question never asked is ignored, and so is a second one, unless
    /// the first was none or a failure.
    void answer(const question& asked, known_answer value);
    /// Applies the rules to what is known. @param wanted how far. @returns questions not asked
    /// before.
    std::vector<question> advance(time_point now, demand wanted);
    /// Asks again what failed and whose failure is forgotten by now. @returns those questions; the
    /// plan goes on without them until they are answered.
    std::vector<question> retry(time_point now);
    /// When `retry` has something to do.
    time_point next_retry() const;
    /// When `advance` must run again although no answer came.
    time_point next_deadline() const;

    const plan& current() const { return plan_; }
    /// Plans made so far: tells whether `current` changed.
    std::uint64_t revision() const { return revision_; }
    plan& current() { return plan_; }
    const sip_uri& uri() const { return uri_; }
    const lookup_options& options() const { return options_; }
    /// No answer used failed or stayed away.
    bool is_undisturbed() const;

  private:
    void note_silence(time_point now);
    time_point silence_ends() const;

    sip_uri uri_;
    lookup_options options_;
    asked_questions known_;
    plan plan_;
    demand wanted_ = 0;
    std::uint64_t revision_ = 0;
    bool has_news_ = true;
};

/// Times one question is asked again after failures while a route stays open.
inline constexpr unsigned max_retries = 3;

}  // namespace sipha::resolver::detail
