#include "proxy/admin/totals.hpp"

namespace sipha::admin {

namespace {

void visit_work(const proxy::node& node, const total_visitor& visit) {
    const auto& counters = node.counters();
    const auto& relay = node.relay().counters();
    const auto& location = node.location().counters();
    const auto take = [&](std::string_view name, std::uint64_t count) {
        visit(total_group::totals, name, count);
    };
    take("sip_requests", counters.requests);
    take("sip_responses", counters.responses);
    take("registers", counters.registers);
    take("registers_unconfirmed", counters.registers_unconfirmed);
    take("refused", counters.refused);
    take("refused_draining", counters.refused_draining);
    take("relayed_requests", relay.requests);
    take("relayed_acks", relay.acks);
    take("failovers", relay.failovers);
    take("pings", node.pinger().sent());
    take("keepalives", counters.keepalives);
    take("handed_over_responses", counters.handed_over_responses);
    take("bindings_merged", location.merged);
    take("bindings_expired", location.expired);
}

void visit_drops(const proxy::node& node, const total_visitor& visit) {
    const auto& counters = node.counters();
    const auto& relay = node.relay().counters();
    const auto& location = node.location().counters();
    const auto take = [&](std::string_view name, std::uint64_t count) {
        visit(total_group::drops, name, count);
    };
    take("unparsable", counters.dropped_unparsable);
    take("invalid_request", counters.dropped_invalid_request);
    take("invalid_response", counters.dropped_invalid_response);
    take("stray_response", counters.dropped_stray_response);
    take("forged_response", counters.dropped_forged_response);
    take("foreign_response", counters.dropped_foreign_response);
    take("stray_ack", counters.dropped_stray_ack);
    take("exhausted_ack", counters.dropped_exhausted_ack);
    take("relay_overload", relay.dropped_overload);
    take("relay_responses", relay.dropped_responses);
    take("relay_viafree", relay.dropped_viafree);
    take("record_malformed", location.dropped_malformed);
    take("record_limit", location.dropped_limit);
}

void visit_guard(const proxy::node& node, const total_visitor& visit) {
    const auto& gate = node.gate().counters();
    const auto& auth = node.authenticator().counters();
    const auto drop = [&](std::string_view name, std::uint64_t count) {
        visit(total_group::drops, name, count);
    };
    drop("rate", gate.dropped_rate);
    drop("banned", gate.dropped_banned);
    drop("reflection", gate.dropped_reflection);
    drop("passwords", gate.dropped_passwords);
    const auto take = [&](std::string_view name, std::uint64_t count) {
        visit(total_group::totals, name, count);
    };
    take("refused_access", gate.refused_access);
    take("refused_aor_rate", gate.refused_aor_rate);
    take("refused_overload", gate.refused_overload);
    take("bans", gate.bans);
    take("auth_challenged", auth.challenged);
    take("auth_accepted", auth.accepted);
    take("auth_malformed", auth.refused_malformed);
    take("auth_wrong_uri", auth.refused_uri);
    take("auth_stale", auth.refused_nonce);
    take("auth_replayed", auth.refused_replay);
    take("auth_wrong_password", auth.refused_secret);
}

void visit_gauges(const proxy::node& node, const total_visitor& visit) {
    const auto take = [&](std::string_view name, std::uint64_t count) {
        visit(total_group::gauges, name, count);
    };
    take("bindings", node.location().size());
    take("server_transactions", node.transactions().server_count());
    take("client_transactions", node.transactions().client_count());
    take("calls_in_setup", node.relay().context_count());
    take("sources", node.gate().sources());
    take("known_sources", node.gate().known_sources());
    take("users", node.authenticator().user_count());
    take("nonces_in_use", node.authenticator().nonces_in_use());
    take("ready", node.cluster().is_ready() ? 1 : 0);
    take("draining", node.drain_state() == ha::drain_state::on ? 1 : 0);
}

}  // namespace

void visit_totals(const proxy::node& node, const control& process, const total_visitor& visit) {
    visit_gauges(node, visit);
    visit_work(node, visit);
    visit_drops(node, visit);
    visit_guard(node, visit);
    process.visit_counters([&](std::string_view name, std::uint64_t count) {
        visit(total_group::shell, name, count);
    });
}

}  // namespace sipha::admin
