#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/sip/endpoint.hpp"
#include "proxy/sip/outbox.hpp"
#include "proxy/sip/uri.hpp"

namespace sipha::route {

/// What "us" means: the domains we serve and the sockets we listen on (RFC 3261 16.3, 16.4).
class identity {
  public:
    /// @param domains host names, any case. @param listeners indexed by sip::listener_id.
    /// @param realms in which we ask for credentials; what stands there is for us alone.
    identity(
        std::vector<std::string> domains,
        std::vector<sip::endpoint> listeners,
        std::vector<std::string> realms = {}
    );

    /// True when the URI's host is a served domain (with no port or the port of a listener) or one
    /// of our sockets: the Request-URI is then ours to interpret.
    bool is_local(const sip::uri& uri) const;
    /// The listener that the URI's host, port and transport name; a domain names none.
    std::optional<sip::listener_id> listener_of(const sip::uri& uri) const;
    /// The address of record that a local URI names (RFC 3261 10.3 step 5). One of our own
    /// addresses in place of a domain stands for the first domain, so that it means the same user
    /// on every node.
    std::string aor_of(const sip::uri& uri) const;

    /// The served domain that a local URI stands for, as it was configured: the one it names, or
    /// the first one for an address of ours; empty for a foreign URI.
    std::string_view domain_of(const sip::uri& uri) const;
    std::span<const std::string> realms() const { return realms_; }

    /// Our socket for sending to `remote`: the one at `preferred` if this node has it (a shared
    /// address), else the first of the same transport and address family.
    std::optional<sip::listener_id> listener_for(
        const sip::endpoint& remote, const sip::endpoint* preferred = nullptr
    ) const;
    /// True for the address of one of our sockets: what is sent there comes back to us.
    bool is_listener(const sip::endpoint& address) const;
    const sip::endpoint& listener(sip::listener_id id) const { return listeners_[id]; }
    std::size_t listener_count() const { return listeners_.size(); }

  private:
    std::vector<std::string> domains_;
    std::vector<sip::endpoint> listeners_;
    std::vector<std::string> realms_;
};

}  // namespace sipha::route
