#pragma once

#include <optional>

#include <sipha/resolver/session.h>
#include <sipha/resolver/session.hpp>

namespace sipha::resolver::detail {

/// @returns nothing when a field names no known value, or is no address.
std::optional<session_options> to_session_options(const sipha_session_options& options);
/// Everything but the target, which needs a place to live in.
sipha_session_event to_struct(const session_event& event);
}  // namespace sipha::resolver::detail
