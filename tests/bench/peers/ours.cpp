#include "tests/bench/peers/ours.hpp"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace sipha::bench {

using clock = std::chrono::steady_clock;

our_resolver::our_resolver(const resolver::dns_server& server)
    : our_resolver([&] {
          resolver::engine_options options;
          options.servers = {server};
          return options;
      }()) {}

void our_resolver::wait_and_process() {
    const auto left = engine_.timeout();
    pollfd ready{engine_.fd(), POLLIN, 0};
    poll(&ready, 1, left ? static_cast<int>(left->count()) : -1);
    engine_.process();
}

resolver::lookup_result our_resolver::locate(
    std::string_view uri, const resolver::lookup_options& options
) {
    resolver::lookup_result found;
    bool is_done = false;
    engine_.resolve(uri, options, [&](std::error_code, resolver::lookup_result result) {
        found = std::move(result);
        is_done = true;
    });
    while (!is_done) {
        wait_and_process();
    }
    return found;
}

double our_resolver::microseconds_per_query(std::size_t in_flight, std::size_t count) {
    resolver::lookup_options options;
    options.families = resolver::family_use::v4_only;
    options.transports = {resolver::transport::udp};
    std::size_t started = 0;
    std::size_t found = 0;
    std::size_t ended = 0;
    const auto start = [&] {
        ++started;
        engine_.resolve(
            "sip:" + fresh_name() + ":5060",
            options,
            [&](std::error_code, const resolver::lookup_result& result) {
                ++ended;
                found += result.candidates.size();
            }
        );
    };
    const auto begin = clock::now();
    while (ended < count) {
        while (started < count && started - ended < in_flight) {
            start();
        }
        wait_and_process();
    }
    const std::chrono::duration<double, std::micro> took = clock::now() - begin;
    expect_found("ours", found, count);
    return took.count() / static_cast<double>(count);
}

std::string fresh_name() {
    static std::size_t next = 0;
    return "n" + std::to_string(next++) + ".load.test";
}

void expect_found(std::string_view who, std::size_t found, std::size_t wanted) {
    if (found != wanted) {
        throw std::runtime_error(
            std::string(who) + " found " + std::to_string(found) + " instead of " +
            std::to_string(wanted)
        );
    }
}

}  // namespace sipha::bench
