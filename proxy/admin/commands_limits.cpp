// transactions, limits
#include <array>

#include "proxy/admin/command_list.hpp"

namespace sipha::admin {

namespace {

json::object transactions(const session& in, const json::object&) {
    const auto& table = in.node.transactions();
    return {
        {"ok", true},
        {"server", table.server_count()},
        {"client", table.client_count()},
        {"unanswered", table.unanswered_count()},
        {"limit", in.node.options().transactions.max_transactions},
        {"relayed", in.node.relay().context_count()}};
}

json::object limit(std::string_view key, std::uint64_t used, std::uint64_t most) {
    return {{"key", key}, {"used", used}, {"limit", most}};
}

json::object limits(const session& in, const json::object&) {
    const auto& options = in.node.options();
    const auto& table = in.node.transactions();
    json::array list;
    list.push_back(limit(
        "limits.transactions",
        table.server_count() + table.client_count(),
        options.transactions.max_transactions
    ));
    list.push_back(
        limit("limits.bindings", in.node.location().size(), options.location.max_bindings)
    );
    const auto process = in.process.status();
    list.push_back(limit("limits.connections", process.connections, process.max_connections));
    return {{"ok", true}, {"limits", std::move(list)}};
}

constexpr std::array<command, 2> commands{{
    {"transactions", access::read, transactions},
    {"limits", access::read, limits},
}};

}  // namespace

std::span<const command> limit_commands() {
    return commands;
}

}  // namespace sipha::admin
