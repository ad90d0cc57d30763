#pragma once

#include <cstdint>
#include <string>

#include <sipha/resolver/target.hpp>

/// Candidates for tests of what happens after the lookup.
namespace sipha::resolver::test {

/// "udp:192.0.2.<host>:5060" of SRV priority 10 * `level`, drawn at position `host`.
inline candidate place(unsigned host, unsigned level = 1, transport over = transport::udp) {
    candidate target;
    target.transport = over;
    target.ip = *address::parse("192.0.2." + std::to_string(host));
    target.port = default_port(over);
    target.tls_name = "ex";
    target.srv_target = "h" + std::to_string(host) + ".ex";
    target.rank.srv_priority = static_cast<std::uint16_t>(10 * level);
    target.rank.draw = static_cast<std::uint16_t>(host);
    return target;
}

}  // namespace sipha::resolver::test
