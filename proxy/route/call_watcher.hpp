#pragma once

#include <cstdint>

#include "proxy/sip/message.hpp"
#include "proxy/sip/outbox.hpp"
#include "proxy/timing/clock.hpp"

namespace sipha::route {

/// Learns what becomes of a request that the relay forwards, so that dialogs can be tracked and the
/// calls of a server counted. Pure. `watched` is the listener's own number for the request, as it
/// stands in relay::order::watched; requests with 0 are not reported.
class call_watcher {
  public:
    virtual ~call_watcher() = default;

    /// A copy of the request leaves for `to`.
    virtual void copy_sent(timing::time_point now, std::uint64_t watched, const sip::hop& to) = 0;
    /// A response is about to be passed up (RFC 3261 16.7 step 5): a provisional one other than
    /// 100, or a 2xx, of which a forked INVITE may have several.
    /// @param response as it arrived. @param from the next hop that was asked; nullptr for the late
    /// 2xx of a next hop that had been given up.
    virtual void response_passed(
        timing::time_point now,
        std::uint64_t watched,
        const sip::message& response,
        const sip::hop* from
    ) = 0;
    /// The request ends with this status of 300 and above; of a request without an answer 408, even
    /// when RFC 4320 4.2 lets nothing be sent.
    virtual void request_failed(timing::time_point now, std::uint64_t watched, int status) = 0;
    /// Nothing more will be reported for it.
    virtual void request_done(std::uint64_t watched) = 0;
};

}  // namespace sipha::route
