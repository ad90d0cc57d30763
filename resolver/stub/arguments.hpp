#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sipha/resolver/options.hpp>

#include "resolver/stub/answers.hpp"
#include "resolver/stub/dns_stub.hpp"
#include "resolver/stub/event_log.hpp"

namespace sipha::resolver::stub {

/// Exit codes that scripts rely on.
enum exit_code : int { exit_done = 0, exit_usage = 2, exit_environment = 3 };

/// What the command line asks for.
struct arguments {
    dns_server listen;
    std::vector<std::string> domains;  ///< normalised, each once
    engine_options engine;             ///< `servers` is empty when the system's are wanted
    lookup_options lookup;
    std::uint32_t ttl_s = default_ttl_s;
    /// Time between probes of each place; nothing switches probing off.
    std::optional<std::chrono::milliseconds> probe_interval{2000};
    forwarding forwards = forwarding::on;
    log_form log = log_form::text;
};

/// Reads the command line. Prints help, version and complaints itself.
/// @param exit_with set to the code to leave with when there is nothing to do.
/// @returns nothing when `exit_with` was set.
std::optional<arguments> parse_arguments(int argc, char** argv, int& exit_with);

}  // namespace sipha::resolver::stub
