#pragma once

#include <system_error>

#include "resolver/cli/arguments.hpp"

namespace sipha::resolver::cli {

/// True when the URI or the options can never lead to a server.
bool is_usage_error(const std::error_code& error);
/// How a lookup ended, for scripts.
exit_code exit_code_of(const std::error_code& error);

}  // namespace sipha::resolver::cli
