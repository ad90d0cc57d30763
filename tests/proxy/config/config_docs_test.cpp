#include <gtest/gtest.h>

#include "proxy/config/config.hpp"
#include "tests/proxy/config/sample.hpp"
#include "tests/support/documented_keys.hpp"

namespace sipha::config {
namespace {

TEST(ConfigDocs, NameEveryKeyOfTheProxyAndNoOther) {
    const auto read = parse(secured_sample(), "p.yaml");
    ASSERT_TRUE(read.options) << "the sample must be right to use every key";
    const auto documented =
        test::documented_keys(SIPHA_SOURCE_DIR "/docs/config.md", "sipha-proxy");
    EXPECT_EQ(test::missing_keys(read.diag.known_keys(), documented), "")
        << "add these keys to docs/config.md";
    EXPECT_EQ(test::missing_keys(documented, read.diag.known_keys()), "")
        << "the code does not know these keys of docs/config.md";
}

}  // namespace
}  // namespace sipha::config
