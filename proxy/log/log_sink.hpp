#pragma once

#include <functional>

#include "proxy/node/effects.hpp"

namespace sipha::log {

/// Takes one log line; called on the worker thread, must not block for long and must not throw.
using log_sink = std::function<void(const proxy::log_line&)>;

}  // namespace sipha::log
