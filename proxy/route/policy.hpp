#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sipha/geo/ip.hpp>

#include "proxy/cluster/node_id.hpp"
#include "proxy/route/identity.hpp"
#include "proxy/route/loose_route.hpp"
#include "proxy/sip/message.hpp"
#include "proxy/state/location.hpp"
#include "proxy/timing/clock.hpp"

namespace sipha::route {

/// Who may use this edge for what.
struct policy_options {
    /// Networks of PBXs and carriers: they may call registered users, and nobody else through us.
    std::vector<geo::ip_prefix> trusted;
    /// Whether a source that is neither registered nor trusted may call a registered user.
    enum class inbound : std::uint8_t { anyone, trusted } inbound = inbound::anyone;
    bool has_upstream = false;  ///< an upstream group exists for calls from phones
};

/// How much a request's source has shown about itself.
enum class source_class : std::uint8_t {
    stranger,
    registered,  ///< a live binding was registered from this address
    trusted,     ///< in policy_options::trusted
};

/// Where a request goes.
struct decision {
    enum class action : std::uint8_t {
        refuse,  ///< answer `status` and `reason`
        answer,  ///< OPTIONS for us: answer 200
        registrar,
        contacts,  ///< the live contacts of `aor`
        upstream,  ///< the upstream group, Request-URI unchanged
        route,     ///< by the next Route, else by the Request-URI (RFC 3261 16.6 step 7)
        path,      ///< along `hop`, which a valid dialog token names
    };
    action what = action::refuse;
    int status = 403;
    std::string_view reason;
    std::string aor;
    sip::hop hop;
    cluster::node_id hop_owner;  ///< path: the node that the hop's listener and flow belong to
};

/// The rules of this edge about who may send what where; nothing is relayed between strangers.
class policy {
  public:
    /// @param us, location outlive this object.
    policy(policy_options options, const identity& us, const state::location& location);

    /// New rules from the next request on.
    void reconfigure(policy_options options) { options_ = std::move(options); }

    source_class classify(const sip::endpoint& source) const;
    /// @param request validated. @param source what its sender has shown.
    decision decide(
        timing::time_point now,
        const sip::message& request,
        const route_view& routes,
        source_class source
    ) const;
    /// The same for a sender of whom only the address is known.
    decision decide(
        timing::time_point now,
        const sip::message& request,
        const route_view& routes,
        const sip::endpoint& source
    ) const {
        return decide(now, request, routes, classify(source));
    }

  private:
    decision decide_in_dialog(const route_view& routes) const;
    decision decide_local(
        timing::time_point now,
        const sip::message& request,
        const sip::uri& target,
        source_class source
    ) const;

    policy_options options_;
    const identity* us_;
    const state::location* location_;
};

}  // namespace sipha::route
