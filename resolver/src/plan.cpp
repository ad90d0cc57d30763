#include "resolver/src/plan.hpp"

#include <algorithm>
#include <utility>

#include "resolver/src/address_order.hpp"
#include "resolver/src/names.hpp"
#include "resolver/src/srv.hpp"

namespace sipha::resolver::detail {
namespace {

/// RFC 3263 4.1: the names under which a domain publishes a transport without NAPTR. WebSocket has
/// none that is agreed on (RFC 7118 5.5 knows ports only).
const char* service_prefix(transport value) {
    switch (value) {
        case transport::udp:
            return "_sip._udp.";
        case transport::tcp:
            return "_sip._tcp.";
        case transport::tls:
            return "_sips._tcp.";
        default:
            return nullptr;
    }
}

}  // namespace

plan make_plan(const sip_uri& uri, const lookup_options& options, const answers& known) {
    return planner(uri, options, known).run();
}

planner::planner(const sip_uri& uri, const lookup_options& options, const answers& known)
    : uri_(uri), options_(options), known_(known) {}

plan planner::run() {
    // RFC 3263 4: TARGET is the maddr parameter if there is one, else the host.
    const std::string& target = uri_.maddr ? *uri_.maddr : uri_.host;
    const auto identity = normalise_name(uri_.host);
    tls_name_ = identity ? *identity : uri_.host;
    if (const auto ip = address::parse(target)) {
        literal(*ip);
    } else if (const auto name = normalise_name(target); !name) {
        fail(errc::bad_name);
    } else if (const auto kind = special_use(*name); kind != special_name::none) {
        special(kind);
    } else {
        domain_ = *name;
        if (uri_.port) {
            by_port();
        } else if (uri_.transport) {
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
    if (!out_.missing.empty() || !out_.found.candidates.empty()) {
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
    const auto& list = options_.transports;
    return std::find(list.begin(), list.end(), value) != list.end();
}

bool planner::is_too_big_for_udp() const {
    // RFC 3261 18.1.1: within 200 bytes of the path MTU, or above 1300 when that is unknown.
    const auto size = options_.request_bytes;
    return options_.path_mtu_bytes == 0 ? size > 1300 : size + 200 > options_.path_mtu_bytes;
}

std::optional<transport> planner::wanted_transport() {
    auto wanted = parse_transport(*uri_.transport);
    if (!wanted) {
        fail(errc::transport_unsupported);
        return std::nullopt;
    }
    if (uri_.scheme == uri_scheme::sips) {
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
    std::vector<transport> order{transport::udp, transport::tcp, transport::tls};
    if (uri_.scheme == uri_scheme::sips) {
        order = {transport::tls};
    } else if (is_too_big_for_udp()) {
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
    explain(0, step_kind::rule, "the target is an address: no DNS (RFC 3263 4.1, 4.2)");
    if (!is_allowed(ip.family())) {
        fail(errc::family_unsupported);
        return;
    }
    auto choices = default_transports();
    if (uri_.transport) {
        const auto wanted = wanted_transport();
        if (!wanted) {
            return;
        }
        choices = {*wanted};
    }
    if (choices.empty()) {
        fail(errc::transport_unsupported);
    }
    for (const auto choice : choices) {
        add(ip, uri_.port.value_or(default_port(choice)), {.transport = choice, .rank = {}}, "");
    }
}

void planner::special(special_name kind) {
    if (kind != special_name::localhost) {
        explain(0, step_kind::rule, "the name is kept out of the DNS (RFC 6761)");
        fail(kind == special_name::invalid ? errc::not_found : errc::bad_name);
        return;
    }
    explain(0, step_kind::rule, "localhost is the loopback address (RFC 6761 6.3): no DNS");
    const bool has_v4 = is_allowed(address_family::v4);
    literal(*address::parse(has_v4 ? "127.0.0.1" : "::1"));
}

void planner::by_port() {
    explain(0, step_kind::rule, "a port is given: A and AAAA only (RFC 3263 4.1, 4.2)");
    if (uri_.transport) {
        if (const auto wanted = wanted_transport()) {
            follow_addresses_of_domain({*wanted}, {});
        }
        return;
    }
    follow_addresses_of_domain(default_transports(), {});
}

void planner::by_transport(transport wanted) {
    explain(
        0,
        step_kind::rule,
        "the transport is " + std::string(name(wanted)) + ": SRV without NAPTR (RFC 3263 4.1, 4.2)"
    );
    if (const char* prefix = service_prefix(wanted)) {
        auto result = follow_srv(prefix + domain_, {.transport = wanted, .rank = {}, .depth = 1});
        if (wanted == transport::tls && options_.srv_names == resolver::srv_names::lenient) {
            for (const char* other : {"_sip._tls.", "_sips._tls."}) {
                if (result == outcome::none) {
                    result =
                        follow_srv(other + domain_, {.transport = wanted, .rank = {}, .depth = 1});
                }
            }
        }
        if (result == outcome::absent) {
            fail(errc::service_not_available);
        }
        if (result != outcome::none) {
            return;
        }
    }
    follow_addresses_of_domain({wanted}, {});
}

void planner::by_domain() {
    const place start;
    if (options_.naptr == naptr_use::ask) {
        explain(0, step_kind::rule, "neither port nor transport: NAPTR (RFC 3263 4.1)");
        const auto result = follow_naptr(domain_, start, 0);
        if (result == outcome::failed) {
            // RFC 3263 4.1: the SRV records that NAPTR names should exist at the domain as well.
            has_failed_ = true;
            warn(warning_kind::naptr_unavailable, domain_);
        }
        if (!out_.found.candidates.empty() || !out_.missing.empty()) {
            return;
        }
        if (has_rule_ && options_.naptr_scope == resolver::naptr_scope::strict) {
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
    explain(0, step_kind::rule, "no SRV: A and AAAA, default transport and port (RFC 3263 4.2)");
    follow_addresses_of_domain(default_transports(), start);
}

planner::outcome planner::follow_naptr(const std::string& owner, place from, std::size_t depth) {
    const auto at = find(owner, record_type::naptr, from.depth + 1);
    if (at.result == outcome::waiting && depth == 0 &&
        options_.speculation == resolver::speculation::on) {
        for (const auto value : options_.transports) {
            const char* prefix = service_prefix(value);
            if (prefix && (uri_.scheme == uri_scheme::sip || is_secure(value))) {
                out_.prefetch.push_back({prefix + owner, record_type::srv});
            }
        }
    }
    if (at.result != outcome::found) {
        return at.result;
    }
    const auto rules = select_rules(at.answer->naptr, uri_.scheme, options_.transports);
    if (is_explaining()) {
        for (const auto& reason : rules.skipped) {
            explain(from.depth + 1, step_kind::rule, reason);
        }
    }
    if (rules.is_truncated) {
        warn(warning_kind::truncated, owner);
    }
    from.expires = std::min(from.expires, at.expires);
    from.is_stale = from.is_stale || at.is_stale;
    ++from.depth;
    return follow_rules(rules, at, from, depth);
}

planner::outcome planner::follow_rules(
    const naptr_rules& rules, const ending& at, place from, std::size_t depth
) {
    const bool is_strict = options_.naptr_scope == resolver::naptr_scope::strict;
    auto result = at.answer->naptr.empty() ? outcome::none : outcome::found;
    const naptr_rule* first = nullptr;
    for (const auto& rule : rules.usable) {
        // RFC 3403 4.1: no rule of a higher order once one of a lower order matched.
        if (is_strict && first && rule.order != first->order) {
            break;
        }
        first = &rule;
        explain(
            from.depth,
            step_kind::rule,
            "NAPTR " + std::to_string(rule.order) + ' ' + std::to_string(rule.preference) +
                " leads to " + rule.replacement
        );
        auto next = from;
        if (depth == 0 || rule.kind != naptr_kind::more_rules) {
            next.rank.naptr_order = depth == 0 ? rule.order : from.rank.naptr_order;
            next.rank.naptr_preference = depth == 0 ? rule.preference : from.rank.naptr_preference;
        }
        if (rule.transport) {
            next.transport = *rule.transport;
        }
        if (rule.kind == naptr_kind::more_rules) {
            if (depth + 1 >= max_naptr_depth) {
                warn(warning_kind::naptr_loop, rule.replacement);
            } else if (follow_naptr(rule.replacement, next, depth + 1) == outcome::failed) {
                result = outcome::failed;
            }
            continue;
        }
        has_rule_ = true;
        if (rule.kind == naptr_kind::srv) {
            const auto srv = follow_srv(rule.replacement, next);
            if (srv == outcome::absent) {
                explain(next.depth, step_kind::rule, "the service is declared absent");
            }
        } else {
            follow_hosts(rule.replacement, default_port(next.transport), next);
        }
    }
    return result;
}

planner::outcome planner::follow_srv_of_domain() {
    explain(0, step_kind::rule, "no usable NAPTR: SRV by preference of transport (RFC 3263 4.1)");
    auto choices = options_.transports;
    std::erase_if(choices, [this](transport value) {
        return !service_prefix(value) || (uri_.scheme == uri_scheme::sips && !is_secure(value));
    });
    if (is_too_big_for_udp()) {
        std::stable_partition(choices.begin(), choices.end(), [](transport value) {
            return value != transport::udp;
        });
    }
    bool is_waiting = false;
    bool is_found = false;
    for (const auto choice : choices) {
        auto result = follow_srv(
            service_prefix(choice) + domain_, {.transport = choice, .rank = {}, .depth = 1}
        );
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

planner::outcome planner::follow_srv(const std::string& owner, place from) {
    const auto at = find(owner, record_type::srv, from.depth);
    if (at.result != outcome::found) {
        has_failed_ = has_failed_ || at.result == outcome::failed;
        return at.result;
    }
    // Keyed by the owner, so that two lookups with one seed agree (RFC 3263 4.4).
    const auto order = order_srv(at.answer->srv, options_.seed.value_or(0), owner);
    if (order.is_service_absent) {
        return outcome::absent;
    }
    has_srv_ = true;
    if (order.has_ignored_dot) {
        warn(warning_kind::srv_dot_ignored, owner);
    }
    if (order.skipped_port_zero != 0) {
        warn(warning_kind::srv_port_zero, owner);
    }
    if (order.is_truncated) {
        warn(warning_kind::truncated, owner);
    }
    from.expires = std::min(from.expires, at.expires);
    from.is_stale = from.is_stale || at.is_stale;
    ++from.depth;
    for (std::size_t index = 0; index < order.records.size(); ++index) {
        const auto& record = order.records[index];
        if (is_explaining()) {
            const auto& pick = order.picks[index];
            explain(
                from.depth,
                step_kind::draw,
                "priority " + std::to_string(record.priority) + " weight " +
                    std::to_string(record.weight) + " drew " + std::to_string(pick.drawn) + " of " +
                    std::to_string(pick.total) + ": " + record.target + ':' +
                    std::to_string(record.port)
            );
        }
        from.rank.srv_priority = record.priority;
        from.rank.draw = static_cast<std::uint16_t>(index);
        follow_hosts(record.target, record.port, from);
    }
    return outcome::found;
}

}  // namespace sipha::resolver::detail
