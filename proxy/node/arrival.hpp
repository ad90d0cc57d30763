#pragma once

#include "proxy/auth/identity.hpp"
#include "proxy/route/loose_route.hpp"
#include "proxy/route/policy.hpp"
#include "proxy/sip/message.hpp"
#include "proxy/sip/outbox.hpp"
#include "proxy/txn/table.hpp"

namespace sipha::proxy {

/// One request in hand: what every handler of requests needs. Valid during one step.
struct arrival {
    const sip::message& request;  ///< validated
    const sip::hop& from;
    txn::server_handle server;             ///< 0: no transaction
    const auth::identity* user = nullptr;  ///< whom its credentials proved; nullptr: nobody
};

/// A new request on its way through the checks, and what they found so far.
struct pending_request {
    arrival what;
    route::route_view routes;
    route::decision decided;
};

}  // namespace sipha::proxy
