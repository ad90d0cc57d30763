#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <sipha/geo/ip.hpp>

#include "proxy/cluster/node_id.hpp"
#include "proxy/route/identity.hpp"
#include "proxy/sip/message.hpp"
#include "proxy/state/location.hpp"
#include "proxy/timing/clock.hpp"

namespace sipha::route {

struct registrar_options {
    std::chrono::seconds min_expires{60};
    std::chrono::seconds default_expires{600};
    std::chrono::seconds max_expires{3600};
    std::size_t max_contacts = 10;           ///< live contacts of one address of record
    std::size_t max_contact_bytes = 1024;    ///< of one Contact value
    std::vector<geo::ip_prefix> allow_from;  ///< sources that may register
};

/// What became of a REGISTER. Either everything in it was applied, or nothing (RFC 3261 10.3).
struct register_outcome {
    int status = 200;
    std::string_view reason;           ///< empty: the status's usual phrase
    std::string headers;               ///< complete lines for the response
    std::vector<std::string> records;  ///< to publish to the other nodes
};

/// The registrar's rules (RFC 3261 10.3) over the location service; it answers, it does not send.
class registrar {
  public:
    /// @param location outlives this object.
    registrar(registrar_options options, cluster::node_id self, state::location& location);

    /// One REGISTER as it arrived.
    struct request {
        const sip::message& message;  ///< validated; the Request-URI is ours
        sip::hop from;                ///< where it came from
        sip::endpoint local;          ///< our socket
        std::uint64_t hlc = 0;        ///< a fresh value of the hybrid clock
    };
    register_outcome handle(timing::time_point now, const request& what, const identity& us);

  private:
    struct change;
    std::string append_contacts(timing::time_point now, std::string_view aor) const;
    register_outcome apply(
        timing::time_point now,
        const request& what,
        std::string_view aor,
        std::vector<change>& changes
    );

    registrar_options options_;
    cluster::node_id self_;
    state::location* location_;
};

/// The canonical form of a Contact URI under which a binding is kept: scheme and host in lower
/// case, parameters in lower case and sorted, so that equal URIs (RFC 3261 19.1.4) get equal keys.
std::string contact_key(const sip::uri& contact);

}  // namespace sipha::route
