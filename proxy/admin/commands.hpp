#pragma once

#include <string>
#include <string_view>

#include "proxy/admin/control.hpp"
#include "proxy/node/node.hpp"
#include "proxy/timing/clock.hpp"

namespace sipha::admin {

/// What a request may do.
enum class access : std::uint8_t {
    read,    ///< look only: the HTTP server
    change,  ///< everything: the management socket, which only its owner may open
};

/// What a command works on.
struct session {
    timing::instant now;
    proxy::node& node;
    control& process;
    access may = access::change;
};

/// Answers one management request, a line of JSON {"command": NAME, ...}, with one line of JSON:
/// {"ok": true, ...} or {"ok": false, "error": TEXT}. docs/operations.md lists the commands. Any
/// bytes are survived.
std::string answer(const session& in, std::string_view request);

/// Why the node should get no new traffic; empty when it is ready.
std::vector<std::string> unready_reasons(const proxy::node& node);

}  // namespace sipha::admin
