#include "proxy/node/node.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace sipha::proxy {

namespace {

std::string text_of(cluster::node_id id) {
    return std::to_string(id.value);
}

/// The cluster's events as log lines; nothing for those that are not worth one.
struct event_line {
    log_line operator()(const cluster::node_up& event) const {
        return {log_level::info, "event=node_up node=" + text_of(event.node)};
    }
    log_line operator()(const cluster::node_suspect& event) const {
        return {
            log_level::warn,
            "event=node_suspect node=" + text_of(event.node) +
                " cause=" + std::string(cluster::to_string(event.cause))};
    }
    log_line operator()(const cluster::node_dead& event) const {
        return {
            log_level::warn,
            "event=node_dead node=" + text_of(event.node) +
                " cause=" + std::string(cluster::to_string(event.cause))};
    }
    log_line operator()(const cluster::replicated&) const { return {log_level::debug, {}}; }
    log_line operator()(const cluster::ready& event) const {
        return {
            log_level::info, "event=ready cause=" + std::string(cluster::to_string(event.cause))};
    }
    log_line operator()(const cluster::clock_skewed& event) const {
        return {
            log_level::error,
            "event=clock_skewed node=" + text_of(event.node) +
                " ahead_ms=" + std::to_string(event.ahead_ms)};
    }
    log_line operator()(const cluster::link_refused& event) const {
        return {
            log_level::warn,
            "event=link_refused reason=" + std::string(cluster::to_string(event.reason)) +
                " claimed_node=" + text_of(event.claimed)};
    }
};

/// Nothing made before the last change of the secret is accepted when there was no change.
std::optional<crypto::mac> previous_of(const node_options& options) {
    if (options.previous_secret.empty()) {
        return std::nullopt;
    }
    return crypto::mac(options.previous_secret);
}

/// Trunks and the other nodes have no limits.
guard::gate_options gate_of(const node_options& options) {
    auto out = options.gate;
    const auto& trusted = options.policy.trusted;
    out.exempt.insert(out.exempt.end(), trusted.begin(), trusted.end());
    for (const auto& [id, address] : options.peer_sip) {
        if (const auto alone = geo::ip_prefix::make(address.ip, address.ip.is_v4() ? 32 : 128)) {
            out.exempt.push_back(*alone);
        }
    }
    return out;
}

std::vector<std::string> realms_of(const node_options& options) {
    if (!options.auth.is_on) {
        return {};
    }
    return options.auth.realm.empty() ? options.domains : std::vector{options.auth.realm};
}

}  // namespace

node::node(node_options options)
    : options_(std::move(options)),
      random_(options_.random_seed),
      // Without a cluster secret tokens hold for this process alone, which is all a single node
      // needs.
      mac_(options_.cluster.secret.empty() ? options_.random_seed : options_.cluster.secret),
      previous_mac_(previous_of(options_)),
      tag_key_(mac_, "to-tag"),
      gate_(gate_of(options_), mac_, random_),
      authenticator_(options_.auth, mac_, random_.next()),
      nonce_uses_(authenticator_),
      us_(options_.domains, options_.listeners, realms_of(options_)),
      tokens_(mac_, options_.cluster.self, previous_mac_ ? &*previous_mac_ : nullptr),
      branches_(
          mac_,
          previous_mac_ ? &*previous_mac_ : nullptr,
          {options_.cluster.self.value, options_.epoch, 0}
      ),
      location_(options_.location),
      cluster_(options_.cluster, options_.epoch, random_, {&location_, &nonce_uses_}),
      transactions_(options_.transactions, branches_),
      policy_(options_.policy, us_, location_),
      registrar_(options_.registrar, options_.cluster.self, location_),
      targets_({options_.cluster.self, options_.peer_sip}, us_, location_, tokens_),
      groups_(options_.groups, {us_, targets_, transactions_}, options_.cluster.self.value),
      relay_(options_.relay, {us_, tokens_, targets_, transactions_, nullptr, &groups_}),
      pinger_(options_.pinger, options_.cluster.self) {}

