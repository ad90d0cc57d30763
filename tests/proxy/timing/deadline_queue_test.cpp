#include "proxy/timing/deadline_queue.hpp"

#include <gtest/gtest.h>

namespace sipha::timing {
namespace {

using namespace std::chrono_literals;
constexpr time_point start{};

TEST(DeadlineQueue, EqualDeadlinesComeOutInInsertionOrder) {
    deadline_queue queue;
    queue.arm(start + 2s, 9);
    queue.arm(start + 1s, 7);
    queue.arm(start + 1s, 3);
    queue.arm(start + 1s, 5);
    EXPECT_EQ(queue.next_deadline(), start + 1s);
    EXPECT_EQ(queue.pop_due(start + 1s), 7u);
    EXPECT_EQ(queue.pop_due(start + 1s), 3u);
    EXPECT_EQ(queue.pop_due(start + 1s), 5u);
    EXPECT_EQ(queue.pop_due(start + 1s), std::nullopt);
    EXPECT_EQ(queue.pop_due(start + 5s), 9u);
    EXPECT_EQ(queue.next_deadline(), never);
}

TEST(DeadlineQueue, NeverIsNotStored) {
    deadline_queue queue;
    queue.arm(never, 1);
    EXPECT_EQ(queue.size(), 0u);
}

}  // namespace
}  // namespace sipha::timing
