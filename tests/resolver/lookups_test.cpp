#include "resolver/src/lookups.hpp"

#include <gtest/gtest.h>

#include "resolver/src/dns_message.hpp"
#include "tests/resolver/support/zone.hpp"

namespace sipha::resolver::detail {
namespace {

using std::chrono::seconds;
using test::zone;

const time_point start{std::chrono::hours(1)};
const char* const uri = "sip:h1.ex:5060";

/// Answers what is asked until nothing moves. @returns the number of questions.
std::size_t serve(lookups& all, const zone& content, time_point now) {
    std::size_t count = 0;
    for (auto batch = all.take_questions(); !batch.empty(); batch = all.take_questions()) {
        for (const auto& asked : batch) {
            ++count;
            all.answer(now, asked, decode_answer(asked, content.respond(asked).value()));
        }
    }
    return count;
}

TEST(Lookups, EqualQuestionsInFlightAreAskedOnce) {
    lookups all({}, 1);
    for (int index = 0; index < 100; ++index) {
        all.start(start, uri, {});
    }
    EXPECT_EQ(serve(all, zone("h1.ex A 192.0.2.1"), start), 2u);
    const auto done = all.take_finished();
    ASSERT_EQ(done.size(), 100u);
    for (const auto& item : done) {
        EXPECT_FALSE(item.error);
    }
}

TEST(Lookups, CancellingOneLeavesTheOthers) {
    lookups all({}, 1);
    all.start(start, uri, {});
    const auto second = all.start(start, uri, {});
    all.cancel(second);
    all.cancel(second);
    all.cancel(99);
    serve(all, zone("h1.ex A 192.0.2.1"), start);
    const auto done = all.take_finished();
    ASSERT_EQ(done.size(), 2u);
    EXPECT_EQ(done[0].id, second);
    EXPECT_EQ(done[0].error, errc::cancelled);
    EXPECT_FALSE(done[1].error);
}

TEST(Lookups, CancellingTheLastStillFillsTheCache) {
    lookups all({}, 1);
    all.cancel(all.start(start, uri, {}));
    serve(all, zone("h1.ex A 192.0.2.1"), start);
    all.take_finished();
    all.start(start, uri, {});
    EXPECT_TRUE(all.take_questions().empty());
    EXPECT_EQ(all.take_finished().size(), 1u);
}

TEST(Lookups, CancellingWhatHasEndedUnreportedStillWins) {
    lookups all({}, 1);
    const auto id = all.start(start, "sip:192.0.2.1", {});
    all.cancel(id);
    const auto done = all.take_finished();
    ASSERT_EQ(done.size(), 1u);
    EXPECT_EQ(done[0].error, errc::cancelled);
}

TEST(Lookups, CachedAnswersEndWithTheirTtl) {
    lookups all({}, 1);
    const zone content("h1.ex 30 A 192.0.2.1; SOA 30 30");
    all.start(start, uri, {});
    EXPECT_EQ(serve(all, content, start), 2u);
    all.start(start + seconds(29), uri, {});
    EXPECT_EQ(serve(all, content, start + seconds(29)), 0u);
    all.start(start + seconds(30), uri, {});
    EXPECT_EQ(serve(all, content, start + seconds(30)), 2u);
}

TEST(Lookups, ZeroTtlIsOneQuestionForABurst) {
    lookups all({}, 1);
    const zone content("h1.ex 0 A 192.0.2.1; h1.ex 0 AAAA ::2");
    std::size_t asked = 0;
    for (int index = 0; index < 10; ++index) {
        const auto now = start + std::chrono::milliseconds(index * 10);
        all.start(now, uri, {});
        asked += serve(all, content, now);
    }
    EXPECT_EQ(asked, 2u);
    all.start(start + seconds(1), uri, {});
    EXPECT_EQ(serve(all, content, start + seconds(1)), 2u);
}

TEST(Lookups, NamesDifferingInCaseShareTheCache) {
    lookups all({}, 1);
    all.start(start, "sip:H1.EX.:5060", {});
    serve(all, zone("h1.ex A 192.0.2.1"), start);
    all.start(start, "sip:h1.ex:5060", {});
    EXPECT_TRUE(all.take_questions().empty());
}

TEST(Lookups, GlueSavesTheAddressQuestion) {
    lookups all({}, 1);
    all.start(start, "sip:ex;transport=udp", {});
    const zone content("GLUE; _sip._udp.ex SRV 1 1 5060 h1.ex; h1.ex A 192.0.2.1");
    EXPECT_EQ(serve(all, content, start), 2u);  // SRV and AAAA
    EXPECT_EQ(all.take_finished().at(0).result.candidates.size(), 1u);
}

TEST(Lookups, CandidatesOfADeadDnsAreMarkedStale) {  // case 95
    lookups all({}, 1);
    all.start(start, uri, {});
    serve(all, zone("h1.ex 60 A 192.0.2.1; h1.ex 60 AAAA 2001:db8::1"), start);
    EXPECT_FALSE(all.take_finished().at(0).result.candidates.at(0).is_stale);
    const auto later = start + seconds(61);
    all.start(later, uri, {});
    serve(all, zone("h1.ex A FAIL; h1.ex AAAA FAIL"), later);
    const auto done = all.take_finished();
    ASSERT_EQ(done.at(0).result.candidates.size(), 2u);
    EXPECT_TRUE(done[0].result.candidates[0].is_stale);
    EXPECT_TRUE(done[0].result.candidates[1].is_stale);
}

TEST(Lookups, SilentDnsGivesStaleCandidatesAfterTheDelay) {
    lookups all({}, 1);
    all.start(start, uri, {});
    serve(all, zone("h1.ex 60 A 192.0.2.1; h1.ex 60 AAAA 2001:db8::1"), start);
    all.take_finished();
    const auto later = start + seconds(61);
    all.start(later, uri, {});
    EXPECT_EQ(all.next_deadline(), later + std::chrono::milliseconds(1800));
    all.advance(later + std::chrono::milliseconds(1800));
    const auto done = all.take_finished();
    ASSERT_EQ(done.size(), 1u);
    EXPECT_EQ(done[0].result.candidates.size(), 2u);
    EXPECT_TRUE(done[0].result.candidates.at(0).is_stale);
}

TEST(Lookups, FlushAsksAgainForWhatIsOpen) {  // case 121
    lookups all({}, 1);
    all.start(start, uri, {});
    EXPECT_EQ(all.take_questions().size(), 2u);
    all.flush(start + seconds(1));
    EXPECT_EQ(serve(all, zone("h1.ex A 192.0.2.1"), start + seconds(1)), 2u);
    EXPECT_FALSE(all.take_finished().at(0).error);
}

TEST(Lookups, BudgetEndsALookupNobodyAnswers) {
    lookups all({}, 1);
    all.start(start, uri, {});
    EXPECT_EQ(all.next_deadline(), start + seconds(2));
    all.advance(start + seconds(2));
    EXPECT_EQ(all.take_finished().at(0).error, errc::dns_timeout);
    EXPECT_EQ(all.next_deadline(), never);
}

TEST(Lookups, LimitIsKeptAndReported) {
    lookup_limits few;
    few.max_lookups = 2;
    lookups all(few, 1);
    for (int index = 0; index < 3; ++index) {
        all.start(start, uri, {});
    }
    const auto done = all.take_finished();
    ASSERT_EQ(done.size(), 1u);
    EXPECT_EQ(done[0].error, errc::too_many_lookups);
}

TEST(Lookups, EachLookupDrawsAnew) {
    lookups all({}, 1);
    const zone content(
        "_sip._udp.ex SRV 1 1 5060 h1.ex; _sip._udp.ex SRV 1 1 5070 h1.ex; h1.ex A 192.0.2.1"
    );
    int first = 0;
    for (int index = 0; index < 100; ++index) {
        all.start(start, "sip:ex;transport=udp", {});
        serve(all, content, start);
        first += all.take_finished().at(0).result.candidates.at(0).port == 5060 ? 1 : 0;
    }
    EXPECT_NEAR(first, 50, 25);  // 5 standard deviations
}

}  // namespace
}  // namespace sipha::resolver::detail