void node::step(timing::instant now, const input& what, effects& out) {
    const cluster::engine_output to_cluster{out.links, cluster_events_};
    if (const auto* sip = std::get_if<sip_received>(&what)) {
        on_sip(now, *sip, out);
    } else if (const auto* load = std::get_if<load_sampled>(&what)) {
        gate_.sample(now.mono, {load->queue, load->busy});
    } else if (const auto* failed = std::get_if<send_failed>(&what)) {
        transactions_.on_send_failed(failed->token);
    } else if (const auto* located = std::get_if<resolved>(&what)) {
        if ((located->query & route::own_request_flag) != 0) {
            groups_.on_located(now.mono, located->query, located->targets);
        } else {
            relay_.on_located(now.mono, located->query, located->targets, to_relay(out));
        }
    } else if (const auto* opened = std::get_if<link_opened>(&what)) {
        cluster_.opened(now, opened->link, opened->dialled, to_cluster);
    } else if (const auto* bytes = std::get_if<link_received>(&what)) {
        cluster_.received(now, bytes->link, bytes->bytes, to_cluster);
    } else if (const auto* closed = std::get_if<link_closed>(&what)) {
        cluster_.closed(now, closed->link, closed->dialled, to_cluster);
    }
    // A closed flow needs nothing: what is sent to it fails, and the binding ends with its expiry.
    run_due(now, out);
}

void node::run_due(timing::instant now, effects& out) {
    location_.advance(now.mono);
    relay_.advance(now.mono, to_relay(out));
    groups_.advance(now.mono, out.messages, out.resolves);
    transactions_.advance(now.mono, out.messages);
    // An event's handling may end further transactions, which tell of it here too.
    for (transactions_.take_events(txn_events_); !txn_events_.empty();
         transactions_.take_events(txn_events_)) {
        for (const auto& event : txn_events_) {
            if ((event.owner & route::own_request_flag) != 0) {
                on_own_event(now, event);
            } else {
                relay_.on_event(now.mono, event, to_relay(out));
            }
        }
    }
    relay_.take_names(out.names);
    // Last, so that what this step published leaves with it.
    cluster_.advance(now, {out.links, cluster_events_});
    on_cluster_events(now, out);
    answer_overdue_registers(now, out);
    const auto changes = location_.take_changes();
    if (!changes.empty()) {
        cluster_.clock().observe(location_.newest_hlc(), now.wall_ms);
        pinger_.on_changes(now.mono, location_, changes);
    }
    pinger_.advance(now.mono, {location_, us_, cluster_.ready_members()}, out.messages);
}

timing::time_point node::next_deadline() const {
    auto earliest = std::min(
        {location_.next_deadline(),
         relay_.next_deadline(),
         transactions_.next_deadline(),
         groups_.next_deadline(),
         cluster_.next_deadline(),
         pinger_.next_deadline()}
    );
    return waiting_.empty() ? earliest : std::min(earliest, waiting_.begin()->second.limit);
}

void node::on_own_event(timing::instant now, const txn::table_event& event) {
    using kind = txn::table_event::kind;
    if (event.what == kind::client_timed_out || event.what == kind::client_failed) {
        // RFC 3261 8.1.3.1: as if the answer had been 408 or 503.
        groups_.on_probe_ended(
            now.mono, event.transaction, event.what == kind::client_failed ? 503 : 408
        );
    }
}

void node::on_cluster_events(timing::instant now, effects& out) {
    for (const auto& event : std::exchange(cluster_events_, {})) {
        if (const auto* progress = std::get_if<cluster::replicated>(&event)) {
            on_replicated(now, *progress, out);
            continue;
        }
        out.log.push_back(std::visit(event_line{}, event));
        // Only node_up and node_dead change it, but events are rare and this is cheap.
        targets_.set_alive(cluster_.alive());
    }
}

}  // namespace sipha::proxy
