#include "tests/support/documented_keys.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace sipha::test {
namespace {

using keys = std::set<std::string>;

TEST(DocumentedKeys, AreTheFirstCellsUnderTheHeading) {
    const auto path = testing::TempDir() + "sipha-documented-keys.md";
    std::ofstream(path) << "# Title\n| `zero` | x |\n## One\n| Key | Meaning |\n|---|---|\n"
                           "| `a.b` | see `c` |\n### Below\n| `d[]` | x |\ntext `e`\n## Two\n"
                           "| `f` | x |\n";
    EXPECT_EQ(documented_keys(path, "One"), (keys{"a.b", "d[]"}));
    EXPECT_EQ(documented_keys(path, "Two"), keys{"f"});
    EXPECT_EQ(documented_keys(path, "Three"), keys{});
    EXPECT_EQ(documented_keys(path + ".none", "One"), keys{});
    std::remove(path.c_str());
}

TEST(DocumentedKeys, DifferencesAreListed) {
    EXPECT_EQ(missing_keys({"a", "b", "c"}, {"b"}), "  a\n  c\n");
    EXPECT_EQ(missing_keys({"a"}, {"a", "b"}), "");
}

}  // namespace
}  // namespace sipha::test
