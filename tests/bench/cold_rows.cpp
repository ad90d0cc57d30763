#include <cmath>
#include <functional>
#include <string>
#include <utility>

#include "tests/bench/peers/cares.hpp"
#include "tests/bench/peers/libre.hpp"
#include "tests/bench/peers/ours.hpp"
#include "tests/bench/peers/sofia.hpp"
#include "tests/bench/rows.hpp"
#include "tests/bench/zones.hpp"

namespace sipha::bench {
namespace {

double milliseconds_of(const std::function<void()>& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    return took.count();
}

struct cold_case {
    std::string kind;
    std::string domain;
    std::size_t candidates;  ///< of the whole domain
    std::size_t first_set;   ///< of the SRV set that comes first
    double most_trips;
};

/// Each contender begins with an empty cache and new sockets.
contender ours_on(const world& around, const cold_case& what) {
    return {"ours", [=, place = around.link.place()] {
                our_resolver ours(place);
                return milliseconds_of([&] {
                    const auto found = ours.locate("sip:" + what.domain).candidates.size();
                    expect_found("ours", found, what.candidates);
                });
            }};
}

contender cares_on(const world& around, const cold_case& what) {
    return {"c-ares chain", [=, place = around.link.place()] {
                cares_client cares(std::vector{place});
                return milliseconds_of([&] {
                    expect_found("c-ares", cares.locate(what.domain), what.candidates);
                });
            }};
}

contender sofia_on(const world& around, const cold_case& what) {
    return {"sres_sip", [=, &around] {
                sofia_resolver sofia(around.link.place(), around.server.folder());
                const auto uri = "sip:" + what.domain;
                return milliseconds_of([&] {
                    expect_found("Sofia", sofia.locate(uri.c_str()), what.candidates);
                });
            }};
}

contender libre_on(const world& around, const cold_case& what) {
    return {"libre, first set only", [=, place = around.link.place()] {
                libre_client libre(place);
                return milliseconds_of([&] {
                    expect_found("libre", libre.locate(what.domain), what.first_set);
                });
            }};
}

std::vector<row> both_rows(
    const world& around, const cold_case& what, const std::vector<contender>& contenders
) {
    const auto times = alternate(contenders, around.rounds);
    auto trips = times;
    for (auto& each : trips) {
        // What a lookup takes above whole trips is the work of both ends, far less than a trip.
        each.value = std::floor(each.value / static_cast<double>(link_round_trip.count()));
    }
    const auto title = "cold lookup over 50 ms, " + what.kind;
    return {
        compared(title + ": round trips", "trips", trips, {what.most_trips, {}}),
        compared(title + ": time", "ms", times, {}),
    };
}

}  // namespace

std::vector<row> cold_rows(const world& around) {
    const cold_case glue{"glue", "warm.test", warm_candidates, 5, 1};
    const cold_case apart{"no glue", "apart.test", warm_candidates, 5, 2};
    // A datagram that is cut off, the handshake of TCP, the question once more.
    const cold_case many{"60 SRV records", "many.test", many_candidates, 0, 3};
    std::vector<row> rows;
    for (const auto& what : {glue, apart}) {
        const std::vector contenders{
            ours_on(around, what),
            sofia_on(around, what),
            cares_on(around, what),
            libre_on(around, what)};
        const auto more = both_rows(around, what, contenders);
        rows.insert(rows.end(), more.begin(), more.end());
    }
    // Sofia and libre do not go to TCP and find nothing.
    auto more = both_rows(around, many, {ours_on(around, many), cares_on(around, many)});
    more.front().note = "the answer needs TCP, where Sofia and libre do not follow";
    rows.insert(rows.end(), more.begin(), more.end());
    return rows;
}

}  // namespace sipha::bench
