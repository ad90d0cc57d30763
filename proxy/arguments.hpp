#pragma once

#include <optional>
#include <string>

namespace sipha::proxy {

/// The command line of sipha-proxy.
struct arguments {
    std::string config;
    bool is_check = false;  ///< validate the configuration and touch nothing
};

/// What parsing the command line came to: go on with the arguments, or end with the exit code.
struct parsed_arguments {
    std::optional<arguments> go_on;
    int exit_code = 0;
};
parsed_arguments parse_arguments(int argc, char** argv);

}  // namespace sipha::proxy
