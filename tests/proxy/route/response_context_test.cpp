#include "proxy/route/response_context.hpp"

#include <gtest/gtest.h>

namespace sipha::route {
namespace {

TEST(ResponseContext, TheBetterFinalIsChosenBy16_7) {
    struct row {
        int candidate;
        int best;
        bool is_better;
    };
    const row rows[] = {
        {486, 0, true},                                          // anything beats nothing
        {0, 486, false},   {302, 486, true},                     // the lowest class
        {486, 302, false}, {486, 500, true},  {603, 302, true},  // a 6xx beats all
        {302, 603, false}, {401, 486, true},                     // those that tell how to try again
        {407, 404, true},  {415, 404, true},  {420, 404, true},
        {484, 404, true},  {404, 401, false}, {486, 404, false},  // equal: the first stays
        {404, 486, false}, {500, 503, true},                      // a 503 is about one server
        {503, 500, false}, {503, 0, true},    {603, 600, false},
    };
    for (const auto& [candidate, best, is_better] : rows) {
        EXPECT_EQ(is_better_final(candidate, best), is_better) << candidate << " after " << best;
    }
}

TEST(ResponseContext, IsCompleteWhenEveryBranchIsDone) {
    response_context context;
    EXPECT_TRUE(context.is_complete());
    context.branches.resize(2);
    context.branches[0].at = relay_branch::state::done;
    EXPECT_FALSE(context.is_complete());
    context.branches[1].at = relay_branch::state::done;
    EXPECT_TRUE(context.is_complete());
}

}  // namespace
}  // namespace sipha::route
