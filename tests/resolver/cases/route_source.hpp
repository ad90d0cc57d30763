#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

#include <sipha/resolver/explain.hpp>
#include <sipha/resolver/health.hpp>

#include "tests/resolver/cases/world.hpp"

namespace sipha::resolver::test::cases {

/// The candidates of one URI as a transaction takes them from the engine: one at a time, each the
/// best that is left at that moment.
class route_source {
  public:
    route_source(world& here, const std::string& uri);
    ~route_source();
    route_source(const route_source&) = delete;
    route_source& operator=(const route_source&) = delete;

    /// Nothing means not yet, or `is_exhausted`.
    std::optional<candidate> next();
    bool is_exhausted() const;
    /// Why there is no further candidate; success until then.
    std::error_code error() const;
    /// What the route tells of itself.
    explanation steps() const;
    /// When the candidates left out for their Retry-After were all there are.
    std::optional<std::chrono::seconds> retry_in() const;
    /// Tells the engine what happened at a candidate.
    void report(const candidate& place, const outcome& what);

  private:
    struct state;
    std::shared_ptr<state> state_;
};

}  // namespace sipha::resolver::test::cases
