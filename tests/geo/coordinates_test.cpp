#include "sipha/geo/coordinates.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

namespace sipha::geo {
namespace {

constexpr coordinates chicago{41.88, -87.63};
constexpr coordinates new_york{40.71, -74.01};
constexpr coordinates san_jose{37.34, -121.89};
constexpr coordinates amsterdam{52.37, 4.90};
constexpr coordinates tokyo{35.68, 139.69};

TEST(Coordinates, KnownDistances) {
    EXPECT_NEAR(distance_km(chicago, new_york), 1144, 5);
    EXPECT_NEAR(distance_km(chicago, san_jose), 2958, 5);
    EXPECT_NEAR(distance_km(chicago, amsterdam), 6608, 5);
    EXPECT_NEAR(distance_km(tokyo, san_jose), 8337, 10);
}

TEST(Coordinates, DistanceIsSymmetricAndZeroToItself) {
    EXPECT_EQ(distance_km(tokyo, chicago), distance_km(chicago, tokyo));
    EXPECT_EQ(distance_km(tokyo, tokyo), 0);
}

TEST(Coordinates, AntipodesAndDateLine) {
    const double half_circumference = std::numbers::pi * earth_radius_km;
    EXPECT_NEAR(distance_km({0, 0}, {0, 180}), half_circumference, 1e-6);
    EXPECT_NEAR(distance_km({90, 0}, {-90, 123}), half_circumference, 1e-6);
    EXPECT_NEAR(distance_km({0, 179.5}, {0, -179.5}), half_circumference / 180, 1e-6);
    for (int latitude = -90; latitude <= 90; latitude += 7) {
        const auto distance = distance_km({latitude / 1.0, 13}, {-latitude / 1.0, -167});
        EXPECT_TRUE(std::isfinite(distance));
    }
}

TEST(Coordinates, ValidityEndsAtTheLimits) {
    EXPECT_TRUE(is_valid({90, 180}));
    EXPECT_TRUE(is_valid({-90, -180}));
    EXPECT_FALSE(is_valid({90.01, 0}));
    EXPECT_FALSE(is_valid({0, -180.01}));
    EXPECT_FALSE(is_valid({std::numeric_limits<double>::quiet_NaN(), 0}));
    EXPECT_FALSE(is_valid({0, std::numeric_limits<double>::infinity()}));
}

}  // namespace
}  // namespace sipha::geo
