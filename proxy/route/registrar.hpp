#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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

    /// New rules from the next REGISTER on; what is registered keeps its time.
    void reconfigure(registrar_options options) { options_ = std::move(options); }

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
    /// Fills `changes` from the Contacts. @returns the refusal when one of them is not acceptable.
    std::optional<register_outcome> read_contacts(
        timing::time_point now,
        const request& what,
        std::string_view aor,
        std::vector<change>& changes
    ) const;
    std::optional<register_outcome> read_contact(std::string_view value, change& wanted) const;
    /// @returns the refusal when the changes cannot be applied as a whole.
    std::optional<register_outcome> check(
        timing::time_point now,
        const request& what,
        std::string_view aor,
        const std::vector<change>& changes
    ) const;
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

/// The canonical form of a Contact URI under which a binding is kept: user and host as in an
/// address of record, the port as written, parameters in lower case and sorted. Two URIs with one
/// key are equal by RFC 3261 19.1.4; of unknown parameters both must have the same, which that
/// section does not ask for but which makes equality transitive.
std::string contact_key(const sip::uri& contact);

}  // namespace sipha::route
