#include <array>
#include <string>

#include "tests/bench/peers/cares.hpp"
#include "tests/bench/peers/ours.hpp"
#include "tests/bench/peers/sofia.hpp"
#include "tests/bench/peers/udp_floor.hpp"
#include "tests/bench/rows.hpp"

namespace sipha::bench {
namespace {

/// Most that a whole lookup with cache, plan and callback may take of a bare query of c-ares.
constexpr double most_of_cares = 3;
constexpr std::size_t queries_a_round = 2000;

}  // namespace

std::vector<row> query_rows(const world& around) {
    const auto place = around.server.place();
    our_resolver ours(place);
    cares_client cares(std::vector{place});
    sofia_resolver sofia(place, around.server.folder());
    const auto count = around.scaled(queries_a_round);
    std::vector<row> rows;
    for (const std::size_t in_flight : {std::size_t{1}, std::size_t{100}}) {
        const std::vector<contender> contenders{
            {"ours", [&] { return ours.microseconds_per_query(in_flight, count); }},
            {"c-ares", [&] { return cares.microseconds_per_query(in_flight, count); }},
            {"raw UDP", [&] { return floor_microseconds_per_query(place, in_flight, count); }},
            {"sres", [&] { return sofia.microseconds_per_query(in_flight, count); }},
        };
        auto line = compared(
            "uncached query, " + std::to_string(in_flight) + " in flight",
            "us",
            alternate(contenders, around.rounds),
            {{}, most_of_cares}
        );
        line.note = std::to_string(static_cast<int>(1e6 / line.ours.value)) + " a second";
        rows.push_back(std::move(line));
    }
    return rows;
}

}  // namespace sipha::bench
