#include "resolver/src/cache.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace sipha::resolver::detail {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const time_point start{std::chrono::hours(1)};

answer_ptr answer_of(answer_status status, std::uint32_t ttl_s) {
    auto answer = std::make_shared<dns_answer>();
    answer->status = status;
    answer->ttl_s = ttl_s;
    if (status == answer_status::failed) {
        answer->error = errc::dns_temporary;
    }
    return answer;
}

const question h1{"h1.ex", record_type::a};

TEST(Cache, KeepsAnAnswerExactlyItsTtl) {
    cache kept(10);
    kept.store(start, h1, answer_of(answer_status::found, 60));
    EXPECT_TRUE(kept.find(start + milliseconds(59'999), h1));
    EXPECT_FALSE(kept.find(start + seconds(60), h1));
    EXPECT_FALSE(kept.find(start, {"h1.ex", record_type::aaaa}));
}

TEST(Cache, ZeroTtlIsSharedForOneSecond) {
    cache kept(10);
    kept.store(start, h1, answer_of(answer_status::found, 0));
    EXPECT_TRUE(kept.find(start + milliseconds(999), h1));
    EXPECT_FALSE(kept.find(start + seconds(1), h1));
}

TEST(Cache, NegativeAnswersEndWithTheirTtl) {
    cache kept(10);
    kept.store(start, h1, answer_of(answer_status::no_such_name, 17));
    EXPECT_TRUE(kept.find(start + seconds(16), h1));
    EXPECT_FALSE(kept.find(start + seconds(17), h1));
}

TEST(Cache, FailuresAreRememberedShortly) {
    cache kept(10);
    kept.store(start, h1, answer_of(answer_status::failed, 86400));
    EXPECT_TRUE(kept.find(start, h1));
    EXPECT_FALSE(kept.find(start + cache::failure_life, h1));
}

TEST(Cache, IsBoundedAndDropsWhatEndsFirst) {
    cache kept(2);
    kept.store(start, {"a", record_type::a}, answer_of(answer_status::found, 10));
    kept.store(start, {"b", record_type::a}, answer_of(answer_status::found, 5));
    kept.store(start, {"c", record_type::a}, answer_of(answer_status::found, 20));
    EXPECT_EQ(kept.size(), 2u);
    EXPECT_FALSE(kept.find(start, {"b", record_type::a}));
    cache none(0);
    EXPECT_TRUE(none.store(start, h1, answer_of(answer_status::found, 10)).answer);
    EXPECT_EQ(none.size(), 0u);
}

TEST(Cache, ANewAnswerReplacesTheOld) {
    cache kept(2);
    kept.store(start, h1, answer_of(answer_status::found, 10));
    kept.store(start + seconds(1), h1, answer_of(answer_status::no_such_name, 10));
    EXPECT_EQ(kept.find(start + seconds(1), h1)->answer->status, answer_status::no_such_name);
    EXPECT_EQ(kept.size(), 1u);
}

TEST(Cache, GlueIsKeptButNeverReplacesAnAnswer) {
    cache kept(10);
    auto srv = std::make_shared<dns_answer>();
    srv->status = answer_status::found;
    srv->ttl_s = 60;
    srv->glue = {{h1, {*address::parse("192.0.2.1")}, 30}};
    kept.store(start, {"_sip._udp.ex", record_type::srv}, srv);
    ASSERT_TRUE(kept.find(start, h1));
    EXPECT_EQ(kept.find(start, h1)->answer->addresses.size(), 1u);
    EXPECT_FALSE(kept.find(start + seconds(30), h1));

    cache other(10);
    other.store(start, h1, answer_of(answer_status::no_such_name, 60));
    other.store(start, {"_sip._udp.ex", record_type::srv}, srv);
    EXPECT_EQ(other.find(start, h1)->answer->status, answer_status::no_such_name);
}

}  // namespace
}  // namespace sipha::resolver::detail
