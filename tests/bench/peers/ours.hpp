#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <sipha/resolver/engine.hpp>

namespace sipha::bench {

/// The engine in the smallest loop: poll, process.
class our_resolver {
  public:
    explicit our_resolver(const resolver::engine_options& options) : engine_(options) {}
    /// Asks one DNS server.
    explicit our_resolver(const resolver::dns_server& server);

    /// A whole lookup, with waiting.
    resolver::lookup_result locate(
        std::string_view uri, const resolver::lookup_options& options = {}
    );
    /// `count` lookups of one A record each, of names that no cache knows, with `in_flight` of them
    /// open at any time. @returns microseconds a lookup.
    double microseconds_per_query(std::size_t in_flight, std::size_t count);
    resolver::engine& engine() { return engine_; }

  private:
    void wait_and_process();

    resolver::engine engine_;
};

/// Another name of the zone load.test each time, for all contenders of this run.
std::string fresh_name();

/// @throws std::runtime_error when a contender did not find what all must find: a figure for the
/// wrong work is worse than none.
void expect_found(std::string_view who, std::size_t found, std::size_t wanted);

}  // namespace sipha::bench
