#pragma once

namespace sipha::geo {

/// A point on the earth in degrees: latitude -90..90 (north positive), longitude -180..180 (east
/// positive).
struct coordinates {
    double latitude_deg = 0;
    double longitude_deg = 0;
};

/// Mean radius of the earth (IUGG), used for all distances.
inline constexpr double earth_radius_km = 6371.0088;

/// Whether both numbers are finite and in range. 0,0 lies in the sea and is nearly always a missing
/// value, but it is a point; whoever reads configuration judges it.
bool is_valid(const coordinates& point);

/// Great-circle distance (haversine) in km, 0 up to half the circumference.
/// @param from, to valid coordinates.
double distance_km(const coordinates& from, const coordinates& to);

}  // namespace sipha::geo
