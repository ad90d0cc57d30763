#include "proxy/config/section.hpp"

namespace sipha::config {

using namespace std::chrono_literals;

namespace {

using guard::access_rule;

void read_rate(const value& where, guard::rate_limit& out) {
    if (!where.is_present()) {
        return;
    }
    object o(where);
    unsigned rate = 0;
    unsigned burst = 0;
    o.required("per_second").integer(rate, 0, 1'000'000);
    o.required("burst").integer(burst, 1, 10'000'000);
    out = {static_cast<double>(rate), static_cast<double>(burst)};
}

void read_percent(const value& where, double& out) {
    unsigned percent = 0;
    if (where.integer(percent, 1, 100)) {
        out = percent / 100.0;
    }
}

void read_overload(const value& where, guard::overload_options& out) {
    if (!where.is_present()) {
        return;
    }
    object o(where);
    read_percent(o.optional("queue"), out.queue);
    read_percent(o.optional("busy"), out.busy);
    read_percent(o.optional("transactions"), out.transactions);
}

void read_rule(const value& item, daemon_options& out) {
    object o(item);
    access_rule rule;
    using enum access_rule::effect;
    o.required("then").one_of(rule.then, {{"allow", allow}, {"deny", deny}});
    if (const auto networks = o.optional("networks"); networks.is_present()) {
        read_prefixes(networks, rule.networks);
        refuse_empty(networks, "leave the key out for every network");
    }
    if (const auto methods = o.optional("methods"); methods.is_present()) {
        methods.list(
            [&](const value& name) {
                std::string method;
                if (name.string(method, 32)) {
                    rule.methods.push_back(std::move(method));
                }
            },
            32
        );
        refuse_empty(methods, "leave the key out for every method");
    }
    std::size_t listener = 0;
    const auto at = o.optional("listener");
    if (at.integer(listener, 1, 64)) {
        if (listener > out.node.listeners.size()) {
            at.error(rule::order, "is behind the end of `listen`; count its items from 1");
        } else {
            rule.socket = static_cast<sip::listener_id>(listener - 1);
        }
    }
    out.node.gate.access.push_back(std::move(rule));
}

}  // namespace

void read_guard(object& root, daemon_options& out) {
    const auto where = root.optional("guard");
    if (!where.is_present()) {
        return;
    }
    object o(where);
    auto& gate = out.node.gate;
    o.optional("enabled").boolean(gate.is_on);
    read_rate(o.optional("messages"), gate.messages);
    read_rate(o.optional("registers_per_user"), gate.registers_per_aor);
    read_rate(o.optional("invites_per_user"), gate.invites_per_aor);
    o.optional("sources").integer(gate.max_sources, 64, 16'777'216);
    o.optional("known_sources").integer(gate.max_known, 64, 16'777'216);
    o.optional("flood_time").duration(gate.flood_time, 1s, 1h);
    o.optional("wrong_passwords").integer(gate.max_wrong_passwords, 1, 65'000);
    o.optional("password_time").duration(gate.password_time, 1s, 24h);
    const auto errors = where.diag().error_count();
    const auto ban_time = o.optional("ban_time");
    ban_time.duration(gate.bans.first, 1s, 24h);
    o.optional("longest_ban").duration(gate.bans.longest, 1s, 168h);
    if (where.diag().error_count() == errors && gate.bans.first > gate.bans.longest) {
        where.error(rule::order, "ban_time must not be above longest_ban");
    }
    o.optional("reflection").boolean(gate.limits_reflection);
    o.optional("access").list([&](const value& item) { read_rule(item, out); });
    read_overload(o.optional("overload"), gate.overload);
}

}  // namespace sipha::config
