// status, nodes, ready, rates, metrics, version, certificates
#include <array>

#include "proxy/admin/command_list.hpp"
#include "proxy/admin/metrics.hpp"
#include "proxy/admin/totals.hpp"

namespace sipha::admin {

namespace {

std::string_view name_of(proxy::log_level level) {
    constexpr std::array<std::string_view, 4> names{"debug", "info", "warn", "error"};
    return names[static_cast<std::size_t>(level)];
}

json::array list_of(const std::vector<std::string>& texts) {
    return json::array(texts.begin(), texts.end());
}

json::object status(const session& in, const json::object&) {
    std::array<json::object, 4> groups;
    visit_totals(
        in.node,
        in.process,
        [&](total_group group, std::string_view name, std::uint64_t count) {
            groups[static_cast<std::size_t>(group)][name] = count;
        }
    );
    const auto process = in.process.status();
    json::object out{
        {"ok", true},
        {"node", in.node.options().cluster.self.value},
        {"name", in.node.options().name},
        {"version", process.version},
        {"uptime_s", process.uptime.count()},
        {"log_level", name_of(process.log_level)},
        {"flows_to_close", process.flows_to_close},
        {"restart_needed", list_of(process.restart_needed)},
    };
    for (const auto& [name, count] : groups[static_cast<std::size_t>(total_group::gauges)]) {
        const bool is_flag = name == "ready" || name == "draining";
        out[name] = is_flag ? json::value(count.as_uint64() == 1) : count;
    }
    out["totals"] = std::move(groups[static_cast<std::size_t>(total_group::totals)]);
    out["drops"] = std::move(groups[static_cast<std::size_t>(total_group::drops)]);
    out["shell"] = std::move(groups[static_cast<std::size_t>(total_group::shell)]);
    return out;
}

json::object nodes(const session& in, const json::object&) {
    json::array list;
    list.push_back(json::object{
        {"id", in.node.options().cluster.self.value},
        {"name", in.node.options().name},
        {"state", "self"},
        {"ready", in.node.cluster().is_ready()},
        {"epoch", in.node.cluster().epoch()},
    });
    for (const auto& peer : in.node.cluster().status(in.now)) {
        json::object entry{
            {"id", peer.id.value},
            {"name", peer.name},
            {"state", cluster::to_string(peer.state)},
            {"ready", peer.is_ready},
            {"epoch", peer.epoch},
            {"last_heard_ms", peer.last_heard_age.count()},
        };
        if (peer.has_equal_digest) {
            entry["in_sync"] = *peer.has_equal_digest;
        }
        if (peer.rtt) {
            entry["rtt_us"] = peer.rtt->count();
        }
        list.push_back(std::move(entry));
    }
    return {{"ok", true}, {"nodes", std::move(list)}};
}

json::object ready(const session& in, const json::object&) {
    const auto reasons = unready_reasons(in.node);
    return {{"ok", true}, {"ready", reasons.empty()}, {"reasons", list_of(reasons)}};
}

json::object version(const session& in, const json::object&) {
    const auto process = in.process.status();
    return {
        {"ok", true},
        {"version", process.version},
        {"name", in.node.options().name},
        {"uptime_s", process.uptime.count()}};
}

json::object metrics(const session& in, const json::object&) {
    return {{"ok", true}, {"text", metrics_text(in.node, in.process)}};
}

json::object rates(const session& in, const json::object&) {
    const auto& history = in.process.rates();
    json::object series;
    for (std::size_t i = 0; i < rate_names().size(); ++i) {
        json::array values;
        for (std::size_t at = 0; at < history.size(); ++at) {
            values.push_back(history.rate(at)[i]);
        }
        series[rate_names()[i]] = std::move(values);
    }
    return {
        {"ok", true},
        {"step_s", 1},
        {"newest_s", history.newest_s()},
        {"series", std::move(series)}};
}

json::object certificates(const session& in, const json::object&) {
    json::array list;
    for (const auto& each : in.process.certificates()) {
        list.push_back(json::object{
            {"listener", each.listener},
            {"subject", each.subject},
            {"expires_s", each.not_after_s - in.now.wall_ms / 1000}});
    }
    return {{"ok", true}, {"certificates", std::move(list)}};
}

constexpr std::array<command, 7> commands{{
    {"status", access::read, status},
    {"nodes", access::read, nodes},
    {"ready", access::read, ready},
    {"version", access::read, version},
    {"metrics", access::read, metrics},
    {"rates", access::read, rates},
    {"certificates", access::read, certificates},
}};

}  // namespace

std::vector<std::string> unready_reasons(const proxy::node& node) {
    std::vector<std::string> reasons;
    if (!node.cluster().is_ready()) {
        reasons.push_back("the registrations of the cluster are not here yet");
    }
    if (node.drain_state() == ha::drain_state::on) {
        reasons.push_back("the node drains");
    }
    return reasons;
}

std::span<const command> status_commands() {
    return commands;
}

}  // namespace sipha::admin
