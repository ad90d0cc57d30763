#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/auth/algorithm.hpp"
#include "proxy/auth/hasher.hpp"
#include "proxy/auth/identity.hpp"

namespace sipha::auth {

/// Limits of a users file, each with an error that names the line.
inline constexpr std::size_t max_users = 2'000'000;
inline constexpr std::size_t max_user_line_octets = 1024;
/// Errors reported for one file; more are counted only.
inline constexpr std::size_t max_user_errors = 100;

struct user_error {
    std::size_t line = 0;  ///< 1 for the first; 0: the file as a whole
    std::string text;      ///< what is wrong and what to write instead; never a secret
};

/// The users who may register and call, by user and domain, with their hashed secrets. Filled once,
/// then only read; a new file makes a new table.
class user_table {
  public:
    struct user {
        auth::identity identity;
        std::uint32_t index = 0;
    };
    /// @param domain any case. @returns nothing for an unknown user.
    std::optional<user> find(std::string_view name, std::string_view domain) const;
    /// HA1 of RFC 7616 3.4.2, H(user:realm:password). @param which one that the table was read for.
    std::span<const std::uint8_t> secret(const user& of, algorithm which) const;
    std::size_t size() const { return entries_.size(); }

  private:
    friend class user_reader;
    struct entry {
        std::uint32_t text = 0;  ///< position in texts_: name, domain, groups
        std::uint16_t name_size = 0;
        std::uint16_t domain_size = 0;
        std::uint16_t groups_size = 0;
    };
    static constexpr std::uint32_t empty_slot = 0xffffffff;

    user view(std::uint32_t index) const;
    std::size_t slot_of(std::string_view name, std::string_view domain) const;
    void add(const identity& who);

    std::string texts_;
    std::vector<std::uint8_t> secrets_;  ///< secret_octets_ for each entry
    std::vector<entry> entries_;
    std::vector<std::uint32_t> slots_;  ///< open addressing; a power of two, at most half full
    std::vector<algorithm> algorithms_;
    std::size_t secret_octets_ = 0;
};

/// A users file that was read: a table, or all that is wrong with it.
struct users_read {
    std::optional<user_table> table;  ///< nothing when there are errors
    std::vector<user_error> errors;   ///< at most max_user_errors
    std::size_t error_count = 0;
};

/// Reads a users file: one user a line,
///
///     alice@example.org:SHA-256:HEX,MD5:HEX:groups=office+sales
///
/// with the HA1 of each algorithm in hexadecimal and, behind a further colon, options. Empty lines
/// and lines that start with '#' are skipped. Nothing is taken from a file with an error.
/// @param algorithms what clients are offered: each user needs a secret for every one, because the
/// challenge is the same for all. Secrets for others are allowed and not kept.
users_read read_users(std::string_view text, std::span<const algorithm> algorithms);

/// What a line of the users file is made from.
struct user_secret {
    std::string_view name;
    std::string_view domain;
    std::string_view
        realm;  ///< of the challenge; the domain unless the proxy has a realm of its own
    std::string_view password;
};
/// Makes a line for `read_users`, without its line end.
/// @returns nothing when the name or domain cannot stand in such a file.
std::optional<std::string> user_line(
    const user_secret& who, std::span<const algorithm> algorithms, const hasher& hash
);

}  // namespace sipha::auth
