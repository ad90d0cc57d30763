#pragma once

#include "dnsgen/cli/arguments.hpp"

namespace sipha::dnsgen {

/// Runs a command: diagnostics go to standard error, results to standard output.
exit_code run(const arguments& what);

}  // namespace sipha::dnsgen
