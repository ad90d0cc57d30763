#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <sipha/resolver/target.hpp>

/// What the stub knows of a served domain at this moment: plain values, made by whoever watches
/// the domain and read by whoever answers.
namespace sipha::resolver::stub {

enum class life : std::uint8_t { alive, dead };

/// One server of a domain for one transport.
struct place {
    address ip;
    std::uint16_t port = 0;
    std::string host;  ///< SRV target or URI host whose address this is, normalised; may be empty
    life state = life::alive;
    friend bool operator==(const place&, const place&) = default;
};

/// The servers of a domain for one transport, in the order in which to try them.
struct service {
    resolver::transport transport = resolver::transport::udp;
    std::vector<place> places;
    friend bool operator==(const service&, const service&) = default;
};

/// A domain; its services in the order in which it offers them (RFC 3263 4.1). None: the domain
/// says that it has no SIP service.
struct domain_view {
    std::string name;  ///< normalised
    std::vector<service> services;
    friend bool operator==(const domain_view&, const domain_view&) = default;
};

/// What is shown to a phone: the living places as long as there is one, else all of them, because
/// an address that may work beats none. At most `limit`.
std::vector<place> usable_places(const service& of, std::size_t limit);
bool is_alive(const service& of);

/// The transports among candidates, each once, in the order of their first candidate; then those
/// that only `others` holds.
std::vector<transport> transports_of(
    std::span<const candidate> candidates, std::span<const candidate> others
);

/// "udp:192.0.2.1:5060,192.0.2.2:5060!": for log lines; '!' marks the dead.
std::string to_string(const service& of);

}  // namespace sipha::resolver::stub
