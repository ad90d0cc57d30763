#include "sipha/resolver/session.hpp"

#include <gtest/gtest.h>

namespace sipha::resolver {
namespace {

const time_point start{std::chrono::hours(1)};

candidate at(const char* ip, std::uint16_t port = 5060) {
    candidate place;
    place.ip = *address::parse(ip);
    place.port = port;
    return place;
}

std::string chosen(session& account, time_point now = start) {
    return account.choose(now)->ip.to_string();
}

TEST(Session, StaysWithItsCandidateWhenTheListIsReordered) {
    session account;
    account.update({at("192.0.2.1"), at("192.0.2.2")});
    EXPECT_EQ(chosen(account), "192.0.2.1");
    account.update({at("192.0.2.2"), at("192.0.2.1")});
    EXPECT_EQ(chosen(account), "192.0.2.1");
    account.update({at("192.0.2.3"), at("192.0.2.2")});
    EXPECT_EQ(chosen(account), "192.0.2.3");
}

TEST(Session, FailedCandidateComesLastUntilItsMarkEnds) {
    session account;
    account.update({at("192.0.2.1"), at("192.0.2.2")});
    chosen(account);
    account.report_failure(start);
    EXPECT_EQ(chosen(account), "192.0.2.2");
    account.report_failure(start + std::chrono::seconds(1));
    EXPECT_EQ(chosen(account), "192.0.2.1");  // all marked: the one that recovers first
    EXPECT_TRUE(account.is_marked(at("192.0.2.2"), start + std::chrono::seconds(2)));
    EXPECT_FALSE(account.is_marked(at("192.0.2.1"), start + session::down_base));
}

TEST(Session, MarksDoubleUpToTheCapAndSuccessForgets) {
    session account;
    account.update({at("192.0.2.1")});
    for (int round = 0; round < 8; ++round) {
        chosen(account);
        account.report_failure(start);
    }
    const auto before_cap = start + session::down_cap - std::chrono::seconds(1);
    EXPECT_TRUE(account.is_marked(at("192.0.2.1"), before_cap));
    EXPECT_FALSE(account.is_marked(at("192.0.2.1"), start + session::down_cap));
    chosen(account);
    account.report_success();
    EXPECT_FALSE(account.is_marked(at("192.0.2.1"), start));
}

TEST(Session, MarkedCandidateGivesWayToANewOne) {
    session account;
    account.update({at("192.0.2.1")});
    chosen(account);
    account.report_failure(start);
    EXPECT_EQ(chosen(account), "192.0.2.1");
    account.update({at("192.0.2.1"), at("192.0.2.2")});
    EXPECT_EQ(chosen(account), "192.0.2.2");
}

TEST(Session, EmptyListHasNothingToChoose) {
    session account;
    EXPECT_EQ(account.choose(start), nullptr);
    account.report_failure(start);
    account.update({at("192.0.2.1")});
    EXPECT_NE(account.choose(start), nullptr);
    account.update({});
    EXPECT_EQ(account.choose(start), nullptr);
}

TEST(Session, MarksAreBounded) {
    session account;
    for (std::size_t index = 0; index <= session::max_marks; ++index) {
        account.update({at("192.0.2.1", static_cast<std::uint16_t>(1 + index))});
        account.choose(start);
        account.report_failure(start + std::chrono::milliseconds(index));
    }
    EXPECT_FALSE(account.is_marked(at("192.0.2.1", 1), start));
    EXPECT_TRUE(account.is_marked(at("192.0.2.1", 2), start));
}

}  // namespace
}  // namespace sipha::resolver
