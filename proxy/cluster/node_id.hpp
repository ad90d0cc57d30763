#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace sipha::cluster {

/// A node of the cluster: 1..65535 from the configuration; 0 means "none".
struct node_id {
    std::uint16_t value = 0;
    friend constexpr auto operator<=>(const node_id&, const node_id&) = default;
};

}  // namespace sipha::cluster

template <>
struct std::hash<sipha::cluster::node_id> {
    std::size_t operator()(sipha::cluster::node_id id) const { return id.value; }
};
