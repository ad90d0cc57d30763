#include "resolver/src/route.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>

#include "resolver/src/dns_message.hpp"
#include "tests/resolver/support/zone.hpp"

namespace sipha::resolver::detail {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::zone;

const char* const hosts =
    "h1.ex A 192.0.2.1; h2.ex A 192.0.2.2; h3.ex A 192.0.2.3; h4.ex A 192.0.2.4;"
    "d.ex A 192.0.2.7; d.ex AAAA 2001:db8::7;";

/// A route over a zone; questions named in `held` stay open until `release`.
struct world {
    explicit world(std::string_view content, std::string_view uri, lookup_options options = {})
        : dns(std::string(hosts) + std::string(content)), way(uri, std::move(options), now) {}

    void run() {
        for (auto batch = way.advance(now, places); !batch.empty();
             batch = way.advance(now, places)) {
            for (const auto& asked : batch) {
                names.insert(asked.name);
                ++questions;
                if (!held.contains(asked)) {
                    serve(asked);
                }
            }
        }
    }
    void serve(const question& asked) {
        auto answer =
            std::make_shared<dns_answer>(decode_answer(asked, dns.respond(asked).value()));
        const auto life = answer->status == answer_status::failed ? 5U : answer->ttl_s;
        way.answer(asked, {std::move(answer), now + seconds(life)});
    }
    void release(const question& asked) {
        held.erase(asked);
        serve(asked);
        run();
    }
    /// Lets time pass from deadline to deadline.
    void pass(milliseconds time) {
        for (const auto end = now + time; now < end;) {
            now = std::min(end, std::max(way.next_deadline(), now + milliseconds(1)));
            run();
        }
    }
    /// "udp:192.0.2.1:5060", "-" while it waits, "!" when exhausted.
    std::string next() {
        run();
        const auto found = way.next(now, places);
        run();
        if (found) {
            return found->to_string();
        }
        return way.is_exhausted(now, places) ? "!" : "-";
    }

