// Plays tests/data/resolver/cases.yaml: one test for each case. With --table it prints what came
// out as a Markdown table instead.
#include <gtest/gtest.h>

#include <cstdio>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/resolver/cases/case_file.hpp"
#include "tests/resolver/cases/runner.hpp"

namespace sipha::resolver::test::cases {

void PrintTo(const case_text& item, std::ostream* out) {
    *out << item.title;
}

namespace {

const std::vector<case_text>& all_cases() {
    static const auto list = load_cases(SIPHA_TEST_DATA "/resolver/cases.yaml");
    return list;
}

class Cases : public testing::TestWithParam<case_text> {};

TEST_P(Cases, ComesOutAsTheFileSays) {
    const auto& item = GetParam();
    if (!item.needs.empty()) {
        GTEST_SKIP() << "pending: needs " << item.needs;
    }
    for (const auto& problem : problems_of(item)) {
        ADD_FAILURE() << problem;
    }
}

INSTANTIATE_TEST_SUITE_P(
    File,
    Cases,
    testing::ValuesIn(all_cases()),
    [](const testing::TestParamInfo<case_text>& item) { return item.param.name(); }
);

TEST(CasesFile, HoldsEveryCaseAndNoneIsPending) {
    EXPECT_EQ(all_cases().size(), 130u);
    for (const auto& item : all_cases()) {
        EXPECT_TRUE(item.needs.empty()) << item.name() << " is pending: needs " << item.needs;
    }
}

/// @returns 1 when a case failed or is pending.
int print_table() {
    int failed = 0;
    std::printf("| case | what holds | result | note |\n|---|---|---|---|\n");
    for (const auto& item : all_cases()) {
        std::string result = "pass";
        std::string note;
        if (!item.needs.empty()) {
            result = "pending";
            note = "needs " + item.needs;
        } else if (const auto problems = problems_of(item); !problems.empty()) {
            result = "FAIL";
            note = problems[0].substr(0, problems[0].find('\n'));
        }
        failed += result == "pass" ? 0 : 1;
        std::printf(
            "| %u | %s | %s | %s |\n", item.number, item.title.c_str(), result.c_str(), note.c_str()
        );
    }
    return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace sipha::resolver::test::cases

int main(int argc, char** argv) {
    for (int index = 1; index < argc; ++index) {
        if (std::string_view(argv[index]) == "--table") {
            return sipha::resolver::test::cases::print_table();
        }
    }
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
