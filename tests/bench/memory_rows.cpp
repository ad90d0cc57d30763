#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "resolver/src/dns_message.hpp"
#include "resolver/src/question_book.hpp"
#include "tests/bench/heap_meter.hpp"
#include "tests/bench/peers/ours.hpp"
#include "tests/bench/peers/sofia.hpp"
#include "tests/bench/rows.hpp"
#include "tests/bench/sockets.hpp"

namespace sipha::bench {
namespace {

constexpr std::size_t names = 512;
constexpr double most_bytes = 1024;
constexpr int patience_ms = 2000;

std::string name_of(std::size_t index) {
    return "account" + std::to_string(index) + ".book.test";
}

/// Bytes of heap for each name whose SRV set of four records is kept.
double ours_bytes(const world& around) {
    resolver::detail::question_book book;
    const auto now = std::chrono::steady_clock::now();
    std::vector<std::pair<resolver::question, std::vector<std::uint8_t>>> replies;
    for (std::size_t index = 0; index < names; ++index) {
        const resolver::question asked{name_of(index), resolver::record_type::srv};
        replies.emplace_back(asked, ask_once(around.server.place(), asked, patience_ms));
    }
    const heap_meter meter;
    for (const auto& [asked, message] : replies) {
        book.answer(now, asked, resolver::detail::decode_answer(asked, message));
    }
    const auto grown = meter.growth_bytes();
    for (const auto& [asked, message] : replies) {
        const auto* known = book.find(now, asked);
        expect_found("the cache", known ? known->answer->srv.size() : 0, 4);
    }
    return static_cast<double>(grown) / names;
}

double sofia_bytes(const world& around) {
    sofia_resolver sofia(around.server.place(), around.server.folder());
    sofia.remember(name_of(names).c_str());  // what the first query needs for good
    const heap_meter meter;
    for (std::size_t index = 0; index < names; ++index) {
        sofia.remember(name_of(index).c_str());
    }
    return static_cast<double>(meter.growth_bytes()) / names;
}

}  // namespace

std::vector<row> memory_rows(const world& around) {
    return {compared(
        "memory of a cached name, 4 records",
        "bytes",
        {{"ours", ours_bytes(around)}, {"sres", sofia_bytes(around)}},
        {most_bytes, {}}
    )};
}

}  // namespace sipha::bench
