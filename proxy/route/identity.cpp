#include "proxy/route/identity.hpp"

#include <algorithm>
#include <utility>

#include "proxy/sip/text.hpp"

namespace sipha::route {

identity::identity(
    std::vector<std::string> domains,
    std::vector<sip::endpoint> listeners,
    std::vector<std::string> realms
)
    : domains_(std::move(domains)), listeners_(std::move(listeners)), realms_(std::move(realms)) {}

std::optional<sip::listener_id> identity::listener_of(const sip::uri& uri) const {
    const auto ip = geo::ip_address::parse(uri.host);
    if (!ip || !uri.is_sip()) {
        return std::nullopt;
    }
    const auto named = uri.params.value("transport");
    const auto transport = named ? sip::parse_transport(*named) : std::nullopt;
    if (named && !transport) {
        return std::nullopt;
    }
    for (std::size_t id = 0; id < listeners_.size(); ++id) {
        const auto& ours = listeners_[id];
        const auto port = uri.port.value_or(sip::default_port(ours.transport));
        if (ours.ip == *ip && ours.port == port && (!transport || *transport == ours.transport)) {
            return static_cast<sip::listener_id>(id);
        }
    }
    return std::nullopt;
}

bool identity::is_local(const sip::uri& uri) const {
    if (listener_of(uri)) {
        return true;
    }
    const bool is_port_ours =
        !uri.port || std::any_of(listeners_.begin(), listeners_.end(), [&](const auto& ours) {
            return ours.port == *uri.port;
        });
    return uri.is_sip() && is_port_ours &&
           std::any_of(domains_.begin(), domains_.end(), [&](const auto& domain) {
               return sip::equal_ignoring_case(domain, uri.host);
           });
}

std::string identity::aor_of(const sip::uri& uri) const {
    if (domains_.empty() || !listener_of(uri)) {
        return sip::canonical_aor(uri);
    }
    auto at_domain = uri;
    at_domain.host = domains_.front();
    at_domain.is_ipv6 = false;
    return sip::canonical_aor(at_domain);
}

std::string_view identity::domain_of(const sip::uri& uri) const {
    if (!is_local(uri)) {
        return {};
    }
    const auto named = std::find_if(domains_.begin(), domains_.end(), [&](const auto& domain) {
        return sip::equal_ignoring_case(domain, uri.host);
    });
    if (named != domains_.end()) {
        return *named;
    }
    return domains_.empty() ? std::string_view() : std::string_view(domains_.front());
}

bool identity::is_listener(const sip::endpoint& address) const {
    return std::find(listeners_.begin(), listeners_.end(), address) != listeners_.end();
}

std::optional<sip::listener_id> identity::listener_for(
    const sip::endpoint& remote, const sip::endpoint* preferred
) const {
    std::optional<sip::listener_id> fitting;
    for (std::size_t id = 0; id < listeners_.size(); ++id) {
        const auto& ours = listeners_[id];
        if (ours.transport != remote.transport || ours.ip.family() != remote.ip.family()) {
            continue;
        }
        if (preferred != nullptr && ours == *preferred) {
            return static_cast<sip::listener_id>(id);
        }
        if (!fitting) {
            fitting = static_cast<sip::listener_id>(id);
        }
    }
    return fitting;
}

}  // namespace sipha::route
