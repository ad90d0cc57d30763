#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "proxy/auth/users.hpp"

namespace sipha::config {

/// A users file that was read, or every reason why not.
struct loaded_users {
    std::shared_ptr<const auth::user_table> users;  ///< null when there are errors
    std::vector<std::string> errors;                ///< "users.txt:3: ..." with the remedy
};

/// Octets a users file may have.
inline constexpr std::size_t max_users_file_bytes = std::size_t{512} << 20;

/// Reads the users file named in a configuration file, at the start and for a live reload: the old
/// table stays in use until the caller takes the new one.
/// @param config_path the configuration file; a relative `name` is relative to its directory.
/// @param algorithms for which each user needs a secret.
/// Refused: what is no regular file, a file that its group or others may read or write, and files
/// with any error in them.
loaded_users load_users(
    const std::string& config_path,
    const std::string& name,
    std::span<const auth::algorithm> algorithms
);

}  // namespace sipha::config
