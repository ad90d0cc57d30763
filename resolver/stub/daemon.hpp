#pragma once

#include "resolver/stub/arguments.hpp"

namespace sipha::resolver::stub {

/// Serves until SIGTERM or SIGINT. @returns the exit code.
/// @throws std::system_error naming what this machine does not give.
int serve(const arguments& asked);

}  // namespace sipha::resolver::stub
