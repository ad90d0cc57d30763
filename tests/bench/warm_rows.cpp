#include <functional>
#include <string>
#include <utility>
#include <vector>

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

/// As a program keeps them: made once, for they hold a list.
const resolver::lookup_options options;

/// One lookup from the cache, delivered to its callback.
resolver::lookup_result resolve_warm(resolver::engine& engine) {
    resolver::lookup_result found;
    engine.resolve(uri, options, [&found](std::error_code, resolver::lookup_result result) {
        found = std::move(result);
    });
    engine.process();
    return found;
}

/// The same without a callback and without a turn of the loop.
resolver::lookup_result try_warm(resolver::engine& engine) {
    return engine.try_resolve(uri, options).value();
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
    const auto timed = [batches](const char* name, std::function<void()> work) {
        return contender{
            name, [batches, work = std::move(work)] { return microseconds_each(work, batches); }};
    };
    const auto sofia_lookup = timed("sres_sip", [&] { sofia.locate(uri); });
    const std::vector<contender> tried{
        timed("ours", [&] { try_warm(ours.engine()); }),
        sofia_lookup,
        timed("one cached set of Sofia", [&] { sofia.cached_answers(naptr_type, "warm.test."); }),
    };
    const std::vector<contender> resolved{
        timed("ours", [&] { resolve_warm(ours.engine()); }), sofia_lookup};
    const bar warm_bar{2.0, 0.5};
    std::vector<row> rows;
    rows.push_back(
        compared("warm lookup, 7 candidates", "us", alternate(tried, around.rounds), warm_bar)
    );
    rows.push_back(compared(
        "warm lookup through resolve and process",
        "us",
        alternate(resolved, around.rounds),
        warm_bar
    ));

    // What the result itself needs is what a copy of it needs.
    const auto result_only = allocations_each([&] { const auto copy = result; });
    // A meter that sees nothing would praise everyone.
    expect_found("the heap meter", result_only > 0 ? 1 : 0, 1);
    const figure peer{"sres_sip, all", allocations_each([&] { sofia.locate(uri); })};
    const auto all = allocations_each([&] { try_warm(ours.engine()); });
    rows.push_back(compared(
        "warm lookup: allocations beyond the result",
        "calls",
        {{"ours", all - result_only}, peer},
        {0.0, {}}
    ));
    const auto with_callback = allocations_each([&] { resolve_warm(ours.engine()); });
    rows.push_back(compared(
        "resolve and process: allocations beyond the result",
        "calls",
        {{"ours", with_callback - result_only}, peer},
        {}
    ));
    return rows;
}

}  // namespace sipha::bench
