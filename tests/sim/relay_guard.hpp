#pragma once

#include <set>
#include <string_view>

#include "proxy/sip/endpoint.hpp"
#include "tests/sim/event_log.hpp"
#include "tests/sim/scheduler.hpp"

namespace sipha::sim {

/// Watches every datagram: a node may send requests and pings only to other nodes, to the carrier
/// and to addresses whose REGISTER a node accepted. Anything else is an open relay.
class relay_guard {
  public:
    /// @param time, log outlive the guard.
    relay_guard(const scheduler& time, event_log& log) : time_(&time), log_(&log) {}

    void add_node(const sip::endpoint& address) { nodes_.insert(address); }
    void add_carrier(const sip::endpoint& address) { allowed_.insert(address); }
    void watch(const sip::endpoint& from, const sip::endpoint& to, std::string_view bytes);

  private:
    const scheduler* time_;
    event_log* log_;
    std::set<sip::endpoint> nodes_;
    std::set<sip::endpoint> allowed_;
};

}  // namespace sipha::sim
