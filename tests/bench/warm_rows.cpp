#include <memory>
#include <utility>

#include "tests/bench/heap_meter.hpp"
#include "tests/bench/peers/ours.hpp"
#include "tests/bench/peers/sofia.hpp"
#include "tests/bench/rows.hpp"
#include "tests/bench/zones.hpp"

namespace sipha::bench {
namespace {

constexpr const char* uri = "sip:warm.test";
constexpr std::size_t batches_a_round = 400;
constexpr std::size_t counted_lookups = 1000;
constexpr std::uint16_t naptr_type = 35;

/// One lookup from the cache, delivered to its callback.
resolver::lookup_result resolve_warm(resolver::engine& engine) {
    resolver::lookup_result found;
    engine.resolve(uri, {}, [&found](std::error_code, resolver::lookup_result result) {
        found = std::move(result);
    });
    engine.process();
    return found;
}

/// Allocations that one call of `work` makes in the mean.
template <typename Work>
double allocations_each(Work work) {
    const heap_meter meter;
    for (std::size_t run = 0; run < counted_lookups; ++run) {
        work();
    }
    return static_cast<double>(meter.allocations()) / counted_lookups;
}

}  // namespace

std::vector<row> warm_rows(const world& around) {
    our_resolver ours(around.server.place());
    sofia_resolver sofia(around.server.place(), around.server.folder());
    const auto result = ours.locate(uri);
    expect_found("ours", result.candidates.size(), warm_candidates);
    expect_found("Sofia", sofia.locate(uri), warm_candidates);
    expect_found("Sofia's cache", sofia.cached_answers(naptr_type, "warm.test."), 2);

    const auto batches = around.scaled(batches_a_round);
    const std::vector<contender> contenders{
        {"ours", [&] { return microseconds_each([&] { resolve_warm(ours.engine()); }, batches); }},
        {"sres_sip", [&] { return microseconds_each([&] { sofia.locate(uri); }, batches); }},
        {"one cached set of Sofia",
         [&] {
             return microseconds_each(
                 [&] { sofia.cached_answers(naptr_type, "warm.test."); }, batches
             );
         }},
    };
    std::vector<row> rows;
    rows.push_back(compared(
        "warm lookup, 7 candidates", "us", alternate(contenders, around.rounds), {2.0, 0.5}
    ));

    // What the result itself needs is what a copy of it needs.
    const auto result_only = allocations_each([&] { const auto copy = result; });
    // A meter that sees nothing would praise everyone.
    expect_found("the heap meter", result_only > 0 ? 1 : 0, 1);
    const auto all = allocations_each([&] { resolve_warm(ours.engine()); });
    rows.push_back(compared(
        "warm lookup: allocations beyond the result",
        "calls",
        {{"ours", all - result_only},
         {"sres_sip, all", allocations_each([&] { sofia.locate(uri); })}},
        {0.0, {}}
    ));
    return rows;
}

}  // namespace sipha::bench
