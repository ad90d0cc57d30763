#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <boost/json.hpp>

#include "proxy/admin/commands.hpp"

/// The commands behind `answer`, one function each; commands_*.cpp define them.
namespace sipha::admin {

namespace json = boost::json;

/// @param request the whole request object. @returns the whole answer.
using command_function = json::object (*)(const session& in, const json::object& request);

struct command {
    std::string_view name;
    access needs = access::read;
    command_function run = nullptr;
};

json::object refuse(std::string_view why);

/// A string member, empty when it is absent; nothing when it is something else than a string.
std::optional<std::string_view> text_of(const json::object& request, std::string_view key);

/// A whole number from `least` to `most`, `otherwise` when it is absent; nothing when it is wrong.
struct number_range {
    std::int64_t least = 0;
    std::int64_t most = 0;
    std::int64_t otherwise = 0;
};
std::optional<std::int64_t> number_of(
    const json::object& request, std::string_view key, const number_range& range
);

std::span<const command> status_commands();
std::span<const command> contact_commands();
std::span<const command> guard_commands();
std::span<const command> limit_commands();
std::span<const command> process_commands();
std::span<const command> trace_commands();

}  // namespace sipha::admin
