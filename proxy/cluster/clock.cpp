#include "proxy/cluster/clock.hpp"

#include <algorithm>

namespace sipha::cluster {

hlc hlc_from_wall_ms(std::int64_t wall_ms) {
    constexpr std::int64_t last = (std::int64_t{1} << 47) - 1;
    return static_cast<hlc>(std::clamp<std::int64_t>(wall_ms, 0, last)) << 16;
}

hlc hybrid_clock::next(std::int64_t wall_ms) {
    // A full counter carries into the milliseconds, so the order holds under any rate.
    latest_ = std::max(latest_ + 1, hlc_from_wall_ms(wall_ms));
    return latest_;
}

hlc hybrid_clock::observe(hlc remote, std::int64_t wall_ms) {
    // Clamped first, so that adding the allowance cannot overflow.
    const auto wall = wall_ms_of(hlc_from_wall_ms(wall_ms));
    const auto highest = hlc_from_wall_ms(wall + max_clock_skew_ms) | 0xffff;
    if (remote > highest) {
        ++skewed_;
        remote = highest;
    }
    latest_ = std::max(latest_, remote);
    return remote;
}

}  // namespace sipha::cluster
