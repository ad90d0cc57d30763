#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "proxy/admin/control.hpp"
#include "proxy/node/node.hpp"

namespace sipha::admin {

/// Which of the lists a number belongs to.
enum class total_group : std::uint8_t {
    totals,  ///< work done since the start
    drops,   ///< what was dropped or refused, by reason
    shell,   ///< counters of sockets
    gauges,  ///< what is there now
};

/// Every number that the node shows: status, metrics and documentation are made from this list.
using total_visitor =
    std::function<void(total_group group, std::string_view name, std::uint64_t count)>;
void visit_totals(const proxy::node& node, const control& process, const total_visitor& visit);

}  // namespace sipha::admin
