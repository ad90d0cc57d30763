#pragma once

#include "proxy/sip/endpoint.hpp"
#include "proxy/timing/clock.hpp"

namespace sipha::route {

/// Learns how next hops fare, so that a failed one can be avoided (RFC 3263 4.3) and a group of
/// upstream servers keeps its health. The relay reports; who listens decides. Pure.
class hop_watcher {
  public:
    virtual ~hop_watcher() = default;

    /// A request to this next hop failed in a way that says nothing about the request.
    /// @param status what the branch counts it as: 503 when it answered so or could not be reached
    /// (RFC 3261 16.9), 408 when it did not answer at all (16.8).
    virtual void hop_failed(timing::time_point now, const sip::endpoint& remote, int status) = 0;
    /// The next hop answered with anything but a 503. Called for each transaction's first response.
    virtual void hop_answered(timing::time_point now, const sip::endpoint& remote) = 0;
};

}  // namespace sipha::route
