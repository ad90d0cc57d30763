#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/admin/control.hpp"
#include "proxy/node/node.hpp"

namespace sipha::admin {

/// Every number of the node in the text form of Prometheus (exposition format 0.0.4). Collected
/// from plain counters at this moment; docs/metrics.md lists the names, compared by a test.
std::string metrics_text(const proxy::node& node, const control& process);

/// The names in it, sorted.
std::vector<std::string> metric_names(const proxy::node& node, const control& process);

}  // namespace sipha::admin
