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
/// Refused: files that others than the owner may read or write, and fewer than min_secret_bytes.
secret read_secret(const std::string& config_path, const std::string& name);

}  // namespace sipha::config
