#pragma once

#include <sipha/resolver/resolution.hpp>

#include "resolver/src/inquiry.hpp"
#include "resolver/src/known_answer.hpp"

namespace sipha::resolver::detail {

/// Draws the result of what an inquiry found; takes its warnings and steps.
lookup_result result_of(inquiry& questions);

/// What the engine needs of a resolution beyond its public face.
struct resolution_access {
    /// As `resolution::answer`, with everything that the cache knows about the answer.
    static void answer(resolution& of, const question& asked, known_answer value);
    /// @returns null unless the lookup ended well with no question open.
    static const inquiry* complete(const resolution& of);
};

}  // namespace sipha::resolver::detail
