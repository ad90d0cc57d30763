#pragma once

#include <string>

namespace sipha::config {

/// A secret read from a file, or why it was not.
struct secret {
    std::string text;
    std::string error;  ///< empty on success
};

/// Reads a secret file named in a configuration file.
/// @param config_path the configuration file; a relative `name` is relative to its directory.
/// Refused: what is no regular file, files that others than the owner may read, write or execute,
/// and fewer than min_secret_bytes or more than max_secret_bytes beside the line ends at the end.
secret read_secret(const std::string& config_path, const std::string& name);

}  // namespace sipha::config
