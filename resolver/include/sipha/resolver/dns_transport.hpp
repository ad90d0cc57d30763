#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>
#include <vector>

#include <sipha/resolver/export.hpp>
#include <sipha/resolver/options.hpp>
#include <sipha/resolver/target.hpp>

namespace sipha::resolver {

enum class dns_protocol : std::uint8_t { udp, tcp };

/// A DNS message (RFC 1035 4) on its way to a server.
struct dns_packet {
    std::size_t server = 0;                 ///< index into the list of `use_servers`
    dns_protocol over = dns_protocol::udp;  ///< how to send it
    /// Starts with the id; no two open queries of one server and protocol share it. Without the
    /// length prefix of TCP.
    std::vector<std::uint8_t> message;
};

/// What came back: a message, or the reason why none can come.
struct dns_arrival {
    std::size_t server = 0;                 ///< index into the list of `use_servers`
    dns_protocol over = dns_protocol::udp;  ///< how it came
    std::vector<std::uint8_t> message;      ///< as it came; unchecked
    /// Set when the network said no to the query with this id; `message` is then empty.
    std::error_code error;
    std::uint16_t id = 0;  ///< of the query that `error` is about
};

/// Port through which the engine reaches DNS servers: c-ares, memory, DNS over TLS, ...
///
/// It moves bytes. Which server is asked, how long, how often, and what an answer is worth is
/// decided by its user, which also ignores messages that answer nothing it asked. One thread;
/// nothing is called back: what came is collected after `process`.
class SIPHA_RESOLVER_EXPORT dns_transport {
  public:
    dns_transport() = default;
    virtual ~dns_transport();
    dns_transport(const dns_transport&) = delete;
    dns_transport& operator=(const dns_transport&) = delete;

    /// The servers that `dns_packet::server` counts, from now on. What was under way to others is
    /// dropped and must not arrive any more.
    virtual void use_servers(std::span<const dns_server> servers) = 0;
    /// Sends one query. Failing at once is also told by an arrival.
    virtual void send(time_point now, dns_packet packet) = 0;
    /// A descriptor that polls readable when `process` has something to do; -1 when there is none.
    virtual int fd() const = 0;
    /// When `process` must run at the latest although the descriptor is quiet.
    virtual time_point next_deadline() const = 0;
    /// Moves bytes; never blocks.
    virtual void process(time_point now) = 0;
    /// Moves out what came, in order of arrival. Silence is not told.
    virtual std::vector<dns_arrival> take_arrivals() = 0;
};

}  // namespace sipha::resolver
