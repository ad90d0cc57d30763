#pragma once

#include <map>
#include <string>
#include <vector>

namespace sipha::daemon {

/// The file of the running program; of one that was replaced meanwhile, the file in its place.
std::string program_path();

/// Starts a program.
struct program_start {
    std::string path;
    std::vector<std::string> arguments;              ///< without the name
    std::map<std::string, std::string> environment;  ///< added to that of this process
    std::vector<int> descriptors;                    ///< it keeps them under the same numbers
};
/// @returns its process id, or what went wrong.
struct program_started {
    int pid = 0;
    std::string error;
};
program_started start_program(const program_start& what);

}  // namespace sipha::daemon
