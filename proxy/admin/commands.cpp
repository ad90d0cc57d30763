#include "proxy/admin/commands.hpp"

#include <algorithm>
#include <array>

#include "proxy/admin/command_list.hpp"

namespace sipha::admin {

namespace {

std::vector<command> all_commands() {
    std::vector<command> all;
    for (const auto part :
         {status_commands(),
          contact_commands(),
          guard_commands(),
          limit_commands(),
          process_commands(),
          trace_commands()}) {
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

json::object dispatch(const session& in, std::string_view line) {
    static const auto commands = all_commands();
    boost::system::error_code error;
    const auto parsed = json::parse({line.data(), line.size()}, error);
    const auto* request = parsed.if_object();
    const auto* named = request == nullptr ? nullptr : request->if_contains("command");
    if (error || named == nullptr || !named->is_string()) {
        return refuse("the request is not a JSON object with a \"command\"");
    }
    const std::string_view name(named->get_string().data(), named->get_string().size());
    const auto found = std::find_if(commands.begin(), commands.end(), [&](const command& each) {
        return each.name == name;
    });
    if (found == commands.end()) {
        std::string known;
        for (const auto& each : commands) {
            known += known.empty() ? "" : ", ";
            known += each.name;
        }
        return refuse("unknown command; known are " + known);
    }
    if (found->needs == access::change && in.may != access::change) {
        return refuse("this command changes the node; give it with sipha-ctl");
    }
    return found->run(in, *request);
}

}  // namespace

json::object refuse(std::string_view why) {
    return {{"ok", false}, {"error", why}};
}

std::optional<std::string_view> text_of(const json::object& request, std::string_view key) {
    const auto* found = request.if_contains(key);
    if (found == nullptr) {
        return std::string_view();
    }
    if (!found->is_string()) {
        return std::nullopt;
    }
    return std::string_view(found->get_string().data(), found->get_string().size());
}

std::optional<std::int64_t> number_of(
    const json::object& request, std::string_view key, const number_range& range
) {
    const auto* found = request.if_contains(key);
    if (found == nullptr) {
        return range.otherwise;
    }
    if (!found->is_int64() || found->get_int64() < range.least || found->get_int64() > range.most) {
        return std::nullopt;
    }
    return found->get_int64();
}

std::string answer(const session& in, std::string_view request) {
    return json::serialize(dispatch(in, request));
}

}  // namespace sipha::admin
