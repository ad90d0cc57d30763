#include "resolver/src/question_book.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "resolver/src/dns_message.hpp"
#include "tests/resolver/support/zone.hpp"

namespace sipha::resolver::detail {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

const time_point start{hours(1)};
const question h1{"h1.ex", record_type::a};
const question h2{"h2.ex", record_type::a};
const question sip{"_sip._udp.ex", record_type::srv};

dns_answer found(std::uint32_t ttl_s, const char* ip = "192.0.2.1") {
    dns_answer answer;
    answer.status = answer_status::found;
    answer.addresses = {*address::parse(ip)};
    answer.ttl_s = ttl_s;
    return answer;
}

dns_answer absent(answer_status status, std::uint32_t ttl_s) {
    dns_answer answer;
    answer.status = status;
    answer.ttl_s = ttl_s;
    return answer;
}

dns_answer failed(errc reason = errc::dns_temporary) {
    dns_answer answer;
    answer.error = reason;
    return answer;
}

/// A book and the time, with what a lookup would do in one line.
struct reader {
    question_book book;
    time_point now = start;
    waiter_id next = 1;

    explicit reader(const book_limits& limits = {}) : book(limits) {}

    /// Asks; "asked", "joined", or what is known: its status, "stale" in front when it is old.
    std::string ask(const question& asked = h1) {
        const auto* known = book.ask(now, asked, next++);
        return known ? text(*known) : !book.take_questions().empty() ? "asked" : "joined";
    }

    static std::string text(const known_answer& known) {
        std::string out = known.is_stale ? "stale " : "";
        switch (known.answer->status) {
            case answer_status::found:
                return out + known.answer->addresses.at(0).to_string();
            case answer_status::alias:
                return out + "alias";
            case answer_status::no_data:
                return out + "no data";
            case answer_status::no_such_name:
                return out + "no name";
            case answer_status::failed:
                return out + "failed";
        }
        return "?";
    }

    /// Hands in an answer. @returns what the waiters got, joined by ",".
    std::string answer(dns_answer value, const question& asked = h1) {
        book.answer(now, asked, std::move(value));
        return deliveries();
    }

    std::string pass(time_point::duration by) {
        now += by;
        book.advance(now);
        return deliveries();
    }

