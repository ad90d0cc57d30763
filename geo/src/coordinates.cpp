#include "sipha/geo/coordinates.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sipha::geo {

bool is_valid(const coordinates& point) {
    // NaN fails every comparison, so it is not valid either.
    return point.latitude_deg >= -90 && point.latitude_deg <= 90 && point.longitude_deg >= -180 &&
           point.longitude_deg <= 180;
}

double distance_km(const coordinates& from, const coordinates& to) {
    constexpr double radians = std::numbers::pi / 180;
    const double from_latitude = from.latitude_deg * radians;
    const double to_latitude = to.latitude_deg * radians;
    const double latitude_sine = std::sin((to_latitude - from_latitude) / 2);
    const double longitude_sine = std::sin((to.longitude_deg - from.longitude_deg) * radians / 2);
    const double haversine = latitude_sine * latitude_sine + std::cos(from_latitude) *
                                                                 std::cos(to_latitude) *
                                                                 longitude_sine * longitude_sine;
    // Rounding can push antipodes a hair above 1, where asin has no value.
    return 2 * earth_radius_km * std::asin(std::sqrt(std::min(1.0, haversine)));
}

}  // namespace sipha::geo
