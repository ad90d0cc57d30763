#pragma once

#include <string>
#include <string_view>

namespace sipha::ctl {

/// A node's answer to one request, or why there is none.
struct reply {
    std::string line;
    std::string error;  ///< empty on success
};

/// Sends one line to a node's management socket and reads the answer, at most `limit_ms` long.
reply ask(const std::string& socket_path, std::string_view request, int limit_ms = 5000);

}  // namespace sipha::ctl
