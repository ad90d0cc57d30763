#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "proxy/cluster/node_id.hpp"
#include "proxy/route/identity.hpp"
#include "proxy/sip/outbox.hpp"
#include "proxy/state/location.hpp"
#include "proxy/timing/deadline_queue.hpp"

namespace sipha::ha {

struct pinger_options {
    /// Time between two pings of a phone; NAT bindings for UDP live 30 s and more (RFC 5626 4.4.2).
    std::chrono::seconds interval{25};
    /// Which UDP phones are pinged: those behind a NAT, or all.
    enum class scope : std::uint8_t { nat, all } scope = scope::nat;
};

/// The one node that pings a binding: the node that accepted its registration while that one is in
/// `members`, else the member with the highest rendezvous hash, so that a dead node's phones spread
/// over the others and nobody else's move. All nodes with the same view agree.
/// @param members ascending; empty gives node 0.
cluster::node_id pinger_of(
    const state::binding& binding, std::span<const cluster::node_id> members
);

/// Keeps the NAT bindings of UDP phones open: sends a double CRLF to the address the phone
/// registered from, never to its Contact. Pure. Phones on connections ping by themselves
/// (RFC 5626 4.4.1).
class pinger {
  public:
    pinger(pinger_options options, cluster::node_id self) : options_(options), self_(self) {}

    /// Pings that are planned already come at their old time; the next ones at the new distance.
    void reconfigure(const pinger_options& options) { options_ = options; }

    /// Bindings that appeared, changed or went.
    void on_changes(
        timing::time_point now,
        const state::location& location,
        std::span<const state::binding_handle> changed
    );
    struct surroundings {
        const state::location& location;
        const route::identity& us;
        std::span<const cluster::node_id> members;  ///< nodes that may ping, ascending
    };
    /// Sends what is due and is ours to send.
    void advance(timing::time_point now, const surroundings& in, sip::outbox& out);
    timing::time_point next_deadline() const { return deadlines_.next_deadline(); }

    std::uint64_t sent() const { return sent_; }

  private:
    bool is_eligible(const state::binding* binding, timing::time_point now) const;

    pinger_options options_;
    cluster::node_id self_;
    std::unordered_map<state::binding_handle, timing::time_point> due_;
    timing::deadline_queue deadlines_;
    std::uint64_t sent_ = 0;
};

}  // namespace sipha::ha
