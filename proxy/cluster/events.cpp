#include "proxy/cluster/events.hpp"

#include <array>
#include <cstddef>

namespace sipha::cluster {

std::string_view to_string(loss_cause cause) {
    constexpr std::array<std::string_view, 3> names = {"silence", "link_lost", "restarted"};
    return names[static_cast<std::size_t>(cause)];
}

std::string_view to_string(ready_cause cause) {
    constexpr std::array<std::string_view, 3> names = {"single", "joined", "cold"};
    return names[static_cast<std::size_t>(cause)];
}

std::string_view to_string(refusal reason) {
    constexpr std::array<std::string_view, static_cast<std::size_t>(refusal::count_)> names = {
        "wrong_cluster",
        "wrong_version",
        "own_id",
        "unknown_peer",
        "unexpected_peer",
        "reflection",
        "wrong_mac",
        "unexpected_frame",
        "malformed",
        "too_long",
        "timeout",
        "too_many_links"};
    const auto place = static_cast<std::size_t>(reason);
    return place < names.size() ? names[place] : "unknown";
}

}  // namespace sipha::cluster
