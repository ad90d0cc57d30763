#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <system_error>
#include <vector>

#include <sipha/resolver/explain.hpp>
#include <sipha/resolver/export.hpp>
#include <sipha/resolver/target.hpp>

namespace sipha::resolver {
namespace detail {
class route_handle;
}  // namespace detail

/// The candidates of one lookup, one after the other: what comes later is looked up only when it
/// is wanted. A cheap handle; copies are the same route. Belongs to the engine's thread; the route
/// is closed with its last handle, and exhausted when the engine is gone.
class SIPHA_RESOLVER_EXPORT route_set {
  public:
    /// Exhausted, of no engine.
    route_set();
    /// Made by the engine.
    explicit route_set(std::shared_ptr<detail::route_handle> handle);
    ~route_set();
    /// Another handle of the same route.
    route_set(const route_set&);
    /// The source may only be destroyed or assigned to.
    route_set(route_set&&) noexcept;
    /// Gives up its own route first.
    route_set& operator=(const route_set&);
    /// Gives up its own route first.
    route_set& operator=(route_set&&) noexcept;

    /// The best candidate not handed out before, by the rules of RFC 3263 4 and by what is known
    /// of the places at this moment; one on probation is handed to one caller only. @returns
    /// nothing while DNS answers are awaited (see `when_ready`) or when the route is exhausted.
    std::optional<candidate> next();
    /// Nothing will come any more.
    bool is_exhausted() const;
    /// Why there is no further candidate: `errc::exhausted` after the last one,
    /// `errc::tls_identity` when only less secure ones are left after a certificate failure,
    /// `errc::all_backoff` (see `retry_in`), or why the lookup failed; success until then.
    std::error_code error() const;
    /// With `errc::all_backoff`: when the first of the places may be tried again.
    std::optional<std::chrono::seconds> retry_in() const;
    /// Calls `ready` once, from `engine::process`, when `next` gives something or the route is
    /// exhausted; at the next `process` when that is so already. A second call replaces the first.
    void when_ready(std::function<void()> ready);
    /// What the lookup worked around so far.
    std::vector<warning> warnings() const;
    /// The story so far; empty unless `explain_level::full` was asked for.
    explanation steps() const;

  private:
    std::shared_ptr<detail::route_handle> handle_;
};

}  // namespace sipha::resolver