    std::string deliveries() {
        std::string out;
        for (const auto& item : book.take_deliveries()) {
            out += (out.empty() ? "" : ",") + text(item.known);
        }
        return out;
    }
};

TEST(QuestionBook, KeepsAnAnswerExactlyItsTtl) {
    reader all;
    all.answer(found(60));
    all.pass(milliseconds(59'999));
    EXPECT_EQ(all.ask(), "192.0.2.1");
    EXPECT_EQ(all.ask({"h1.ex", record_type::aaaa}), "asked");
    all.pass(milliseconds(1));
    EXPECT_EQ(all.ask(), "asked");
}

TEST(QuestionBook, EqualQuestionsInFlightAreOne) {  // case 104
    reader all;
    EXPECT_EQ(all.ask(), "asked");
    for (int index = 0; index < 99; ++index) {
        EXPECT_EQ(all.ask(), "joined");
    }
    all.book.answer(all.now, h1, found(60));
    EXPECT_EQ(all.book.take_deliveries().size(), 100u);
    EXPECT_EQ(all.book.in_flight(), 0u);
    EXPECT_EQ(all.book.metrics().joined, 99u);
}

TEST(QuestionBook, ForgottenWaitersGetNothingAndTheAnswerIsKept) {  // cases 105, 106
    reader all;
    all.book.ask(all.now, h1, 1);
    all.book.ask(all.now, h1, 2);
    all.book.ask(all.now, h2, 2);
    all.book.forget(2);
    all.book.forget(77);
    all.book.answer(all.now, h1, found(60));
    const auto got = all.book.take_deliveries();
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got[0].waiter, 1u);
    EXPECT_EQ(all.answer(found(60), h2), "");
    EXPECT_EQ(all.ask(h2), "192.0.2.1");
}

TEST(QuestionBook, AnswersNobodyAskedForFillTheCache) {
    reader all;
    EXPECT_EQ(all.answer(found(60)), "");
    EXPECT_EQ(all.ask(), "192.0.2.1");
}

TEST(QuestionBook, ZeroTtlIsSharedForOneSecond) {  // case 100
    reader all;
    EXPECT_EQ(all.ask(), "asked");
    all.answer(found(0));
    for (int index = 0; index < 9; ++index) {
        all.pass(milliseconds(10));
        EXPECT_EQ(all.ask(), "192.0.2.1");
    }
    all.pass(milliseconds(910));
    EXPECT_EQ(all.ask(), "asked");
}

TEST(QuestionBook, NegativeAnswersEndWithTheirTtl) {  // cases 98, 99
    for (const auto status : {answer_status::no_such_name, answer_status::no_data}) {
        reader all;
        all.answer(absent(status, 17));
        all.pass(seconds(16));
        EXPECT_NE(all.ask(), "asked");
        all.pass(seconds(1));
        EXPECT_EQ(all.ask(), "asked");
    }
}

TEST(QuestionBook, LivesAreCapped) {  // case 101
    reader all;
    all.answer(found(0x80000005U));
    all.answer(absent(answer_status::no_data, 86'400), h2);
    all.pass(seconds(max_negative_ttl_s));
    EXPECT_EQ(all.ask(h2), "asked");
    all.pass(seconds(max_ttl_s - max_negative_ttl_s) - milliseconds(1));
    EXPECT_EQ(all.ask(), "192.0.2.1");
    all.pass(milliseconds(1));
    EXPECT_EQ(all.ask(), "asked");
}

TEST(QuestionBook, FailuresAreRememberedTwiceAsLongEachTime) {
    reader all;
    EXPECT_EQ(all.ask(), "asked");
    EXPECT_EQ(all.answer(failed()), "failed");
    for (const int pause : {5, 10, 20, 40, 60, 60}) {
        all.pass(seconds(pause) - milliseconds(1));
        EXPECT_EQ(all.ask(), "failed") << pause;
        all.pass(milliseconds(1));
        EXPECT_EQ(all.ask(), "asked") << pause;
        all.answer(failed());
    }
    all.answer(found(1));
    all.pass(seconds(1) + hours(25));
    EXPECT_EQ(all.ask(), "asked");
    all.answer(failed());
    all.pass(seconds(5));
    EXPECT_EQ(all.ask(), "asked") << "an answer ends the row of failures";
}

TEST(QuestionBook, FailureOfAnExpiredAnswerServesTheOldOne) {  // case 95
    reader all;
    all.answer(found(60));
    all.pass(seconds(60));
    EXPECT_EQ(all.ask(), "asked");
    EXPECT_EQ(all.answer(failed()), "stale 192.0.2.1");
    const auto* known = all.book.ask(all.now, h1, 99);
    ASSERT_TRUE(known);
    EXPECT_TRUE(known->is_stale);
    EXPECT_EQ(known->expires, all.now + question_book::stale_ttl);
    all.pass(question_book::stale_recheck - milliseconds(1));
    EXPECT_EQ(all.ask(), "stale 192.0.2.1") << "no question while the failure is remembered";
    all.pass(milliseconds(1));
    EXPECT_EQ(all.ask(), "asked");
    EXPECT_EQ(all.answer(found(60, "192.0.2.2")), "192.0.2.2");
}

TEST(QuestionBook, SlowDnsServesTheOldAnswerAfterTheDelay) {
    reader all;
    all.answer(found(60));
    all.pass(seconds(61));
    EXPECT_EQ(all.ask(), "asked");
    EXPECT_EQ(all.book.next_deadline(), all.now + milliseconds(1800));
    EXPECT_EQ(all.pass(milliseconds(1799)), "");
    EXPECT_EQ(all.ask(), "joined");
    EXPECT_EQ(all.pass(milliseconds(1)), "stale 192.0.2.1,stale 192.0.2.1");
    EXPECT_EQ(all.book.next_deadline(), never);
    EXPECT_EQ(all.ask(), "stale 192.0.2.1") << "the question is still open, nobody waits again";
    EXPECT_EQ(all.answer(found(60, "192.0.2.2")), "");
    EXPECT_EQ(all.ask(), "192.0.2.2");
}

TEST(QuestionBook, OldAnswersEndAfterOneDay) {  // case 96
    reader all;
    all.answer(found(60));
    all.pass(seconds(60) + hours(24) - milliseconds(1));
    EXPECT_EQ(all.ask(), "asked");
    EXPECT_EQ(all.answer(failed()), "stale 192.0.2.1");
    all.pass(milliseconds(1));
    EXPECT_EQ(all.ask(), "failed");
}

TEST(QuestionBook, WithoutStaleTimeNothingServesPastItsEnd) {
    reader all({.max_stale = seconds(0)});
    all.answer(found(60));
    all.pass(seconds(60));
    EXPECT_EQ(all.ask(), "asked");
    EXPECT_EQ(all.book.next_deadline(), never);
    EXPECT_EQ(all.answer(failed()), "failed");
}

TEST(QuestionBook, NegativeAnswersEndWhatWasKnownAtOnce) {  // case 97
    for (const auto status : {answer_status::no_such_name, answer_status::no_data}) {
        reader all;
        all.answer(found(60));
        all.answer(absent(status, 5));
        EXPECT_NE(all.ask(), "192.0.2.1");
        all.pass(seconds(5));
        EXPECT_EQ(all.ask(), "asked");
        EXPECT_EQ(all.answer(failed()), "failed") << "nothing stale is left";
    }
}

TEST(QuestionBook, ALoopOfAliasesIsNoReasonForOldAnswers) {
    reader all;
    all.answer(found(1));
    all.pass(seconds(1));
    all.ask();
    EXPECT_EQ(all.answer(failed(errc::alias_loop)), "failed");
}

TEST(QuestionBook, UseNearTheEndAsksAhead) {
    reader all;
    all.answer(found(100));
    all.pass(seconds(60));
    EXPECT_EQ(all.ask(), "192.0.2.1");  // in the second half: still in use
    all.pass(seconds(29));
    EXPECT_EQ(all.ask(), "192.0.2.1");
    EXPECT_FALSE(all.book.has_questions());
    all.pass(seconds(1));
    EXPECT_EQ(all.ask(), "192.0.2.1");
    EXPECT_EQ(all.book.take_questions(), std::vector<question>{h1});
    EXPECT_EQ(all.ask(), "192.0.2.1");
    EXPECT_FALSE(all.book.has_questions()) << "one question at a time";
    EXPECT_EQ(all.book.metrics().prefetches, 1u);
    all.answer(found(100, "192.0.2.2"));
    all.pass(seconds(50));
    EXPECT_EQ(all.ask(), "192.0.2.2");
}

TEST(QuestionBook, FailedPrefetchLeavesTheAnswerAndPauses) {
    reader all;
    all.answer(found(100));
    all.pass(seconds(91));
    all.ask();
    all.ask();
    EXPECT_EQ(all.book.take_questions().size(), 1u);
    all.answer(failed());
    EXPECT_EQ(all.ask(), "192.0.2.1");
    EXPECT_FALSE(all.book.has_questions());
}

TEST(QuestionBook, RareUseAndShortLivesAreNotAskedAhead) {
    reader rare;
    rare.answer(found(100));
    rare.pass(seconds(95));
    rare.ask();
    EXPECT_FALSE(rare.book.has_questions());
    reader brief;
    brief.answer(found(3));
    brief.answer(absent(answer_status::no_data, 100), h2);
    brief.pass(milliseconds(2500));
    brief.ask();
    brief.ask();
    brief.pass(seconds(95));
    brief.ask(h2);
    brief.ask(h2);
    EXPECT_FALSE(brief.book.has_questions());
}

TEST(QuestionBook, IsBoundedByEntriesAndForgetsTheLongestUnused) {
    reader all({.max_entries = 2});
    all.answer(found(10), {"a", record_type::a});
    all.answer(found(10), {"b", record_type::a});
    all.ask({"a", record_type::a});
    all.answer(found(10), {"c", record_type::a});
    EXPECT_EQ(all.book.size(), 2u);
    EXPECT_EQ(all.ask({"a", record_type::a}), "192.0.2.1");
    EXPECT_EQ(all.ask({"b", record_type::a}), "asked");
    EXPECT_EQ(all.book.metrics().evictions, 1u);

    reader none({.max_entries = 0});
    EXPECT_EQ(none.ask(), "asked");
    EXPECT_EQ(none.answer(found(10)), "192.0.2.1") << "what waits is served all the same";
    EXPECT_EQ(none.book.size(), 0u);
    EXPECT_EQ(none.book.bytes(), 0u);
}

TEST(QuestionBook, IsBoundedByBytes) {
    reader all({.max_entries = 1'000'000, .max_bytes = 64 * 1024});
    for (int index = 0; index < 1000; ++index) {
        all.answer(found(10), {"name" + std::to_string(index) + ".ex", record_type::a});
        EXPECT_LE(all.book.bytes(), 64u * 1024);
    }
    EXPECT_GT(all.book.size(), 50u);
    EXPECT_LT(all.book.size(), 1000u);
}

TEST(QuestionBook, QuestionsBeyondTheLimitAreRefusedAtOnce) {
    reader all({.max_open = 1});
    EXPECT_EQ(all.ask(), "asked");
    EXPECT_EQ(all.ask(), "joined");
    EXPECT_EQ(all.ask(h2), "failed");
    EXPECT_EQ(all.book.metrics().refused, 1u);
    all.answer(found(10));
    EXPECT_EQ(all.ask(h2), "asked");
}

TEST(QuestionBook, GlueIsKeptButNeverReplacesAnAnswer) {
    dns_answer srv = absent(answer_status::found, 60);
    srv.srv = {{1, 1, 5060, "h1.ex"}};
    srv.glue = {{h1, {*address::parse("192.0.2.7")}, 30}};
    reader all;
    all.answer(srv, sip);
    EXPECT_EQ(all.ask(), "192.0.2.7");
    all.answer(found(60));
    all.answer(srv, sip);
    EXPECT_EQ(all.ask(), "192.0.2.1");
    all.answer(absent(answer_status::no_such_name, 60));
    all.answer(srv, sip);
    EXPECT_EQ(all.ask(), "no name");
    all.pass(seconds(60));
    all.answer(srv, sip);
    EXPECT_EQ(all.ask(), "192.0.2.7");
}

TEST(QuestionBook, FlushDropsAllButTheLastResort) {  // case 121
    reader all;
    all.answer(found(600));
    all.answer(absent(answer_status::no_data, 600), h2);
    all.answer(failed(), sip);
    EXPECT_EQ(all.ask({"open.ex", record_type::a}), "asked");
    all.book.flush(all.now);
    EXPECT_EQ(all.book.take_questions(), (std::vector<question>{{"open.ex", record_type::a}}));
    EXPECT_EQ(all.ask(h2), "asked");
    EXPECT_EQ(all.ask(sip), "asked");
    EXPECT_EQ(all.ask(), "asked");
    EXPECT_EQ(all.pass(milliseconds(1800)), "stale 192.0.2.1");
    all.pass(question_book::flushed_stale - milliseconds(1800));
    EXPECT_EQ(all.answer(failed()), "");
    EXPECT_EQ(all.ask(), "failed") << "a minute later nothing old is left";
}

TEST(QuestionBook, FlushRestartsTheWaitForOldAnswers) {
    reader all;
    all.answer(found(60));
    all.pass(seconds(61));
    EXPECT_EQ(all.ask(), "asked");
    all.pass(milliseconds(1000));
    all.book.flush(all.now);
    EXPECT_EQ(all.book.next_deadline(), all.now + milliseconds(1800));
    EXPECT_EQ(all.pass(milliseconds(1800)), "stale 192.0.2.1");
}

}  // namespace
}  // namespace sipha::resolver::detail
