#pragma once

#include <memory>
#include <vector>

#include <sipha/resolver/explain.hpp>

#include "resolver/src/route_table.hpp"

namespace sipha::resolver::detail {

/// A finished lookup before its draw.
struct stored_route {
    route_table table;
    std::vector<warning> warnings;
};

/// Shared by the cache of tables and the open routes that draw from it, whichever ends last.
using stored_route_ptr = std::shared_ptr<const stored_route>;

}  // namespace sipha::resolver::detail
