// What an administrator changes while the node runs.
#include "proxy/node/node.hpp"

namespace sipha::proxy {

namespace {

/// Call-ID of the records that end registrations here; phones' own are compared with it by time.
constexpr std::string_view admin_call_id = "removed-by-administrator";

}  // namespace

void node::reconfigure(const node_options& options) {
    options_.registrar = options.registrar;
    options_.policy = options.policy;
    options_.upstream = options.upstream;
    options_.pinger = options.pinger;
    options_.ack = options.ack;
    options_.ack_limit = options.ack_limit;
    options_.transactions.max_transactions = options.transactions.max_transactions;
    options_.location.max_bindings = options.location.max_bindings;
    // The table holds secrets for the algorithms that it was read for.
    if (options.auth.is_on && options.auth.algorithms == options_.auth.algorithms) {
        set_users(options.auth.users);
    }
    registrar_.reconfigure(options.registrar);
    policy_.reconfigure(options.policy);
    targets_.set_upstream(options.upstream);
    pinger_.reconfigure(options.pinger);
    transactions_.set_limit(options.transactions.max_transactions);
    location_.set_limit(options.location.max_bindings);
}

std::size_t node::remove_contacts(
    timing::instant now, std::string_view aor, std::string_view contact
) {
    std::size_t removed = 0;
    // A copy: apply may change the list it comes from.
    const auto all = location_.bindings_of(aor);
    const std::vector<state::binding_handle> handles(all.begin(), all.end());
    for (const auto which : handles) {
        const auto* binding = location_.find(which);
        if (binding == nullptr || !binding->is_live(now.mono) ||
            !(contact.empty() || binding->winner().value.contact == contact)) {
            continue;
        }
        const auto key = binding->key;
        const auto* last = location_.last_version(aor, key, admin_call_id);
        state::binding_entry entry;
        entry.version.call_id = admin_call_id;
        entry.version.cseq = last == nullptr ? 1 : last->version.cseq + 1;
        entry.version.hlc = cluster_.clock().next(now.wall_ms);
        entry.version.origin = options_.cluster.self;
        entry.value = binding->winner().value;
        entry.is_removed = true;
        cluster_.publish(
            {cluster::record_kind::registration,
             location_.apply(now.mono, aor, key, std::move(entry))}
        );
        ++removed;
    }
    return removed;
}

bool node::is_known(const sip_received& what) {
    return !sip::parse_message(what.bytes, parsed_) && sip::validate(parsed_).status == 0 &&
           transactions_.knows(parsed_);
}

void node::adopt_registration(timing::instant now, std::string_view record) {
    location_.merge(now, options_.cluster.self, record);
}

void node::finish_adoption(timing::instant now) {
    location_.visit_all([&](state::binding_handle, const state::binding& binding) {
        if (binding.is_live(now.mono)) {
            gate_.prove(now.mono, binding.winner().value.source.ip);
        }
    });
}

}  // namespace sipha::proxy
