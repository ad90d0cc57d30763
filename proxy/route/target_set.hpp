#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "proxy/route/targets.hpp"

namespace sipha::route {

/// The targets of one request that were not tried yet, in the order to try them (RFC 3261 16.6):
/// those of equal preference together, a lower preference only when nothing of a higher one is
/// pending. Of the flows of one phone one at a time (RFC 5626 7).
class target_set {
  public:
    /// Larger comes first. A target found by a redirection stays within the preference of the
    /// branch that was redirected (RFC 3261 16.7 step 4).
    using order = std::uint32_t;
    static order order_of(const target& what) { return what.q_thousandths * 1001u + 1000u; }
    static order order_below(order parent, std::uint16_t q_thousandths);

    struct entry {
        target what;
        order at = 0;
    };
    void add(target what, order at);

    /// What became of the flows of one phone so far.
    enum class instance : std::uint8_t {
        untried,
        busy,    ///< one of them is being tried
        failed,  ///< the last one failed in a way that says nothing about the phone
    };
    /// Tells the state of an instance; nothing else of a branch matters here.
    class branches {
      public:
        virtual ~branches() = default;
        virtual instance state_of(std::uint64_t instance) const = 0;
        virtual bool is_any_open() const = 0;
    };
    /// Position of the target to try next, nothing while others come first or none is left.
    std::optional<std::size_t> next(const branches& tried) const;
    /// How many could be tried at this moment, at most `limit`.
    std::size_t ready(const branches& tried, std::size_t limit) const;
    /// Takes a target out; it starts the group of its order.
    entry take(std::size_t position);
    /// The phone answered: its other flows are not needed (RFC 5626 7).
    void drop_instance(std::uint64_t phone);

    bool is_empty() const { return entries_.empty(); }
    std::size_t size() const { return entries_.size(); }
    const std::vector<entry>& entries() const { return entries_; }
    void clear();

  private:
    bool is_ready(const entry& candidate, const branches& tried) const;

    std::vector<entry> entries_;  ///< sorted, equal ones as they were added
    order group_ = UINT32_MAX;    ///< of the targets being tried now
};

}  // namespace sipha::route
