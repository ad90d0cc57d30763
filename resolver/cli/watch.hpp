#pragma once

#include "resolver/cli/arguments.hpp"

namespace sipha::resolver::cli {

/// Does what a phone does with the URI, without registering: locates, watches, changes servers.
/// Prints each event until SIGINT or SIGTERM. @returns the exit code: that of the last state.
int watch(const arguments& asked);

}  // namespace sipha::resolver::cli
