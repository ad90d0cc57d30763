#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/timing/clock.hpp"

namespace sipha::route {

/// What a number in sip::hop::name stands for from now on.
struct peer_name {
    std::uint16_t number = 0;
    std::string domain;
};

/// Numbers for the domains whose servers are reached over TLS, so that a hop stays small: the shell
/// holds the server's certificate against the domain that was asked for, not against the SRV target
/// (RFC 5922 7.3). Pure.
class peer_names {
  public:
    static constexpr std::size_t capacity = 4096;
    /// A number unused for this long may change hands; no transaction lives so long.
    static constexpr timing::duration kept = std::chrono::hours(1);

    /// The number of a SIP URI's host; 0, which stands for the address, for an address, for what is
    /// no SIP URI, and when all numbers are in use: then no certificate fits, and the hop fails.
    std::uint16_t number_of(timing::time_point now, std::string_view uri);
    /// Moves what is new since the last call to the end of `out`.
    void take_new(std::vector<peer_name>& out);
    std::size_t size() const { return numbers_.size(); }

  private:
    struct use {
        std::uint16_t number = 0;
        timing::time_point last{};
    };
    std::map<std::string, use, std::less<>> numbers_;
    std::vector<peer_name> new_;
};

}  // namespace sipha::route
