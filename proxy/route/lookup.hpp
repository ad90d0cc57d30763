#pragma once

#include <cstdint>
#include <string>

namespace sipha::route {

/// Asks for the targets of a SIP URI (RFC 3263); one answer comes back with the same query.
struct lookup {
    std::uint64_t query = 0;
    std::string uri;
};

}  // namespace sipha::route
