#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "proxy/auth/authenticator.hpp"
#include "proxy/cluster/engine.hpp"
#include "proxy/guard/gate.hpp"
#include "proxy/ha/pinger.hpp"
#include "proxy/route/policy.hpp"
#include "proxy/route/registrar.hpp"
#include "proxy/route/relay.hpp"
#include "proxy/sip/endpoint.hpp"
#include "proxy/state/location.hpp"
#include "proxy/txn/table.hpp"

namespace sipha::proxy {

/// When a REGISTER is answered.
enum class register_ack : std::uint8_t {
    none,  ///< at once
    one,   ///< when another live node holds the binding too
    all,   ///< when every live node holds it
};

/// Everything a node needs to know; the same struct in the daemon and in a simulated world.
struct node_options {
    std::string name;  ///< for people
    std::vector<std::string> domains;
    std::vector<sip::endpoint> listeners;  ///< indexed by sip::listener_id
    std::vector<std::string> upstream;     ///< SIP URIs, in order of preference

    route::registrar_options registrar;
    route::policy_options policy;
    route::relay_options relay;
    txn::table_options transactions;
    state::location_limits location;
    ha::pinger_options pinger;
    auth::auth_options auth;
    guard::gate_options gate;  ///< the node adds its trusted networks and peers to `exempt`

    cluster::engine_options cluster;  ///< also names this node (self) and the shared secret
    std::unordered_map<cluster::node_id, sip::endpoint> peer_sip;  ///< where peers take SIP
    register_ack ack = register_ack::one;
    /// A REGISTER is answered after this even when no other node has confirmed.
    std::chrono::milliseconds ack_limit{250};

    /// The cluster's secret before its last change: branches and dialog tokens made under it are
    /// still accepted. Empty: there was none.
    std::string previous_secret;

    std::uint32_t epoch = 1;  ///< tells this start of the process from earlier ones
    std::string random_seed;  ///< 32 octets from the operating system, or a test's seed
};

}  // namespace sipha::proxy
