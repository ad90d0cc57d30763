#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <sipha/resolver/options.hpp>

namespace sipha::resolver::cli {

/// Exit codes that scripts rely on.
enum exit_code : int { exit_found = 0, exit_no_target = 1, exit_usage = 2, exit_dns = 3 };

enum class output_format : std::uint8_t { table, json };
enum class probing : std::uint8_t { off, on };
enum class watching : std::uint8_t { off, on };

/// What the command line asks for.
struct arguments {
    std::string uri;
    engine_options engine;
    lookup_options lookup;
    output_format format = output_format::table;
    probing probes = probing::off;
    watching watches = watching::off;
};

/// Reads the command line. Prints help, version and complaints itself.
/// @param exit_with set to the code to leave with when there is nothing to do.
/// @returns nothing when `exit_with` was set.
std::optional<arguments> parse_arguments(int argc, char** argv, int& exit_with);

}  // namespace sipha::resolver::cli
