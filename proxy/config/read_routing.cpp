#include <algorithm>

#include "proxy/config/section.hpp"
#include "proxy/sip/text.hpp"
#include "proxy/sip/uri.hpp"

namespace sipha::config {

namespace {

using route::rule_action;
using route::rule_source;

std::optional<rule_source> parse_source(std::string_view text) {
    rule_source out;
    if (text == "registered") {
        out.what = rule_source::kind::registered;
    } else if (text == "trusted") {
        out.what = rule_source::kind::trusted;
    } else if (text == "anyone") {
        out.what = rule_source::kind::anyone;
    } else if (const auto network = geo::ip_prefix::parse(text)) {
        out.what = rule_source::kind::network;
        out.network = *network;
    } else {
        return std::nullopt;
    }
    return out;
}

/// Characters that a user part may hold bare (RFC 3261 25.1), without those that start something.
bool is_user_text(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return sip::is_unreserved(c) || c == '+' || c == '&' || c == '=' || c == '$' || c == ',';
    });
}

void read_user_text(const value& where, std::string& out, std::string_view what) {
    if (where.string(out, route::max_prefix_length) && !is_user_text(out)) {
        where.error(
            rule::routing,
            "'" + geo::yaml::printable(out) + "' cannot stand in a user part; write " +
                std::string(what)
        );
    }
}

/// `to` or `reject`, and with `to` also `strip` and `prepend`.
/// @returns nothing when neither is there.
std::optional<rule_action> read_action(object& o, const daemon_options& known) {
    const auto to = o.optional("to");
    const auto reject = o.optional("reject");
    rule_action out;
    o.optional("strip").integer(out.strip, 0, route::max_prefix_length);
    read_user_text(o.optional("prepend"), out.prepend, "digits such as +49");
    if (to.is_present() && reject.is_present()) {
        reject.error(rule::routing, "stands beside `to`; keep one of them");
    }
    if (reject.is_present()) {
        reject.integer(out.status, 400, 699);
        return out;
    }
    std::string name;
    if (!to.is_present()) {
        return std::nullopt;
    }
    if (!to.string(name, 64)) {
        return out;
    }
    if (name == "local") {
        out.what = rule_action::kind::local;
        if (out.strip > 0 || !out.prepend.empty()) {
            to.error(
                rule::routing, "local users are looked up as dialled; remove strip and prepend"
            );
        }
        return out;
    }
    const auto& groups = known.node.groups;
    const auto found = std::find_if(groups.begin(), groups.end(), [&](const auto& group) {
        return group.name == name;
    });
    if (found == groups.end()) {
        to.error(
            rule::routing,
            "'" + geo::yaml::printable(name) +
                "' is no group; name one of `groups`, default (the list `upstream`) or local"
        );
    }
    out.what = rule_action::kind::group;
    out.group = static_cast<std::size_t>(found - groups.begin());
    return out;
}

void read_prefix(const value& item, const daemon_options& known, route::routing_rule& made) {
    object o(item);
    route::prefix_rule out;
    const auto prefix = o.required("prefix");
    read_user_text(prefix, out.prefix, "the first digits of the number, such as +49");
    const auto action = read_action(o, known);
    if (!action) {
        item.error(rule::routing, "says nothing to do; add `to` or `reject`");
        return;
    }
    out.action = *action;
    if (std::any_of(made.prefixes.begin(), made.prefixes.end(), [&](const auto& one) {
            return one.prefix == out.prefix;
        })) {
        prefix.error(rule::duplicate, "'" + out.prefix + "' is listed twice; keep one");
    }
    made.prefixes.push_back(std::move(out));
}

}  // namespace

void read_routing(const value& list, daemon_options& out) {
    const auto read = [&](const value& item) {
        object o(item);
        route::routing_rule made;
        o.optional("from").parsed(
            made.from, parse_source, "registered, trusted, anyone or a network such as 192.0.2.0/24"
        );
        o.optional("domain").string(made.domain, 253);
        const auto method = o.optional("method");
        if (method.string(made.method, 32) && !sip::is_token(made.method)) {
            method.error(rule::routing, "is no method; write one such as INVITE");
        }
        o.optional("prefixes")
            .list(
                [&](const value& each) { read_prefix(each, out, made); }, route::max_rule_prefixes
            );
        made.otherwise = read_action(o, out);
        if (!made.otherwise && made.prefixes.empty()) {
            item.error(rule::routing, "says nothing to do; add `to`, `reject` or `prefixes`");
        }
        out.node.policy.routing.push_back(std::move(made));
    };
    list.list(read, route::max_routing_rules);
}

}  // namespace sipha::config
