// reload, drain, undrain, log_level, upgrade
#include <array>

#include "proxy/admin/command_list.hpp"

namespace sipha::admin {

namespace {

constexpr std::int64_t max_spread_s = 3600;

json::array list_of(const std::vector<std::string>& texts) {
    return json::array(texts.begin(), texts.end());
}

json::object reload(const session& in, const json::object&) {
    const auto report = in.process.reload();
    if (!report.errors.empty()) {
        auto out = refuse("the configuration was refused, nothing has changed");
        out["errors"] = list_of(report.errors);
        return out;
    }
    return {
        {"ok", true},
        {"changed", list_of(report.changed)},
        {"restart_needed", list_of(report.restart_needed)}};
}

json::object drain(const session& in, const json::object& request) {
    const auto spread = number_of(request, "spread_s", {0, max_spread_s, -1});
    if (!spread) {
        return refuse("\"spread_s\" is not a number of seconds from 0 to 3600");
    }
    const auto* exit = request.if_contains("exit");
    if (exit != nullptr && !exit->is_bool()) {
        return refuse("\"exit\" is neither true nor false");
    }
    drain_order order;
    if (*spread >= 0) {
        order.spread = std::chrono::seconds(*spread);
    }
    order.then = exit != nullptr && exit->get_bool() ? drain_order::when_empty::exit
                                                     : drain_order::when_empty::stay;
    in.node.set_draining(ha::drain_state::on);
    in.process.drain(order);
    return {
        {"ok", true},
        {"draining", true},
        {"unanswered", in.node.transactions().unanswered_count()},
        {"flows_to_close", in.process.status().flows_to_close}};
}

json::object undrain(const session& in, const json::object&) {
    in.node.set_draining(ha::drain_state::off);
    in.process.undo_drain();
    return {{"ok", true}, {"draining", false}};
}

json::object log_level(const session& in, const json::object& request) {
    constexpr std::array<std::string_view, 4> names{"debug", "info", "warn", "error"};
    const auto wanted = text_of(request, "level");
    for (std::size_t i = 0; wanted && i < names.size(); ++i) {
        if (names[i] == *wanted) {
            in.process.set_log_level(static_cast<proxy::log_level>(i));
            return {{"ok", true}, {"log_level", *wanted}};
        }
    }
    return refuse("\"level\" is none of debug, info, warn and error");
}

json::object upgrade(const session& in, const json::object&) {
    if (const auto error = in.process.upgrade(); !error.empty()) {
        return refuse(error);
    }
    return {{"ok", true}};
}

constexpr std::array<command, 5> commands{{
    {"reload", access::change, reload},
    {"drain", access::change, drain},
    {"undrain", access::change, undrain},
    {"log_level", access::change, log_level},
    {"upgrade", access::change, upgrade},
}};

}  // namespace

std::span<const command> process_commands() {
    return commands;
}

}  // namespace sipha::admin
