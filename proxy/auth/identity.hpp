#pragma once

#include <string_view>

#include "proxy/sip/uri.hpp"

namespace sipha::auth {

/// Who a request's credentials proved its sender to be. Views into the user table, valid for the
/// step in hand.
struct identity {
    std::string_view user;    ///< as in the user table, escapes undone
    std::string_view domain;  ///< lower case
    std::string_view groups;  ///< joined by '+'; empty: none

    /// Whether an address names this user: the same user part (escapes undone, case matters) at
    /// `domain`. @param served_domain the domain that the URI's host stands for here.
    bool owns(const sip::uri& address, std::string_view served_domain) const;
    bool is_in(std::string_view group) const;
};

/// Compares the user part of a URI, escapes undone, with a plain name (RFC 3261 19.1.4).
bool is_user(std::string_view escaped, std::string_view plain);

}  // namespace sipha::auth
