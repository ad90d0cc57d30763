#include "resolver/src/plan.hpp"

#include <algorithm>
#include <utility>

#include "resolver/src/service_names.hpp"

/// The part of the plan that chooses which rule of RFC 3263 4 applies.
namespace sipha::resolver::detail {

plan make_plan(const plan_input& input) {
    return planner(input).run();
}

bool is_too_big_for_udp(const lookup_options& options) {
    const auto size = options.request_bytes;
    const auto mtu = options.path_mtu_bytes;
    return mtu == 0 ? size > 1300 : size + 200 > mtu;
}

planner::planner(const plan_input& input) : in_(input) {}

plan planner::run() {
    // RFC 3263 4: TARGET is the maddr parameter if there is one, else the host.
    const std::string& target = in_.uri.maddr ? *in_.uri.maddr : in_.uri.host;
    const auto identity = normalise_name(in_.uri.host);
    out_.table.tls_name = identity ? *identity : in_.uri.host;
    if (const auto ip = address::parse(target)) {
        literal(*ip);
    } else if (auto name = in_.uri.maddr ? normalise_name(target) : identity; !name) {
        fail(errc::bad_name);
    } else if (const auto kind = special_use(*name); kind != special_name::none) {
        special(kind);
    } else {
        domain_ = std::move(*name);
        if (in_.uri.port) {
            by_port();
        } else if (in_.uri.transport) {
            if (const auto wanted = wanted_transport()) {
                by_transport(*wanted);
            }
        } else {
            by_domain();
        }
    }
    conclude();
    return std::move(out_);
}

void planner::conclude() {
    if (out_.is_waiting || out_.has_more || out_.table.places != 0) {
        return;
    }
    if (fixed_error_) {
        out_.error = fixed_error_;
    } else if (has_failed_) {
        out_.error = first_failure_;
    } else if (!looped_.empty()) {
        out_.error = errc::alias_loop;
    } else if (has_srv_ || has_host_) {
        out_.error = errc::no_addresses;
    } else {
        out_.error = errc::not_found;
    }
}

bool planner::is_supported(transport value) const {
    const auto& list = in_.options.transports;
    return std::find(list.begin(), list.end(), value) != list.end();
}

std::optional<transport> planner::wanted_transport() {
    auto wanted = parse_transport(*in_.uri.transport);
    if (!wanted) {
        fail(errc::transport_unsupported);
        return std::nullopt;
    }
    if (in_.uri.scheme == uri_scheme::sips) {
        // RFC 3261 26.2.2: transport=tcp in a sips URI means TLS over TCP; UDP cannot carry TLS.
        switch (*wanted) {
            case transport::udp:
                fail(errc::transport_conflict);
                return std::nullopt;
            case transport::tcp:
                wanted = transport::tls;
                break;
            case transport::ws:
                wanted = transport::wss;  // RFC 7118 5.5
                break;
            default:
                break;
        }
    }
    if (!is_supported(*wanted)) {
        fail(errc::transport_unsupported);
        return std::nullopt;
    }
    return wanted;
}

std::vector<transport> planner::default_transports() const {
    // RFC 3263 4.1: UDP for sip, TCP with TLS for sips. A client without UDP takes what it has.
    std::vector<transport> order{
        transport::udp, transport::tcp, transport::tls, transport::ws, transport::wss};
    if (in_.uri.scheme == uri_scheme::sips) {
        order = {transport::tls, transport::wss};
    } else if (is_too_big_for_udp(in_.options)) {
        order = {transport::tcp, transport::udp, transport::tls};
    }
    std::erase_if(order, [this](transport value) {
        return !is_supported(value) ||
               std::find(absent_.begin(), absent_.end(), value) != absent_.end();
    });
    // Only a request too big for UDP keeps UDP as a second choice after TCP.
    const bool keeps_second =
        order.size() > 1 && order[0] == transport::tcp && order[1] == transport::udp;
    order.resize(std::min<std::size_t>(order.size(), keeps_second ? 2 : 1));
    return order;
}

void planner::literal(const address& ip) {
    explain_rule(0, "the target is an address: no DNS (RFC 3263 4.1, 4.2)");
    if (!is_allowed(ip.family())) {
        fail(errc::family_unsupported);
        return;
    }
    auto choices = default_transports();
    if (in_.uri.transport) {
        const auto wanted = wanted_transport();
        if (!wanted) {
            return;
        }
        choices = {*wanted};
    }
    if (choices.empty()) {
        fail(errc::transport_unsupported);
        return;
    }
    auto& table = out_.table;
    auto& host = table.hosts.emplace_back();
    host.address_count = 1;
    table.addresses.push_back(ip);
    host_states_.emplace_back();
    for (const auto choice : choices) {
        route_leg leg;
        leg.transport = choice;
        add_direct(leg, 0, in_.uri.port.value_or(default_port(choice)));
    }
}

void planner::special(special_name kind) {
    if (kind != special_name::localhost) {
        explain_rule(0, "the name is kept out of the DNS (RFC 6761)");
        fail(kind == special_name::invalid ? errc::not_found : errc::bad_name);
        return;
    }
    explain_rule(0, "localhost is the loopback address (RFC 6761 6.3): no DNS");
    const bool has_v4 = is_allowed(address_family::v4);
    literal(*address::parse(has_v4 ? "127.0.0.1" : "::1"));
}

void planner::by_port() {
    explain_rule(0, "a port is given: A and AAAA only (RFC 3263 4.1, 4.2)");
    if (!in_.uri.transport) {
        follow_addresses_of_domain(default_transports());
    } else if (const auto wanted = wanted_transport()) {
        follow_addresses_of_domain({*wanted});
    }
}

void planner::by_transport(transport wanted) {
    if (is_explaining()) {
        explain_rule(
            0,
            "the transport is " + std::string(name(wanted)) +
                ": SRV without NAPTR (RFC 3263 4.1, 4.2)"
        );
    }
    route_leg leg;
    leg.transport = wanted;
    leg.depth = 1;
    auto result = outcome::none;
    for (const auto prefix : service_prefixes(wanted, in_.options)) {
        result = follow_srv(std::string(prefix) + domain_, leg);
        if (result != outcome::none) {
            break;
        }
    }
    if (result == outcome::absent) {
        fail(errc::service_not_available);
    }
    if (result == outcome::none) {
        follow_addresses_of_domain({wanted});
    }
}

void planner::by_domain() {
    if (in_.options.naptr == naptr_use::ask) {
        explain_rule(0, "neither port nor transport: NAPTR (RFC 3263 4.1)");
        const auto result = follow_naptr(domain_, {}, 0);
        if (result == outcome::failed) {
            // RFC 3263 4.1: the SRV records that NAPTR names should exist at the domain as well.
            has_failed_ = true;
            warn(warning_kind::naptr_unavailable, domain_);
        }
        if (out_.table.places != 0 || out_.is_waiting || out_.has_more) {
            return;
        }
        if (has_rule_ && in_.options.naptr_scope == resolver::naptr_scope::strict) {
            if (!has_failed_) {
                fail(errc::no_candidates);
            }
            return;
        }
    }
    const auto result = follow_srv_of_domain();
    if (result == outcome::absent) {
        fail(errc::service_not_available);
    }
    // A failed SRV question hides targets that may exist: the addresses of the domain, often a web
    // server, must not stand in for them.
    if (result != outcome::none || has_failed_ || has_srv_) {
        return;
    }
    explain_rule(0, "no SRV: A and AAAA, default transport and port (RFC 3263 4.2)");
    follow_addresses_of_domain(default_transports());
}

planner::outcome planner::follow_srv_of_domain() {
    explain_rule(0, "no usable NAPTR: SRV by preference of transport (RFC 3263 4.1)");
    auto choices = in_.options.transports;
    std::erase_if(choices, [this](transport value) {
        return service_prefixes(value, in_.options).empty() ||
               (in_.uri.scheme == uri_scheme::sips && !is_secure(value));
    });
    if (is_too_big_for_udp(in_.options)) {
        std::stable_partition(choices.begin(), choices.end(), [](transport value) {
            return value != transport::udp;
        });
    }
    bool is_waiting = false;
    bool is_found = false;
    for (const auto choice : choices) {
        route_leg leg;
        leg.transport = choice;
        leg.depth = 1;
        auto result = outcome::none;
        for (const auto prefix : service_prefixes(choice, in_.options)) {
            result = follow_srv(std::string(prefix) + domain_, leg);
            if (result != outcome::none) {
                break;
            }
        }
        is_waiting = is_waiting || result == outcome::waiting;
        is_found = is_found || result == outcome::found;
        if (result == outcome::absent) {
            absent_.push_back(choice);
        }
    }
    if (is_found || is_waiting) {
        return is_found ? outcome::found : outcome::waiting;
    }
    return !choices.empty() && absent_.size() == choices.size() ? outcome::absent : outcome::none;
}

void planner::follow_addresses_of_domain(const std::vector<transport>& choices) {
    if (choices.empty()) {
        fail(absent_.empty() ? errc::transport_unsupported : errc::service_not_available);
        return;
    }
    for (const auto choice : choices) {
        route_leg leg;
        leg.transport = choice;
        leg.depth = 1;
        follow_host(domain_, in_.uri.port.value_or(default_port(choice)), leg);
    }
}

}  // namespace sipha::resolver::detail
