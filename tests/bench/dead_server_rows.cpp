#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/peers/cares.hpp"
#include "tests/bench/peers/ours.hpp"
#include "tests/bench/rows.hpp"

namespace sipha::bench {
namespace {

constexpr std::uint8_t dead_octet = 51;
/// Shorter than the 2 s or 5 s that c-ares has by itself, in its favour.
constexpr std::chrono::milliseconds cares_timeout{500};
/// What the two ends may add to the time on the line.
constexpr double slack_ms = 15;

double milliseconds_since(std::chrono::steady_clock::time_point begin) {
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    return took.count();
}

std::size_t locate(our_resolver& ours, const std::string& host) {
    return ours.locate("sip:" + host + ":5060;transport=udp").candidates.size();
}

}  // namespace

std::vector<row> dead_server_rows(const world& around) {
    const black_hole dead(dead_octet);
    resolver::engine_options options;
    options.servers = {dead.place(), around.link.place()};
    // The last of each kind stays, so that later lookups have its experience.
    std::unique_ptr<our_resolver> ours;
    std::unique_ptr<cares_client> cares;

    const std::vector<contender> first{
        {"ours",
         [&] {
             ours = std::make_unique<our_resolver>(options);
             const auto begin = std::chrono::steady_clock::now();
             expect_found("ours", locate(*ours, fresh_name()), 1);
             return milliseconds_since(begin);
         }},
        {"c-ares, 500 ms timeout",
         [&] {
             cares = std::make_unique<cares_client>(options.servers, cares_timeout);
             const auto begin = std::chrono::steady_clock::now();
             expect_found("c-ares", cares->addresses(fresh_name()), 1);
             return milliseconds_since(begin);
         }},
    };
    const std::vector<contender> later{
        {"ours",
         [&] {
             const auto begin = std::chrono::steady_clock::now();
             expect_found("ours", locate(*ours, fresh_name()), 1);
             return milliseconds_since(begin);
         }},
        {"c-ares, 500 ms timeout",
         [&] {
             const auto begin = std::chrono::steady_clock::now();
             expect_found("c-ares", cares->addresses(fresh_name()), 1);
             return milliseconds_since(begin);
         }},
    };
    const auto trip = static_cast<double>(link_round_trip.count());
    const auto hedge = static_cast<double>(options.hedge_delay.count());
    std::vector<row> rows;
    rows.push_back(compared(
        "first DNS server dead: first lookup",
        "ms",
        alternate(first, around.rounds),
        {hedge + trip + slack_ms, {}}
    ));
    rows.push_back(compared(
        "first DNS server dead: later lookups",
        "ms",
        alternate(later, around.rounds),
        {trip + slack_ms, {}}
    ));
    return rows;
}

}  // namespace sipha::bench
