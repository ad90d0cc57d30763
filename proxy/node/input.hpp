#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "proxy/cluster/mesh/link_io.hpp"
#include "proxy/cluster/node_id.hpp"
#include "proxy/sip/endpoint.hpp"
#include "proxy/sip/outbox.hpp"

/// Everything that can happen to a node. Views are valid during the step only.
namespace sipha::proxy {

/// One SIP datagram, or one message that the stream framer cut out.
struct sip_received {
    sip::hop from;  ///< listener, source address, connection (0 for UDP)
    std::string_view bytes;
    /// The name that the peer's TLS certificate proved (RFC 5922 7.1); empty when none did.
    std::string_view peer_identity = {};
};

/// A stream connection ended, for whatever reason. Every flow that delivered a message gets this.
struct flow_closed {
    sip::flow_id flow = 0;
};

/// A message could not be sent: refused, unreachable, connection lost, no such flow.
struct send_failed {
    sip::hop to;
    std::uint64_t token = 0;  ///< as given in the outbox; never 0
};

/// The answer to effects::resolve_request: targets in the order to try, empty when there is none.
struct resolved {
    std::uint64_t query = 0;
    std::vector<sip::endpoint> targets;
    std::string reason;  ///< why it is empty, for the log
};

/// A link came up: one that we dialled (`dialled` names the peer) or accepted (`dialled` is 0).
struct link_opened {
    cluster::link_id link = 0;
    cluster::node_id dialled;
};
struct link_received {
    cluster::link_id link = 0;
    std::string_view bytes;  ///< as the stream gave them, cut anywhere
};
/// A link ended, or (link 0) dialling `dialled` failed.
struct link_closed {
    cluster::link_id link = 0;
    cluster::node_id dialled;
};

/// How full the worker is, each from 0 to 1; given now and then while it works.
struct load_sampled {
    double queue = 0;  ///< receive buffers: unread octets of what fits, the fullest socket
    double busy = 0;   ///< processor time of the worker since the last sample
};

/// Nothing happened but time.
struct tick {};

using input = std::variant<
    tick,
    sip_received,
    load_sampled,
    flow_closed,
    send_failed,
    resolved,
    link_opened,
    link_received,
    link_closed>;

}  // namespace sipha::proxy
