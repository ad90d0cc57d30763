#include "sipha/resolver/failover.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "tests/resolver/support/places.hpp"

namespace sipha::resolver {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::place;

const time_point start{std::chrono::hours(1)};

std::string_view name(failover_result value) {
    switch (value) {
        case failover_result::answered:
            return "answered";
        case failover_result::timed_out:
            return "timed-out";
        case failover_result::unreachable:
            return "unreachable";
        case failover_result::tls_identity:
            return "tls-identity";
        case failover_result::flow_lost:
            return "flow-lost";
        case failover_result::all_backoff:
            return "all-backoff";
        case failover_result::cancelled:
            return "cancelled";
    }
    return "?";
}

/// Runs one transaction; the story is what it did: "send1:h1", "ack1", "mark:h1=ok", ...
class world {
  public:
    explicit world(failover_options options, std::vector<candidate> route)
        : machine_(std::move(options)), route_(route.begin(), route.end()) {
        machine_.start(now);
        drain();
    }

    void response(unsigned attempt, std::uint16_t status, int retry_after = -1) {
        machine_.on_response(
            now,
            attempt,
            status,
            retry_after < 0 ? std::nullopt : std::optional(seconds(retry_after))
        );
        drain();
    }
    void failure(unsigned attempt, outcome_kind what) {
        machine_.on_failure(now, attempt, what);
        drain();
    }
    void probed(unsigned attempt, outcome_kind what) {
        machine_.on_probe(now, attempt, what);
        drain();
    }
    void cancel() {
        machine_.cancel(now);
        drain();
    }
    /// Runs every deadline up to this time after the start.
    void until(milliseconds after) {
        while (machine_.next_deadline() <= start + after) {
            now = std::max(now, machine_.next_deadline());
            machine_.advance(now);
            drain();
        }
        now = start + after;
    }
    /// What was done since the last call.
    std::string story() { return std::exchange(story_, {}); }
    milliseconds at() const { return std::chrono::duration_cast<milliseconds>(now - start); }

    time_point now = start;
    std::optional<seconds> retry_in;
    transaction_done end;

    const failover& machine() const { return machine_; }

  private:
    static std::string host(const candidate& target) {
        return "h" + std::to_string(target.rank.draw);
    }
    void tell(const std::string& text) { story_ += (story_.empty() ? "" : " ") + text; }
    void drain() {
        for (auto effects = machine_.take_effects(); !effects.empty();
             effects = machine_.take_effects()) {
            for (const auto& effect : effects) {
                std::visit([this](const auto& item) { run(item); }, effect);
            }
        }
    }
    void run(const send_request& item) {
        tell("send" + std::to_string(item.attempt.number) + ":" + host(item.attempt.target));
    }
    void run(const send_ack& item) {
        tell("ack" + std::to_string(item.attempt.number) + ":" + host(item.attempt.target));
    }
    void run(const send_cancel& item) {
        tell("cancel" + std::to_string(item.attempt.number) + ":" + host(item.attempt.target));
    }
    void run(const send_probe& item) {
        tell("probe" + std::to_string(item.attempt.number) + ":" + host(item.attempt.target));
    }
    void run(const end_late_call& item) {
        tell("end" + std::to_string(item.attempt.number) + ":" + host(item.attempt.target));
    }
    void run(const mark_place& item) {
        tell(host(item.target) + "=" + std::string(resolver::name(item.what.kind)));
    }
    void run(const want_candidate&) {
        if (route_.empty()) {
            machine_.no_more(now, retry_in);
            return;
        }
        const auto next = route_.front();
        route_.pop_front();
        machine_.offer(now, next);
    }
    void run(const transaction_done& item) {
        end = item;
        tell(
            "done:" + std::string(name(item.result)) +
            (item.status == 0 ? "" : "/" + std::to_string(item.status))
        );
    }

