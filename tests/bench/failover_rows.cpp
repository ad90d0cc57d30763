#include <sipha/resolver/failover.hpp>
#include <sipha/resolver/health.hpp>

#include <chrono>
#include <string>
#include <variant>
#include <vector>

#include "tests/bench/peers/ours.hpp"
#include "tests/bench/rows.hpp"

namespace sipha::bench {
namespace {

using namespace std::chrono_literals;
using resolver::failover;

constexpr std::size_t batches_a_round = 400;
constexpr double most_own_us = 1000;
constexpr double most_silence_ms = 3600;

bool has_sent(std::vector<resolver::failover_effect> effects) {
    for (const auto& effect : effects) {
        if (std::holds_alternative<resolver::send_request>(effect)) {
            return true;
        }
    }
    return false;
}

/// A request whose first candidate refuses: from the first order to send to the second one, with
/// the mark in the health of places and the choice of the best that is left.
void fail_over_once(const std::vector<resolver::candidate>& places) {
    const auto now = std::chrono::steady_clock::now();
    resolver::health known;
    failover transaction;
    transaction.start(now);
    transaction.offer(now, places[known.order(now, places).front()]);
    transaction.take_effects();
    transaction.on_failure(now, 1, resolver::outcome_kind::refused);
    for (const auto& effect : transaction.take_effects()) {
        if (const auto* mark = std::get_if<resolver::mark_place>(&effect)) {
            known.report(now, mark->target, mark->what);
        }
    }
    transaction.offer(now, places[known.order(now, places).front()]);
    expect_found("the second candidate", has_sent(transaction.take_effects()), 1);
    expect_found("places marked", known.size(), 1);
}

/// Time until the second candidate is tried while the first says nothing, by the deadlines of the
/// machine; a probe is not answered either.
double silence_ms(
    const std::vector<resolver::candidate>& places, const resolver::failover_options& options
) {
    const resolver::time_point begin{};
    auto now = begin;
    failover transaction(options);
    transaction.start(now);
    transaction.offer(now, places[0]);
    transaction.take_effects();
    transaction.offer(now, places[1]);
    while (!has_sent(transaction.take_effects())) {
        now = transaction.next_deadline();
        transaction.advance(now);
    }
    return std::chrono::duration<double, std::milli>(now - begin).count();
}

row silence_row(
    const std::string& what,
    const std::vector<resolver::candidate>& places,
    resolver::request_kind kind
) {
    resolver::failover_options ours;
    ours.kind = kind;
    auto as_rfc = ours;
    as_rfc.early = resolver::early_failover::off;
    auto line = compared(
        what,
        "ms",
        {{"ours", silence_ms(places, ours)}, {"64*T1", silence_ms(places, as_rfc)}},
        {most_silence_ms, {}}
    );
    line.note = "virtual time; 64*T1 is what RFC 3263 4.3 asks for and what peers wait";
    return line;
}

}  // namespace

std::vector<row> failover_rows(const world& around) {
    our_resolver ours(around.server.place());
    const auto places = ours.locate("sip:warm.test;transport=udp").candidates;
    const std::vector<contender> contenders{{"ours", [&] {
                                                 return microseconds_each(
                                                     [&] { fail_over_once(places); },
                                                     around.scaled(batches_a_round)
                                                 );
                                             }}};
    std::vector<row> rows;
    rows.push_back(compared(
        "refused: own time to the next candidate",
        "us",
        alternate(contenders, around.rounds),
        {most_own_us, {}}
    ));
    rows.push_back(silence_row("UDP silence, INVITE", places, resolver::request_kind::invite));
    rows.push_back(silence_row("UDP silence, REGISTER", places, resolver::request_kind::prompt));
    return rows;
}

}  // namespace sipha::bench
