#pragma once

#include <sipha/resolver/resolution.hpp>

#include "resolver/src/inquiry.hpp"

namespace sipha::resolver::detail {

/// Draws the result of what an inquiry found; takes its warnings and steps.
lookup_result result_of(inquiry& questions);

/// What the engine needs of a resolution beyond its public face.
struct resolution_access {
    /// @returns null unless the lookup ended well with no question open.
    static const inquiry* complete(const resolution& of);
};

}  // namespace sipha::resolver::detail
