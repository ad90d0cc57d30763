#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sipha/resolver/engine.hpp>

#include "tests/resolver/cases/case_file.hpp"
#include "tests/resolver/cases/dns_network.hpp"
#include "tests/resolver/cases/options_text.hpp"
#include "tests/resolver/cases/place_double.hpp"
#include "tests/resolver/cases/verdict.hpp"

namespace sipha::resolver::test::cases {

/// The real engine over doubles, under a clock that only the case moves.
class world {
  public:
    using duration = std::chrono::milliseconds;
    /// When a case begins: far from zero, so that a clock may jump back.
    static constexpr time_point start{std::chrono::hours(1000)};

    world(const fields& setup, std::uint64_t seed);

    resolver::engine& engine() { return *engine_; }
    dns_network& dns() { return *dns_; }
    const lookup_options& options() const { return options_.lookup; }
    const failover_options& failover() const { return options_.failover; }
    time_point now() const { return now_; }

    /// The changes that may stand in any step: `at`, `zone`, `dns`, `servers`, `clock`, ...
    void prepare(const fields& step);
    /// Processes until nothing more is due at this moment.
    void settle();
    /// Processes at each deadline up to that moment, which becomes the present.
    void run_until(time_point end);
    /// The same, but stops as soon as the claim holds. @returns whether it does.
    bool run_until(time_point end, const std::function<bool()>& claim);
    /// Moves on to the engine's next deadline, but not beyond that moment, and processes.
    void run_to_next(time_point limit);
    /// Ends the engine.
    void destroy() { engine_.reset(); }

  private:
    time_point now_ = start;
    case_options options_;
    dns_network* dns_ = nullptr;      ///< owned by the engine
    place_double* places_ = nullptr;  ///< owned by the engine
    std::unique_ptr<resolver::engine> engine_;
};

}  // namespace sipha::resolver::test::cases
