#include "resolver/stub/domain_view.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/resolver/stub/support.hpp"

namespace sipha::resolver::stub {
namespace {

TEST(DomainView, TransportsComeInTheOrderOfTheirFirstCandidate) {
    const auto via = [](transport value) {
        candidate out;
        out.transport = value;
        return out;
    };
    const std::vector<candidate> first{
        via(transport::tcp), via(transport::udp), via(transport::tcp)};
    const std::vector<candidate> others{via(transport::udp), via(transport::tls)};
    EXPECT_EQ(
        transports_of(first, others), (std::vector{transport::tcp, transport::udp, transport::tls})
    );
    EXPECT_TRUE(transports_of({}, {}).empty());
}

TEST(DomainView, TheLogLineMarksTheDead) {
    EXPECT_EQ(
        to_string(test::make_service(transport::udp, "192.0.2.1:5060@a 192.0.2.2:5070@b!")),
        "udp:192.0.2.1:5060,192.0.2.2:5070!"
    );
}

TEST(DomainView, UsablePlacesKeepTheirOrderAndTheLimit) {
    const auto of = test::make_service(
        transport::udp, "192.0.2.1:5060! 192.0.2.2:5060 192.0.2.3:5060 192.0.2.4:5060"
    );
    const auto shown = usable_places(of, 2);
    ASSERT_EQ(shown.size(), 2U);
    EXPECT_EQ(shown[0].ip.to_string(), "192.0.2.2");
    EXPECT_EQ(shown[1].ip.to_string(), "192.0.2.3");
    EXPECT_TRUE(usable_places(of, 0).empty());
}

}  // namespace
}  // namespace sipha::resolver::stub
