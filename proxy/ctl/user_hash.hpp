#pragma once

#include <string>

namespace sipha::ctl {

/// Reads a password from standard input, at a terminal without showing it.
/// @returns nothing typed as an empty text.
std::string read_password();

/// A line of the users file with the secrets of every algorithm, or why there is none.
struct hashed_user {
    std::string line;
    std::string error;  ///< empty on success
};
/// @param user name@domain. @param realm empty: the domain.
hashed_user hash_user(
    const std::string& user, const std::string& realm, const std::string& password
);

}  // namespace sipha::ctl
