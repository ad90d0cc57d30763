#include "proxy/route/targets.hpp"

#include <algorithm>
#include <utility>

#include "proxy/sip/name_addr.hpp"
#include "proxy/sip/text.hpp"
#include "proxy/sip/uri.hpp"

namespace sipha::route {

namespace {

/// In a token for another node: that node chooses its own fitting socket.
constexpr sip::listener_id any_listener = 0xffff;

}  // namespace

target_finder::target_finder(
    target_options options,
    const identity& us,
    const state::location& location,
    const dialog_tokens& tokens
)
    : options_(std::move(options)), us_(&us), location_(&location), tokens_(&tokens) {}

std::optional<sip::hop> target_finder::literal_hop(std::string_view text) const {
    const auto uri = sip::parse_uri(text);
    const auto ip = uri ? geo::ip_address::parse(uri->host) : std::nullopt;
    // RFC 3263 4: maddr is the target then; that is left to the lookup.
    if (!ip || uri->params.has("maddr") || ip->is_unspecified() ||
        ip->is_multicast_or_broadcast()) {
        return std::nullopt;
    }
    const bool is_sips = sip::equal_ignoring_case(uri->scheme, "sips");
    auto transport = is_sips ? sip::transport::tls : sip::transport::udp;
    if (const auto named = uri->params.value("transport")) {
        const auto known = sip::parse_transport(*named);
        if (!known) {
            return std::nullopt;
        }
        // RFC 3261 26.2.2: sips with transport=tcp means TLS over TCP.
        transport = is_sips && *known == sip::transport::tcp ? sip::transport::tls : *known;
    }
    const sip::endpoint remote{transport, *ip, uri->port.value_or(sip::default_port(transport))};
    const auto listener = us_->listener_for(remote);
    return listener ? std::optional(sip::hop{*listener, remote, 0}) : std::nullopt;
}

next_hop target_finder::by_uri(std::string_view uri) const {
    if (auto hop = literal_hop(uri)) {
        return {hop, {}};
    }
    return {std::nullopt, std::string(uri)};
}

std::optional<target> target_finder::contact_target(
    const state::binding& binding, const sip::message& request
) const {
    const auto& entry = binding.winner();
    const auto& value = entry.value;
    target out;
    out.request_uri = value.contact;
    if (value.reach == state::reach::contact) {
        out.next_hops.push_back(by_uri(value.contact));
        return out;
    }
    const bool is_stream = sip::is_reliable(value.source.transport);
    const auto owner = entry.version.origin;
    const auto listener = us_->listener_for(value.source, &value.local);
    // A NAT lets in only what comes from the socket that the phone registered at. That socket may
    // be ours too (a shared address); a connection is its node's alone.
    const bool is_ours = owner == options_.self ||
                         (!is_stream && listener && us_->listener(*listener) == value.local);
    const bool is_owner_alive = std::find(alive_.begin(), alive_.end(), owner) != alive_.end();
    if (!is_ours && (is_stream || is_owner_alive)) {
        auto through =
            through_owner(owner, sip::hop{any_listener, value.source, value.flow}, request);
        if (through) {
            through->request_uri = value.contact;
        }
        return through;
    }
    // Of a dead owner's phones, those whose NAT filters nothing are still reached from here.
    if (!listener) {
        return std::nullopt;
    }
    out.is_phone_flow = true;
    out.next_hops.push_back({sip::hop{*listener, value.source, is_stream ? value.flow : 0}, {}});
    return out;
}

std::optional<target> target_finder::through_owner(
    cluster::node_id owner, const sip::hop& flow, const sip::message& request
) const {
    const auto peer = options_.peers.find(owner);
    const auto listener =
        peer == options_.peers.end() ? std::nullopt : us_->listener_for(peer->second);
    if (!listener) {
        return std::nullopt;
    }
    // The connection ends at another node: that node gets the request with a token for the flow
    // (RFC 5626 5.3 between edge proxies).
    target out;
    out.next_hops.push_back({sip::hop{*listener, peer->second, 0}, {}});
    dialog_path path;
    path.callee = flow;
    out.route_lines = "Route: <sip:";
    tokens_->append_for(owner, out.route_lines, path, tags_of(request));
    out.route_lines += '@';
    sip::append_hostport(out.route_lines, peer->second.ip, peer->second.port);
    out.route_lines += ";transport=";
    out.route_lines += sip::uri_name(peer->second.transport);
    out.route_lines += ";lr>\r\n";
    return out;
}

target target_finder::along_path(const decision& what, const sip::message& request) const {
    auto hop = what.hop;
    if (what.hop_owner != options_.self && sip::is_reliable(hop.remote.transport)) {
        if (auto through = through_owner(what.hop_owner, hop, request)) {
            return *through;
        }
        hop.flow = 0;  // that node's number; here it would name somebody else's connection
    }
    target along;
    along.is_phone_flow = true;
    // A token may leave the socket to us. Another node's number is good where it fits, because the
    // nodes of a shared address list their sockets alike.
    if (hop.listener >= us_->listener_count() ||
        us_->listener(hop.listener).transport != hop.remote.transport) {
        const auto listener = us_->listener_for(hop.remote);
        if (!listener) {
            return along;  // nowhere to go
        }
        hop.listener = *listener;
    }
    along.next_hops.push_back({hop, {}});
    return along;
}

std::vector<target> target_finder::find(
    timing::time_point now,
    const decision& what,
    const sip::message& request,
    const route_view& routes
) const {
    std::vector<target> targets;
    switch (what.what) {
        case decision::action::contacts:
            for (const auto which : location_->bindings_of(what.aor)) {
                const auto& binding = *location_->find(which);
                if (!binding.is_live(now)) {
                    continue;
                }
                if (auto found = contact_target(binding, request)) {
                    targets.push_back(std::move(*found));
                }
            }
            break;
        case decision::action::path:
            targets.push_back(along_path(what, request));
            break;
        case decision::action::route: {
            target along;
            const auto route = sip::parse_name_addr(routes.next_route);
            along.next_hops.push_back(by_uri(route ? route->uri : routes.request_uri));
            targets.push_back(std::move(along));
            break;
        }
        case decision::action::upstream:  // upstream_groups picks the places
        case decision::action::refuse:
        case decision::action::answer:
        case decision::action::registrar:
            break;
    }
    return targets;
}

}  // namespace sipha::route
