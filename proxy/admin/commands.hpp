#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "proxy/node/node.hpp"
#include "proxy/timing/clock.hpp"

namespace sipha::admin {

/// Counters of the shell by name, for `status`; called while a command runs.
using shell_counters =
    std::function<void(const std::function<void(std::string_view, std::uint64_t)>&)>;

/// Answers one management request, a line of JSON {"command": NAME, ...}, with one line of JSON:
/// {"ok": true, ...} or {"ok": false, "error": TEXT}. Commands: status, nodes, contacts (optional
/// "aor", "limit"). Any bytes are survived.
std::string answer(
    timing::instant now,
    const proxy::node& node,
    const shell_counters& shell,
    std::string_view request
);

}  // namespace sipha::admin
