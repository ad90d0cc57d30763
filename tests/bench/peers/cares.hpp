#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include <sipha/resolver/options.hpp>

namespace sipha::bench {

/// c-ares with its own choice of servers, retries and timeouts, as programs use it that have no
/// resolver above it. It keeps no cache.
class cares_client {
  public:
    /// @param timeout silence of a server after which it goes on to the next.
    cares_client(
        std::span<const resolver::dns_server> servers,
        std::chrono::milliseconds timeout = std::chrono::milliseconds(2000)
    );
    ~cares_client();
    cares_client(const cares_client&) = delete;
    cares_client& operator=(const cares_client&) = delete;

    /// RFC 3263 by hand: NAPTR, then the SRV sets together, then A and AAAA of all targets
    /// together. @returns pairs of SRV record and address.
    std::size_t locate(const std::string& domain);
    /// A and AAAA of a host together. @returns addresses.
    std::size_t addresses(const std::string& host);
    /// As `our_resolver::microseconds_per_query`.
    double microseconds_per_query(std::size_t in_flight, std::size_t count);

  private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace sipha::bench
