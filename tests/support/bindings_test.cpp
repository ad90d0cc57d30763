#include "tests/support/bindings.hpp"

#include <gtest/gtest.h>

namespace sipha::test {

TEST(Bindings, RecordsAreWhatAPeerWouldTake) {
    registration_spec spec;
    spec.cseq = 7;
    spec.reach = state::reach::source;
    state::location store;
    merge(store, spec);
    const auto* found = only_binding(store);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->key, spec.key);
    EXPECT_EQ(found->winner().version.cseq, 7u);
    EXPECT_EQ(found->winner().value.reach, state::reach::source);
    EXPECT_EQ(found->winner().value.expires_at, epoch + spec.lifetime);
    EXPECT_EQ(only_binding(store, "sip:nobody@example.org"), nullptr);
}

}  // namespace sipha::test
