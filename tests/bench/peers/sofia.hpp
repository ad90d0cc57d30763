#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <sipha/resolver/options.hpp>

#include "tests/bench/name_server.hpp"

namespace sipha::bench {

/// The resolver of Sofia-SIP (`sres` and, on top of it, the RFC 3263 lookup `sres_sip`).
class sofia_resolver {
  public:
    /// @param folder takes the file that names the server.
    sofia_resolver(const resolver::dns_server& server, const scratch_folder& folder);
    ~sofia_resolver();
    sofia_resolver(const sofia_resolver&) = delete;
    sofia_resolver& operator=(const sofia_resolver&) = delete;

    /// A whole lookup over UDP, TCP and TLS, with waiting. @returns results.
    std::size_t locate(const char* uri);
    /// `sres_cached_answers` of a name, freed again. @returns records.
    std::size_t cached_answers(std::uint16_t type, const char* name);
    /// Asks for the SRV set of a name and keeps it in the cache.
    void remember(const char* name);
    /// As `our_resolver::microseconds_per_query`.
    double microseconds_per_query(std::size_t in_flight, std::size_t count);

  private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace sipha::bench
