#include <algorithm>
#include <utility>

#include "resolver/src/plan.hpp"
#include "resolver/src/service_names.hpp"
#include "resolver/src/srv.hpp"

/// The part of the plan that reads NAPTR and SRV records.
namespace sipha::resolver::detail {

planner::outcome planner::follow_naptr(std::string_view owner, route_leg from, std::size_t depth) {
    const auto at = find(owner, record_type::naptr, from.depth + 1);
    if (at.result == outcome::waiting) {
        // What stands behind the rules to come may stand ahead of everything found later.
        from.is_waiting = true;
        out_.table.legs.push_back(from);
        if (depth == 0 && in_.options.speculation == resolver::speculation::on) {
            speculate(owner);
        }
    }
    if (at.result != outcome::found) {
        return at.result;
    }
    const rule_filter filter{
        in_.uri.scheme,
        in_.options.transports,
        udp_place(),
        is_explaining() ? skip_reasons::keep : skip_reasons::drop};
    const auto rules = select_rules(at.answer->naptr, filter);
    for (const auto& reason : rules.skipped) {
        explain_rule(from.depth + 1, reason);
    }
    if (rules.is_truncated) {
        warn(warning_kind::truncated, owner);
    }
    from.expires = std::min(from.expires, at.expires);
    from.is_stale = from.is_stale || at.is_stale;
    from.is_unproven = from.is_unproven || at.is_unproven;
    ++from.depth;
    return follow_rules(rules, at, from, depth);
}

udp_use planner::udp_place() const {
    if (!is_too_big_for_udp()) {
        return udp_use::as_published;
    }
    // RFC 3403 4.1 forbids a higher order once a lower one matched.
    const bool is_strict = in_.options.naptr_scope == resolver::naptr_scope::strict;
    return is_strict ? udp_use::last_of_order : udp_use::last;
}

planner::outcome planner::follow_rules(
    const naptr_rules& rules, const ending& at, const route_leg& from, std::size_t depth
) {
    const bool is_strict = in_.options.naptr_scope == resolver::naptr_scope::strict;
    auto result = at.answer->naptr.empty() ? outcome::none : outcome::found;
    for (const auto& rule : rules.usable) {
        // RFC 3403 4.1: no rule of a higher order once one of a lower order matched.
        if (is_strict && rule.order != rules.usable.front().order) {
            break;
        }
        if (is_met()) {
            out_.has_more = true;
            break;
        }
        if (is_full()) {
            warn(warning_kind::truncated, domain_);
            break;
        }
        auto next = from;
        if (depth == 0) {
            next.naptr_order = rule.order;
            next.naptr_preference = rule.preference;
        }
        next.transport = rule.transport.value_or(from.transport);
        if (!follow_rule(rule, next, depth)) {
            result = outcome::failed;
        }
    }
    return result;
}

/// @returns false when further rules that it leads to could not be asked.
bool planner::follow_rule(const naptr_rule& rule, route_leg next, std::size_t depth) {
    if (is_explaining()) {
        explain_rule(
            next.depth,
            "NAPTR " + std::to_string(rule.order) + ' ' + std::to_string(rule.preference) +
                " leads to " + rule.replacement
        );
    }
    if (rule.kind == naptr_kind::more_rules) {
        if (depth + 1 >= max_naptr_depth) {
            warn(warning_kind::naptr_loop, rule.replacement);
            return true;
        }
        return follow_naptr(rule.replacement, next, depth + 1) != outcome::failed;
    }
    has_rule_ = true;
    if (rule.kind == naptr_kind::addresses) {
        follow_host(rule.replacement, default_port(next.transport), next);
    } else if (follow_srv(rule.replacement, next) == outcome::absent) {
        explain_rule(next.depth, "the service is declared absent");
    }
    return true;
}

planner::outcome planner::follow_srv(std::string_view owner, route_leg leg) {
    const auto at = find(owner, record_type::srv, leg.depth);
    if (at.result == outcome::waiting) {
        leg.is_waiting = true;
        out_.table.legs.push_back(leg);
    }
    if (at.result != outcome::found) {
        has_failed_ = has_failed_ || at.result == outcome::failed;
        return at.result;
    }
    const auto set = usable_srv(at.answer->srv);
    if (set.is_service_absent) {
        return outcome::absent;
    }
    has_srv_ = true;
    if (set.has_ignored_dot) {
        warn(warning_kind::srv_dot_ignored, owner);
    }
    if (set.skipped_port_zero != 0) {
        warn(warning_kind::srv_port_zero, owner);
    }
    leg.expires = std::min(leg.expires, at.expires);
    leg.is_stale = leg.is_stale || at.is_stale;
    leg.is_unproven = leg.is_unproven || at.is_unproven;
    // Keyed by the owner, so that two lookups with one seed agree (RFC 3263 4.4).
    leg.draw_key = draw_key(owner);
    ++leg.depth;
    leg.first_group = static_cast<std::uint32_t>(out_.table.groups.size());
    std::size_t used = 0;
    const srv_group all(set.records);
    while (used < all.size()) {
        if (is_met()) {
            out_.has_more = true;
            break;
        }
        if (is_full()) {
            warn(warning_kind::truncated, owner);
            break;
        }
        const auto left = all.subspan(used);
        const auto end = std::find_if(left.begin(), left.end(), [&left](const auto* record) {
            return record->priority != left.front()->priority;
        });
        auto group = left.first(static_cast<std::size_t>(end - left.begin()));
        const auto room = max_srv_records - used;
        used += group.size();
        if (group.size() > room) {
            warn(warning_kind::truncated, owner);
            add_cut_group(leg, group, room);
            break;
        }
        add_group(leg, group, group_order::to_be_drawn);
    }
    out_.table.legs.push_back(leg);
    return outcome::found;
}

/// Takes as many of the group as there is room for, chosen as the draw would.
void planner::add_cut_group(route_leg& leg, srv_group records, std::size_t room) {
    if (room == 0) {
        return;
    }
    std::vector<std::uint16_t> weights(records.size());
    std::transform(records.begin(), records.end(), weights.begin(), [](const auto* record) {
        return record->weight;
    });
    std::vector<std::uint16_t> order(records.size());
    draw_order(
        weights,
        in_.options.srv_draw,
        keyed_draw(in_.options.seed.value_or(0), leg.draw_key + records.front()->priority),
        order
    );
    std::vector<const srv_record*> chosen(room);
    for (std::size_t place = 0; place < room; ++place) {
        chosen[place] = records[order[place]];
    }
    out_.table.is_seed_bound = true;
    add_group(leg, chosen, group_order::drawn);
}

void planner::add_group(route_leg& leg, srv_group records, group_order order) {
    auto& table = out_.table;
    const auto priority = records.front()->priority;
    table.groups.push_back(
        {static_cast<std::uint32_t>(table.targets.size()),
         static_cast<std::uint16_t>(records.size()),
         priority,
         order == group_order::drawn}
    );
    ++leg.group_count;
    for (const auto* record : records) {
        const auto host = find_host(record->target, leg.depth);
        add_target(leg.transport, host, record->port, record->weight);
    }
}

void planner::speculate(std::string_view owner) {
    for (const auto value : in_.options.transports) {
        const auto prefixes = service_prefixes(value, in_.options);
        if (!prefixes.empty() && (in_.uri.scheme == uri_scheme::sip || is_secure(value))) {
            want(std::string(prefixes.front()) + std::string(owner), record_type::srv);
        }
    }
    for (const auto type : {record_type::aaaa, record_type::a}) {
        const auto family = type == record_type::a ? address_family::v4 : address_family::v6;
        if (is_allowed(family)) {
            want(domain_, type);
        }
    }
}

}  // namespace sipha::resolver::detail