    time_point now{std::chrono::hours(1)};
    zone dns;
    std::set<question> held;
    std::set<std::string> names;
    std::size_t questions = 0;
    health places;
    route way;
};

lookup_options udp_only() {
    lookup_options options;
    options.transports = {transport::udp};
    return options;
}
lookup_options tcp_only() {
    lookup_options options;
    options.transports = {transport::tcp};
    return options;
}

TEST(Route, HandsOutEachCandidateOnceAndThenEnds) {
    world one("_sip._udp.ex SRV 10 1 5060 h1.ex; _sip._udp.ex SRV 20 1 5060 h2.ex", "sip:ex");
    EXPECT_EQ(one.next(), "udp:192.0.2.1:5060");
    EXPECT_FALSE(one.way.is_exhausted(one.now, one.places));
    EXPECT_EQ(one.next(), "udp:192.0.2.2:5060");
    EXPECT_EQ(one.next(), "!");
    EXPECT_EQ(one.way.error(one.now, one.places), errc::exhausted);
}

TEST(Route, LooksUpNextGroupOnlyWhenFewerThanTwoAreLeft) {
    world one(
        "_sip._udp.ex SRV 10 1 5060 h1.ex; _sip._udp.ex SRV 10 1 5060 h2.ex;"
        "_sip._udp.ex SRV 20 1 5060 h3.ex; _sip._udp.ex SRV 30 1 5060 h4.ex",
        "sip:ex",
        udp_only()
    );
    one.run();
    EXPECT_TRUE(one.names.contains("h2.ex"));
    EXPECT_FALSE(one.names.contains("h3.ex"));
    one.next();
    EXPECT_TRUE(one.names.contains("h3.ex"));
    EXPECT_FALSE(one.names.contains("h4.ex"));
}

TEST(Route, APlaceThatIsDownDoesNotCountAsUsable) {
    world one(
        "_sip._udp.ex SRV 10 1 5060 h1.ex; _sip._udp.ex SRV 10 1 5060 h2.ex;"
        "_sip._udp.ex SRV 20 1 5060 h3.ex",
        "sip:ex",
        udp_only()
    );
    candidate h1;
    h1.ip = *address::parse("192.0.2.1");
    h1.port = 5060;
    one.places.report(one.now, h1, {outcome_kind::refused, {}});
    EXPECT_EQ(one.next(), "udp:192.0.2.2:5060");
    EXPECT_TRUE(one.names.contains("h3.ex"));
    EXPECT_EQ(one.next(), "udp:192.0.2.3:5060");
    EXPECT_EQ(one.next(), "udp:192.0.2.1:5060");  // the last resort
    EXPECT_EQ(one.next(), "!");
}

// What is certain does not wait for what comes after it.
TEST(Route, FirstCandidateComesBeforeTheListIsComplete) {
    world one(
        "_sip._udp.ex SRV 10 1 5060 h1.ex; _sip._udp.ex SRV 20 1 5060 h2.ex", "sip:ex", udp_only()
    );
    one.held = {{"h2.ex", record_type::a}, {"h2.ex", record_type::aaaa}};
    EXPECT_EQ(one.next(), "udp:192.0.2.1:5060");
    EXPECT_EQ(one.next(), "-");
    one.release({"h2.ex", record_type::a});
    one.release({"h2.ex", record_type::aaaa});
    EXPECT_EQ(one.next(), "udp:192.0.2.2:5060");
}

// Case 44: one transport answered, another is silent.
TEST(Route, SilentTransportIsWaitedForDuringTheGraceAndEntersLate) {
    world one(
        "_sip._tcp.ex SRV 1 1 5060 h1.ex; _sip._udp.ex SRV 1 1 5060 h2.ex;"
        "_sip._udp.ex SRV 2 1 5060 h3.ex",
        "sip:ex"
    );
    one.held = {{"_sip._tcp.ex", record_type::srv}};
    EXPECT_EQ(one.next(), "-");
    one.pass(milliseconds(999));
    EXPECT_EQ(one.next(), "-");
    one.pass(milliseconds(1));
    EXPECT_EQ(one.next(), "udp:192.0.2.2:5060");
    one.release({"_sip._tcp.ex", record_type::srv});
    EXPECT_EQ(one.next(), "tcp:192.0.2.1:5060");
    EXPECT_EQ(one.next(), "udp:192.0.2.3:5060");
}

// Case 59: a target that failed is asked again and enters when it answers before the end.
TEST(Route, FailedTargetIsAskedAgainInTheBackground) {
    const char* const text =
        "_sip._udp.ex SRV 10 1 5060 h9.ex; _sip._udp.ex SRV 20 1 5060 h2.ex;"
        "_sip._udp.ex SRV 20 1 5060 h3.ex;";
    world one(std::string(text) + "h9.ex A FAIL; h9.ex AAAA FAIL", "sip:ex", udp_only());
    EXPECT_NE(one.next().find("udp:192.0.2."), std::string::npos);
    one.dns = zone(std::string(hosts) + text + "h9.ex A 192.0.2.9");
    one.pass(seconds(6));
    EXPECT_EQ(one.next(), "udp:192.0.2.9:5060");
}

TEST(Route, RetriesEnd) {
    world one(
        "_sip._udp.ex SRV 10 1 5060 h9.ex; _sip._udp.ex SRV 20 1 5060 h2.ex; h9.ex A FAIL;"
        "h9.ex AAAA FAIL",
        "sip:ex",
        udp_only()
    );
    one.run();
    const auto before = one.questions;
    one.pass(seconds(600));
    EXPECT_EQ(one.questions, before + 2 * max_retries);
    EXPECT_EQ(one.way.next_deadline(), never);
}

// Case 69: a connection starts with IPv4 when AAAA is late; a datagram waits for the order.
TEST(Route, LateFamilyHoldsAConnectionForTheResolutionDelayOnly) {
    world one("_sip._tcp.ex SRV 1 1 5060 d.ex", "sip:ex", tcp_only());
    one.held = {{"d.ex", record_type::aaaa}};
    EXPECT_EQ(one.next(), "-");
    one.pass(milliseconds(50));
    EXPECT_EQ(one.next(), "tcp:192.0.2.7:5060");
    one.release({"d.ex", record_type::aaaa});
    EXPECT_EQ(one.next(), "tcp:[2001:db8::7]:5060");

    world two("_sip._udp.ex SRV 1 1 5060 d.ex", "sip:ex", udp_only());
    two.held = {{"d.ex", record_type::aaaa}};
    two.run();
    two.pass(milliseconds(50));
    EXPECT_EQ(two.next(), "-");
    two.pass(milliseconds(950));
    EXPECT_EQ(two.next(), "udp:192.0.2.7:5060");
}

// Case 71: glue of one family is used at once, the other family is asked nonetheless.
TEST(Route, GlueIsUsedAtOnceAndTheOtherFamilyEntersLate) {
    world one("_sip._udp.ex SRV 1 1 5060 d.ex", "sip:ex", udp_only());
    one.held = {{"d.ex", record_type::aaaa}, {"d.ex", record_type::a}};
    one.run();
    auto glue = std::make_shared<dns_answer>();
    glue->status = answer_status::found;
    glue->addresses = {*address::parse("192.0.2.7")};
    one.way.answer({"d.ex", record_type::a}, {glue, one.now + seconds(60), false, true});
    EXPECT_EQ(one.next(), "udp:192.0.2.7:5060");
    EXPECT_EQ(one.next(), "-");
    one.release({"d.ex", record_type::aaaa});
    EXPECT_EQ(one.next(), "udp:[2001:db8::7]:5060");
}

// Case 20.
TEST(Route, WrongCertificateNeverLeadsToClearText) {
    const char* const content =
        "_sips._tcp.ex SRV 1 1 5061 h1.ex; _sips._tcp.ex SRV 2 1 5061 h2.ex;"
        "_sip._tcp.ex SRV 1 1 5060 h3.ex";
    world one(content, "sip:ex");
    one.run();
    const auto first = one.way.next(one.now, one.places).value();
    EXPECT_EQ(first.to_string(), "tls:192.0.2.1:5061");
    const outcome wrong{outcome_kind::tls_identity, {}};
    one.places.report(one.now, first, wrong);
    one.way.note_outcome(first, wrong);
    EXPECT_EQ(one.next(), "tls:192.0.2.2:5061");
    EXPECT_EQ(one.next(), "!");
    EXPECT_EQ(one.way.error(one.now, one.places), errc::tls_identity);
}

// Case 76.
TEST(Route, WhenAllAskedToBeLeftAloneItSaysForHowLong) {
    world one("_sip._udp.ex SRV 1 1 5060 h1.ex; _sip._udp.ex SRV 2 1 5060 h2.ex", "sip:ex");
    candidate place;
    place.port = 5060;
    for (const auto& [ip, wait] : {std::pair("192.0.2.1", 30), {"192.0.2.2", 60}}) {
        place.ip = *address::parse(ip);
        one.places.report(one.now, place, {outcome_kind::unavailable, seconds(wait)});
    }
    one.now += seconds(5);
    EXPECT_EQ(one.next(), "!");
    EXPECT_EQ(one.way.error(one.now, one.places), errc::all_backoff);
    EXPECT_EQ(one.way.retry_in(one.now, one.places), seconds(25));
}

TEST(Route, SilenceEndsWithTheBudget) {
    world one("", "sip:silent.ex;transport=udp");
    one.held = {{"_sip._udp.silent.ex", record_type::srv}};
    EXPECT_EQ(one.next(), "-");
    one.pass(seconds(6));
    EXPECT_EQ(one.next(), "!");
    EXPECT_EQ(one.way.error(one.now, one.places), errc::dns_timeout);
}

TEST(Route, BadTextIsAnErrorAndAsksNothing) {
    world one("", "mailto:a@ex");
    EXPECT_EQ(one.next(), "!");
    EXPECT_EQ(one.questions, 0u);
    EXPECT_EQ(one.way.error(one.now, one.places), errc::bad_uri);
}

// Case 130.
TEST(Route, TellsWhatHealthAndTheApplicationDid) {
    lookup_options options = udp_only();
    options.explain = explain_level::full;
    world one(
        "_sip._udp.ex SRV 1 1 5060 h1.ex; _sip._udp.ex SRV 2 1 5060 h2.ex", "sip:ex", options
    );
    one.run();
    const auto first = one.way.next(one.now, one.places).value();
    one.places.report(one.now, first, {outcome_kind::refused, {}});
    one.way.note_outcome(first, {outcome_kind::refused, {}});
    const auto steps = one.way.steps();
    const auto has = [&steps](step_kind kind, std::string_view name) {
        return std::any_of(steps.begin(), steps.end(), [&](const explain_step& step) {
            return step.kind == kind && step.name == name;
        });
    };
    EXPECT_TRUE(has(step_kind::query, "_sip._udp.ex"));
    EXPECT_TRUE(has(step_kind::draw, "h1.ex"));
    EXPECT_TRUE(has(step_kind::candidate, "udp:192.0.2.1:5060"));
    EXPECT_TRUE(has(step_kind::attempt, "udp:192.0.2.1:5060"));
    EXPECT_EQ(steps.back().text, "udp:192.0.2.1:5060 refused");
}

}  // namespace
}  // namespace sipha::resolver::detail
