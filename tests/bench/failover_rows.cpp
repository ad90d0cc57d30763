#include <sipha/resolver/engine.hpp>
#include <sipha/resolver/failover.hpp>
#include <sipha/resolver/route_set.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tests/bench/peers/ours.hpp"
#include "tests/bench/rows.hpp"

namespace sipha::bench {
namespace {

using namespace std::chrono_literals;
using resolver::failover;

constexpr std::size_t batches_a_round = 400;
constexpr const char* uri = "sip:warm.test";
const resolver::lookup_options as_usual;
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

resolver::route_set open_warm_route(resolver::engine& engine) {
    resolver::route_set opened;
    engine.open_route(uri, as_usual, [&opened](std::error_code, resolver::route_set route) {
        opened = std::move(route);
    });
    engine.process();
    return opened;
}

/// A request whose first candidate refuses, from opening its route in a warm engine to the order
/// to send to the second one: a mark in the health of places, the best of those that are left.
void fail_over_once(resolver::engine& engine) {
    const auto now = std::chrono::steady_clock::now();
    auto route = open_warm_route(engine);
    failover transaction;
    transaction.start(now);
    transaction.offer(now, route.next().value());
    transaction.take_effects();
    transaction.on_failure(now, 1, resolver::outcome_kind::refused);
    for (const auto& effect : transaction.take_effects()) {
        if (const auto* mark = std::get_if<resolver::mark_place>(&effect)) {
            engine.report(mark->target, mark->what);
        }
    }
    transaction.offer(now, route.next().value());
    expect_found("the second candidate", has_sent(transaction.take_effects()), 1);
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
    const auto places = ours.locate(uri, as_usual).candidates;
    const std::vector<contender> contenders{{"ours", [&] {
                                                 return microseconds_each(
                                                     [&] { fail_over_once(ours.engine()); },
                                                     around.scaled(batches_a_round)
                                                 );
                                             }}};
    std::vector<row> rows;
    rows.push_back(compared(
        "refused: own time, with the route",
        "us",
        alternate(contenders, around.rounds),
        {most_own_us, {}}
    ));
    rows.push_back(silence_row("UDP silence, INVITE", places, resolver::request_kind::invite));
    rows.push_back(silence_row("UDP silence, REGISTER", places, resolver::request_kind::prompt));
    return rows;
}

}  // namespace sipha::bench
