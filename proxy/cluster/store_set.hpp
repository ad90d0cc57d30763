#pragma once

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "proxy/cluster/store.hpp"

namespace sipha::cluster {

/// The stores of a node in ascending order of kind; it owns none of them.
class store_set {
  public:
    /// @param stores not null, one per kind.
    explicit store_set(std::vector<store*> stores) : stores_(std::move(stores)) {
        std::ranges::sort(stores_, {}, &store::kind);
    }
    /// @returns null when no store takes this kind.
    store* find(record_kind kind) const {
        const auto place = std::ranges::lower_bound(stores_, kind, {}, &store::kind);
        return place != stores_.end() && (*place)->kind() == kind ? *place : nullptr;
    }
    std::span<store* const> all() const { return stores_; }

  private:
    std::vector<store*> stores_;
};

}  // namespace sipha::cluster
