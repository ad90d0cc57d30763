#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "proxy/cluster/node_id.hpp"
#include "proxy/route/dialog_token.hpp"
#include "proxy/route/identity.hpp"
#include "proxy/route/loose_route.hpp"
#include "proxy/route/policy.hpp"
#include "proxy/sip/message.hpp"
#include "proxy/state/location.hpp"

namespace sipha::route {

/// One place to send a request to: an address, or a SIP URI still to be located (RFC 3263).
struct next_hop {
    std::optional<sip::hop> hop;
    std::string uri;  ///< used when there is no hop
};

/// One member of the target set (RFC 3261 16.5), with the places to try for it in order.
struct target {
    std::string request_uri;          ///< empty: unchanged
    std::vector<next_hop> next_hops;  ///< tried one after the other (RFC 3263 4.3)
    std::string route_lines;          ///< complete Route lines to add in front
    /// The hop is the phone's own address or connection and belongs into the dialog's token.
    bool is_phone_flow = false;
};

struct target_options {
    cluster::node_id self;
    std::vector<std::string> upstream;  ///< SIP URIs of the upstream group, in order of preference
    /// Where other nodes take SIP, for phones that are connected to them.
    std::unordered_map<cluster::node_id, sip::endpoint> peers;
};

/// Turns decisions into targets. Pure; all it keeps is who is alive.
class target_finder {
  public:
    /// @param us, location, tokens outlive this object.
    target_finder(
        target_options options,
        const identity& us,
        const state::location& location,
        const dialog_tokens& tokens
    );

    /// Nodes that can take a request for a phone which only they reach.
    void set_alive(std::span<const cluster::node_id> nodes) {
        alive_.assign(nodes.begin(), nodes.end());
    }

    /// Where calls of phones go from now on.
    void set_upstream(std::vector<std::string> uris) { options_.upstream = std::move(uris); }

    /// @param what contacts, upstream, route or path. @returns empty when no contact is reachable.
    std::vector<target> find(
        timing::time_point now,
        const decision& what,
        const sip::message& request,
        const route_view& routes
    ) const;

    /// The address that a SIP URI names by itself, through our fitting socket; nothing for a host
    /// name, an unknown transport or a family we have no socket for.
    std::optional<sip::hop> literal_hop(std::string_view uri) const;

  private:
    std::optional<target> contact_target(const state::binding& binding, const sip::message& request)
        const;
    /// Leads a request to the node that owns a connection; nothing when we do not know how.
    std::optional<target> through_owner(
        cluster::node_id owner, const sip::hop& flow, const sip::message& request
    ) const;
    target along_path(const decision& what, const sip::message& request) const;
    next_hop by_uri(std::string_view uri) const;

    target_options options_;
    const identity* us_;
    const state::location* location_;
    const dialog_tokens* tokens_;
    std::vector<cluster::node_id> alive_;
};

}  // namespace sipha::route
