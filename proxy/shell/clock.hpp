#pragma once

#include "proxy/timing/clock.hpp"

namespace sipha::shell {

/// The current monotonic time of this host.
timing::time_point mono_now();
/// The current time as a step takes it: steady clock and wall clock.
timing::instant now();

}  // namespace sipha::shell
