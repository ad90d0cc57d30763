// bans, unban
#include <array>

#include "proxy/admin/command_list.hpp"
#include "proxy/guard/source.hpp"

namespace sipha::admin {

namespace {

json::object bans(const session& in, const json::object&) {
    json::array list;
    for (const auto& ban : in.node.gate().bans(in.now.mono)) {
        const auto source = guard::address_of(ban.source);
        // One source of IPv6 is a network of 64 bits.
        list.push_back(json::object{
            {"source", source.to_string() + (source.is_v4() ? "" : "/64")},
            {"reason", guard::to_text(ban.why)},
            {"left_s", ban.left.count()},
            {"times", ban.times}});
    }
    return {{"ok", true}, {"bans", std::move(list)}};
}

json::object unban(const session& in, const json::object& request) {
    const auto text = text_of(request, "source");
    const auto source =
        text ? geo::ip_address::parse(text->substr(0, text->find('/'))) : std::nullopt;
    if (!source) {
        return refuse("\"source\" is not an IP address; give one as `bans` shows it");
    }
    if (!in.node.lift_ban(in.now, *source)) {
        return refuse("this source is not banned");
    }
    return {{"ok", true}};
}

constexpr std::array<command, 2> commands{{
    {"bans", access::read, bans},
    {"unban", access::change, unban},
}};

}  // namespace

std::span<const command> guard_commands() {
    return commands;
}

}  // namespace sipha::admin
