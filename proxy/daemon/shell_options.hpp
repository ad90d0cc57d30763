#pragma once

#include <vector>

#include "proxy/config/config.hpp"
#include "proxy/daemon/handover_channel.hpp"
#include "proxy/shell/locator.hpp"
#include "proxy/shell/options.hpp"

namespace sipha::daemon {

/// The shell's part of a configuration. @param before whose sockets are gone on with; may be null.
shell::runtime_options shell_options(const config::daemon_options& options, predecessor* before);
std::vector<shell::locator::dns_server> dns_servers(const config::daemon_options& options);

}  // namespace sipha::daemon
