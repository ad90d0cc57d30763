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

/// Each contender begins with an empty cache and new sockets.
std::vector<contender> cold_contenders(const world& around, const std::string& domain) {
    const auto place = around.link.place();
    return {
        {"ours",
         [=] {
             our_resolver ours(place);
             return milliseconds_of([&] {
                 expect_found(
                     "ours", ours.locate("sip:" + domain).candidates.size(), warm_candidates
                 );
             });
         }},
        {"sres_sip",
         [=, &around] {
             sofia_resolver sofia(place, around.server.folder());
             const auto uri = "sip:" + domain;
             return milliseconds_of([&] {
                 expect_found("Sofia", sofia.locate(uri.c_str()), warm_candidates);
             });
         }},
        {"c-ares chain",
         [=] {
             cares_client cares(std::vector{place});
             return milliseconds_of([&] {
                 expect_found("c-ares", cares.locate(domain), warm_candidates);
             });
         }},
        {"libre, first set only",
         [=] {
             libre_client libre(place);
             return milliseconds_of([&] { expect_found("libre", libre.locate(domain), 5); });
         }},
    };
}

std::vector<row> both_rows(
    const world& around, const std::string& domain, const char* kind, int most
) {
    const auto times = alternate(cold_contenders(around, domain), around.rounds);
    auto trips = times;
    for (auto& each : trips) {
        // What a lookup takes above whole trips is the work of both ends, far less than a trip.
        each.value = std::floor(each.value / static_cast<double>(link_round_trip.count()));
    }
    const auto what = std::string("cold lookup over 50 ms, ") + kind;
    return {
        compared(what + ": round trips", "trips", trips, {static_cast<double>(most), {}}),
        compared(what + ": time", "ms", times, {}),
    };
}

}  // namespace

std::vector<row> cold_rows(const world& around) {
    auto rows = both_rows(around, "warm.test", "glue", 1);
    for (auto& each : both_rows(around, "apart.test", "no glue", 2)) {
        rows.push_back(std::move(each));
    }
    return rows;
}

}  // namespace sipha::bench
