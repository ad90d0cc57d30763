#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include <sipha/resolver/options.hpp>

namespace sipha::bench {

/// The DNS client of libre, walked as its SIP request does: NAPTR, the SRV sets in turn, addresses
/// from the additional section, and A and AAAA together of hosts that were not there.
class libre_client {
  public:
    explicit libre_client(const resolver::dns_server& server);
    ~libre_client();
    libre_client(const libre_client&) = delete;
    libre_client& operator=(const libre_client&) = delete;

    /// @returns addresses of the first SRV set, the one a request would use.
    std::size_t locate(const std::string& domain);

  private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace sipha::bench
