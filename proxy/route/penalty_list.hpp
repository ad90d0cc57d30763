#pragma once

#include <chrono>
#include <cstddef>
#include <unordered_map>

#include "proxy/sip/endpoint.hpp"
#include "proxy/timing/clock.hpp"

namespace sipha::route {

/// Next hops that failed a short while ago: they are tried last, not never (RFC 3263 4.3,
/// RFC 3261 21.5.4). Pure and bounded.
class penalty_list {
  public:
    /// Without a Retry-After.
    static constexpr std::chrono::seconds default_time{30};
    /// A longer Retry-After counts as this: one wrong number must not shut a server out for a day.
    static constexpr std::chrono::seconds longest_time{300};
    /// Hops remembered at once; with that many in trouble a further one is tried as usual.
    static constexpr std::size_t max_hops = 1024;

    void add(timing::time_point now, const sip::endpoint& hop, std::chrono::seconds how_long);
    /// The hop answered again.
    void remove(const sip::endpoint& hop) { until_.erase(hop); }
    bool contains(timing::time_point now, const sip::endpoint& hop) const;
    /// True when no hop is remembered: nothing needs to be looked up then.
    bool is_empty() const { return until_.empty(); }
    std::size_t size() const { return until_.size(); }

  private:
    std::unordered_map<sip::endpoint, timing::time_point> until_;
};

}  // namespace sipha::route
