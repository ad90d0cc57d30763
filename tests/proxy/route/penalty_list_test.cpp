#include "proxy/route/penalty_list.hpp"

#include <gtest/gtest.h>

#include "tests/support/sip_text.hpp"

namespace sipha::route {
namespace {

using namespace std::chrono_literals;

constexpr timing::time_point start{1000h};

sip::endpoint hop_number(unsigned number) {
    auto hop = test::at("udp:192.0.2.1:1");
    hop.port = static_cast<std::uint16_t>(number);
    return hop;
}

TEST(PenaltyList, AHopIsAvoidedForItsTime) {
    penalty_list list;
    EXPECT_TRUE(list.is_empty());
    list.add(start, hop_number(1), 30s);
    list.add(start, hop_number(1), 5s);
    EXPECT_TRUE(list.contains(start + 29s, hop_number(1))) << "a shorter one shortens nothing";
    EXPECT_FALSE(list.contains(start + 30s, hop_number(1)));
    EXPECT_FALSE(list.contains(start, hop_number(2)));
}

TEST(PenaltyList, TimesAreBounded) {
    penalty_list list;
    list.add(start, hop_number(1), 0s);
    list.add(start, hop_number(2), std::chrono::hours(24));
    EXPECT_TRUE(list.contains(start, hop_number(1)));
    EXPECT_FALSE(list.contains(start + 1s, hop_number(1)));
    EXPECT_FALSE(list.contains(start + penalty_list::longest_time, hop_number(2)));
}

TEST(PenaltyList, AnAnswerEndsIt) {
    penalty_list list;
    list.add(start, hop_number(1), 30s);
    list.remove(hop_number(1));
    EXPECT_FALSE(list.contains(start, hop_number(1)));
    EXPECT_TRUE(list.is_empty());
}

TEST(PenaltyList, AFullListTakesNoMoreUntilEntriesEnd) {
    penalty_list list;
    for (unsigned i = 1; i <= penalty_list::max_hops; ++i) {
        list.add(start, hop_number(i), 30s);
    }
    list.add(start, hop_number(2000), 30s);
    EXPECT_FALSE(list.contains(start, hop_number(2000)));
    EXPECT_EQ(list.size(), penalty_list::max_hops);
    list.add(start + 30s, hop_number(2000), 30s);
    EXPECT_TRUE(list.contains(start + 31s, hop_number(2000)));
    EXPECT_EQ(list.size(), 1u);
}

}  // namespace
}  // namespace sipha::route
