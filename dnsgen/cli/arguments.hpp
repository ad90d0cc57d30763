#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace sipha::dnsgen {

/// Exit codes of the program.
enum class exit_code : int {
    ok = 0,
    answer_is_no = 1,  ///< the check found errors
    usage = 2,         ///< wrong arguments, or an input that cannot be read
    environment = 3,   ///< the output could not be written
};

enum class command : std::uint8_t { check, render };
enum class report_format : std::uint8_t { text, json };

struct arguments {
    command action = command::check;
    std::string topology;
    std::string out;
    report_format format = report_format::text;
};

struct parsed_arguments {
    /// Nothing when the program is to end with `exit`, e.g. after --help.
    std::optional<arguments> result;
    exit_code exit = exit_code::ok;
};

/// Parses the command line; prints help, version or a usage error itself.
parsed_arguments parse_arguments(int argc, const char* const* argv);

}  // namespace sipha::dnsgen