    failover machine_;
    std::deque<candidate> route_;
    std::string story_;
};

failover_options of(request_kind kind, early_failover early = early_failover::probe) {
    failover_options options;
    options.kind = kind;
    options.early = early;
    return options;
}

std::vector<candidate> two() {
    return {place(1, 1), place(2, 2)};
}

TEST(Failover, FirstAnswerEndsIt) {
    world run(of(request_kind::other), two());
    run.response(1, 200);
    EXPECT_EQ(run.story(), "send1:h1 h1=ok done:answered/200");
    EXPECT_TRUE(run.machine().is_over());
    EXPECT_EQ(run.machine().next_deadline(), never);
}

TEST(Failover, TransportErrorTriesTheNextAtOnce) {
    world run(of(request_kind::invite), two());
    run.failure(1, outcome_kind::refused);
    EXPECT_EQ(run.story(), "send1:h1 h1=refused send2:h2");
    EXPECT_EQ(run.at(), milliseconds(0));
    run.failure(2, outcome_kind::reset);
    EXPECT_EQ(run.story(), "h2=reset done:unreachable");
}

// Case 73: the 503 is acknowledged where it came from; the next attempt is a new one.
TEST(Failover, UnavailableIsAcknowledgedAndTheNextTried) {
    world run(of(request_kind::invite), two());
    run.response(1, 503);
    EXPECT_EQ(run.story(), "send1:h1 ack1:h1 h1=unavailable send2:h2");
    run.response(2, 503, 30);
    EXPECT_EQ(run.story(), "ack2:h2 h2=unavailable done:answered/503");
}

// Case 76.
TEST(Failover, AllInBackoffSendsNothing) {
    failover machine(of(request_kind::other));
    machine.start(start);
    auto effects = machine.take_effects();
    ASSERT_EQ(effects.size(), 1u);
    EXPECT_TRUE(std::holds_alternative<want_candidate>(effects[0]));
    machine.no_more(start, seconds(25));
    effects = machine.take_effects();
    ASSERT_EQ(effects.size(), 1u);
    const auto& end = std::get<transaction_done>(effects[0]);
    EXPECT_EQ(end.result, failover_result::all_backoff);
    EXPECT_EQ(end.retry_in, seconds(25));
    EXPECT_EQ(end.attempt.number, 0u);
}

// Case 79: timer B or F of RFC 3261 17.1.
TEST(Failover, WithoutEarlyFailoverSilenceTakesTimerB) {
    world run(of(request_kind::invite, early_failover::off), two());
    run.until(milliseconds(31'999));
    EXPECT_EQ(run.story(), "send1:h1");
    run.until(milliseconds(32'000));
    EXPECT_EQ(run.story(), "h1=timeout send2:h2");
    run.until(milliseconds(64'000));
    EXPECT_EQ(run.story(), "h2=timeout done:timed-out");
}

// Case 80.
TEST(Failover, SilenceOfRequestAndProbeFailsOverWithin3600ms) {
    world run(of(request_kind::invite), two());
    run.until(milliseconds(1499));
    EXPECT_EQ(run.story(), "send1:h1");
    run.until(milliseconds(1500));
    EXPECT_EQ(run.story(), "probe1:h1");
    run.until(milliseconds(3499));
    EXPECT_EQ(run.story(), "");
    run.until(milliseconds(3500));
    EXPECT_EQ(run.story(), "h1=timeout send2:h2");
    // RFC 3261 9.1: a CANCEL is possible only now; it goes to the branch of the old attempt.
    run.response(1, 180);
    EXPECT_EQ(run.story(), "cancel1:h1");
    run.response(1, 180);
    EXPECT_EQ(run.story(), "");
    run.response(1, 487);
    EXPECT_EQ(run.story(), "ack1:h1");
    run.response(2, 200);
    EXPECT_EQ(run.story(), "h2=ok done:answered/200");
    EXPECT_TRUE(run.machine().is_over());
}

TEST(Failover, LateSuccessOfAnAbandonedInviteIsEnded) {
    world run(of(request_kind::invite), two());
    run.until(milliseconds(3500));
    run.response(2, 200);
    run.story();
    EXPECT_TRUE(run.machine().is_done());
    EXPECT_FALSE(run.machine().is_over());
    run.response(1, 200);
    EXPECT_EQ(run.story(), "end1:h1");
    EXPECT_TRUE(run.machine().is_over());
}

TEST(Failover, AbandonedAttemptIsForgottenAfterTimerB) {
    world run(of(request_kind::invite), two());
    run.until(milliseconds(3500));
    run.response(2, 200);
    run.story();
    run.until(milliseconds(32'000));
    EXPECT_TRUE(run.machine().is_over());
    run.response(1, 180);
    EXPECT_EQ(run.story(), "");
}

TEST(Failover, ProbeThatFailsAtOnceFailsOverAtOnce) {
    world run(of(request_kind::invite), two());
    run.until(milliseconds(1500));
    run.story();
    run.probed(1, outcome_kind::refused);
    EXPECT_EQ(run.story(), "h1=timeout send2:h2");
}

// Case 81.
TEST(Failover, PlaceThatAnswersTheProbeKeepsTheRequestUntilTimerB) {
    world run(of(request_kind::invite), two());
    run.until(milliseconds(1500));
    run.probed(1, outcome_kind::ok);
    run.story();
    run.until(milliseconds(31'999));
    EXPECT_EQ(run.story(), "");
    run.until(milliseconds(32'000));
    EXPECT_EQ(run.story(), "h1=timeout send2:h2");
}

TEST(Failover, RegisterIsNotProbedAndFailsOverAfter3500ms) {
    world run(of(request_kind::prompt), two());
    run.until(milliseconds(3499));
    EXPECT_EQ(run.story(), "send1:h1");
    run.until(milliseconds(3500));
    EXPECT_EQ(run.story(), "h1=timeout send2:h2");
}

TEST(Failover, LastCandidateIsWaitedForUntilTimerF) {
    world run(of(request_kind::prompt), {place(1)});
    run.until(milliseconds(31'999));
    EXPECT_EQ(run.story(), "send1:h1");
    run.response(1, 200);
    EXPECT_EQ(run.story(), "h1=ok done:answered/200");
}

TEST(Failover, CandidateThatComesLateEndsTheSilence) {
    failover machine(of(request_kind::prompt));
    machine.start(start);
    machine.take_effects();
    machine.offer(start, place(1));
    machine.take_effects();
    machine.advance(start + milliseconds(3500));
    auto effects = machine.take_effects();
    ASSERT_EQ(effects.size(), 1u);
    EXPECT_TRUE(std::holds_alternative<want_candidate>(effects[0]));
    machine.offer(start + milliseconds(4000), place(2));
    effects = machine.take_effects();
    ASSERT_EQ(effects.size(), 2u);
    EXPECT_EQ(std::get<send_request>(effects[1]).attempt.number, 2u);
}

// Case 82.
TEST(Failover, ProvisionalResponsePinsTheAttempt) {
    world run(of(request_kind::invite), two());
    run.response(1, 100);
    run.until(milliseconds(300'000));
    EXPECT_EQ(run.story(), "send1:h1 h1=ok");
    EXPECT_EQ(run.machine().next_deadline(), never);
}

TEST(Failover, NonInviteAfterAProvisionalEndsWithTimerF) {
    world run(of(request_kind::other), two());
    run.response(1, 100);
    run.until(milliseconds(32'000));
    EXPECT_EQ(run.story(), "send1:h1 h1=ok done:timed-out");
}

// Case 83.
TEST(Failover, FlowLostAfterAProvisionalIsReportedNotRepeated) {
    world run(of(request_kind::invite), two());
    run.response(1, 183);
    run.failure(1, outcome_kind::reset);
    EXPECT_EQ(run.story(), "send1:h1 h1=ok h1=reset done:flow-lost");
}

// Case 84.
TEST(Failover, OtherCodesFailOverOnlyWhenAsked) {
    world plain(of(request_kind::prompt), two());
    plain.response(1, 500);
    EXPECT_EQ(plain.story(), "send1:h1 h1=ok done:answered/500");
    auto options = of(request_kind::invite);
    options.failover_codes = {500};
    world asked(options, two());
    asked.response(1, 500);
    EXPECT_EQ(asked.story(), "send1:h1 h1=ok ack1:h1 send2:h2");
}

// Case 85.
TEST(Failover, CancelGoesToTheCurrentBranch) {
    world run(of(request_kind::invite), two());
    run.response(1, 503);
    run.response(2, 180);
    run.story();
    run.cancel();
    EXPECT_EQ(run.story(), "cancel2:h2");
    run.cancel();
    EXPECT_EQ(run.story(), "");
    run.response(2, 487);
    EXPECT_EQ(run.story(), "ack2:h2 done:answered/487");
}

// RFC 3261 9.1.
TEST(Failover, CancelWaitsForAProvisionalResponse) {
    world run(of(request_kind::invite), two());
    run.cancel();
    EXPECT_EQ(run.story(), "send1:h1");
    run.response(1, 100);
    EXPECT_EQ(run.story(), "h1=ok cancel1:h1");
}

TEST(Failover, CancelledRequestTriesNothingElse) {
    world refused(of(request_kind::invite), two());
    refused.cancel();
    refused.failure(1, outcome_kind::refused);
    EXPECT_EQ(refused.story(), "send1:h1 h1=refused done:cancelled");
    world unavailable(of(request_kind::invite), two());
    unavailable.cancel();
    unavailable.response(1, 503);
    EXPECT_EQ(unavailable.story(), "send1:h1 ack1:h1 done:answered/503");
    world silent(of(request_kind::invite), two());
    silent.cancel();
    silent.until(milliseconds(32'000));
    EXPECT_EQ(silent.story(), "send1:h1 done:cancelled");
}

// Case 87; RFC 3261 17.1.1.3.
TEST(Failover, AckOfAFailureGoesToTheSameCandidate) {
    world run(of(request_kind::invite), two());
    run.failure(1, outcome_kind::refused);
    run.story();
    run.response(2, 486);
    EXPECT_EQ(run.story(), "h2=ok ack2:h2 done:answered/486");
}

// Case 86.
TEST(Failover, AckOfASuccessPrefersTheSameCandidateWhenListed) {
    auto list = std::vector{place(1), place(2), place(3)};
    prefer(list, place(3));
    EXPECT_EQ(list[0].rank.draw, 3);
    EXPECT_EQ(list[1].rank.draw, 1);
    prefer(list, place(9));
    EXPECT_EQ(list[0].rank.draw, 3);
}

// Case 20.
TEST(Failover, WrongCertificateNeverLeadsToClearText) {
    const auto secure = place(1, 1, transport::tls);
    const auto other = place(3, 2, transport::tls);
    world none(of(request_kind::other), {secure, place(2, 2, transport::tcp), place(4, 3)});
    none.failure(1, outcome_kind::tls_identity);
    EXPECT_EQ(none.story(), "send1:h1 h1=tls-identity done:tls-identity");
    world some(of(request_kind::other), {secure, place(2, 2, transport::tcp), other});
    some.failure(1, outcome_kind::tls_identity);
    EXPECT_EQ(some.story(), "send1:h1 h1=tls-identity send2:h3");
    some.failure(2, outcome_kind::refused);
    EXPECT_EQ(some.story(), "h3=refused done:tls-identity");
}

TEST(Failover, AttemptsAreLimited) {
    auto options = of(request_kind::other);
    options.max_attempts = 3;
    std::vector<candidate> many;
    for (unsigned host = 1; host <= 5; ++host) {
        many.push_back(place(host));
    }
    world run(options, many);
    for (unsigned attempt = 1; attempt <= 3; ++attempt) {
        run.failure(attempt, outcome_kind::refused);
    }
    EXPECT_EQ(run.end.attempt.number, 3u);
    EXPECT_TRUE(run.machine().is_over());
}

TEST(Failover, NewsOfUnknownAttemptsAndImpossibleCodesAreIgnored) {
    world run(of(request_kind::invite), two());
    run.story();
    run.response(7, 200);
    run.response(1, 99);
    run.response(1, 700);
    run.failure(7, outcome_kind::refused);
    run.probed(1, outcome_kind::timeout);  // none was asked for
    EXPECT_EQ(run.story(), "");
    run.response(1, 200);
    run.story();
    run.response(1, 200);  // RFC 3261 13.2.2.4: the dialog layer's
    run.failure(1, outcome_kind::reset);
    run.cancel();
    EXPECT_EQ(run.story(), "");
}

}  // namespace
}  // namespace sipha::resolver
