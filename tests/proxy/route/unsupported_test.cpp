#include "proxy/route/unsupported.hpp"

#include <gtest/gtest.h>

#include "tests/support/sip_text.hpp"

namespace sipha::route {

TEST(Unsupported, NamesEveryTagOfEveryField) {
    test::request_text request;
    request.headers = {"Proxy-Require: foo , bar", "Require: other", "proxy-require: baz"};
    EXPECT_EQ(
        unsupported_line(*test::parsed(request), sip::header_id::proxy_require),
        "Unsupported: foo, bar, baz\r\n"
    );
}

}  // namespace sipha::route
